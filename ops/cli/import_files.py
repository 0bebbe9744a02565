"""`archive import`: an existing corpus into the store."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from ops.corpus_files import corpus_files, names_for
from ops.exit_codes import ExitCode
from ops.progress import Progress
from ops.run_view import counts
from ops.terminal import write_line, write_note
from ops.wiring import configured, open_store, run_logs

if TYPE_CHECKING:
    from ops.importing import ImportReport

EXAMPLES = """\
Examples:

    archive import ./seeds
    archive import ./my-jekyll-site
    archive import one.txt two.md"""
_MOST_SHOWN = 50


def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, and folders of files.")],
) -> None:
    """Import seeds, posts of a Jekyll tree, or articles saved as text.

    In folders, files that end in .txt, .md or .markdown are read; in a Jekyll tree only those under
    _posts. Files that were imported before and are the same are passed over. What could not be read is
    listed, and makes the exit code 3.
    """
    from ops.importing import import_files  # noqa: PLC0415 parsers take a while to load, and --help needs none

    files = corpus_files(paths)
    settings = configured()
    with (
        open_store(settings) as store,
        _interruptible(),
        Progress("import", ("found", "fetched", "stored", "rejected")) as progress,
    ):
        report = import_files(store, names_for(files), log_to=run_logs(settings), on_progress=progress)
    _show(report)
    if report.not_read:
        raise typer.Exit(ExitCode.PARTIAL)


def _show(report: "ImportReport") -> None:
    for problem in report.not_read[:_MOST_SHOWN]:
        write_note(f"not read: {problem.path}: {problem.detail}")
    if len(report.not_read) > _MOST_SHOWN:
        write_note(f"not read: {len(report.not_read) - _MOST_SHOWN} more, see archive log {report.run_id}")
    read = report.counters["found"] - len(report.not_read)
    write_line(f"imported {read} of {report.counters['found']} files (run {report.run_id})")
    write_line(f"  {counts(report.counters)}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does: between two batches, with the run's end in the ledger."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
