"""`archive metrics`: the metrics for Prometheus, printed or left where node_exporter collects them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import ExportError
from ops.configuration.settings import Settings
from ops.terminal import write_text
from ops.wiring import configured, open_store, sources_of

if TYPE_CHECKING:
    from ops.overview import Watched

EXAMPLES = """\
Examples:

    archive metrics
    archive metrics --write /var/lib/node_exporter/textfile/finews_archive.prom"""


def metrics(
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FILE", help="Into this file, replaced in one step."),
    ] = None,
) -> None:
    """Print the metrics for Prometheus, which the scheduling service has at /metrics.

    For those whose crawls cron starts: with --write, node_exporter's textfile collector takes them up. A
    store that cannot be read is a metric too: finews_archive_up is 0.
    """
    from ops.serving.metrics import exposition  # noqa: PLC0415 it takes a while, and `--help` needs none

    settings = configured()
    text = exposition(lambda: _watched(settings))
    if write is None:
        write_text(text.decode().rstrip("\n"))
    else:
        _replace(write, text)


@contextmanager
def _watched(settings: Settings) -> "Iterator[Watched]":
    from ops.overview import Watched  # noqa: PLC0415 as above

    with open_store(settings, create=False) as store:
        yield Watched(settings, sources_of(settings), store)


def _replace(path: Path, data: bytes) -> None:
    """Write the file so that nobody ever reads half of it. Raises `ExportError`."""
    half = path.with_name(f".{path.name}.{os.getpid()}")  # a name that the collector passes over
    try:
        half.write_bytes(data)
        half.replace(path)
    except OSError as error:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise ExportError(
            f"{path}: cannot be written ({error.strerror}); name a file in another folder"
        ) from error
