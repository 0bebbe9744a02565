"""`archive export`: the corpus as files."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archive.documents import SHANGHAI
from archive.errors import UsageError
from archive.exports import export_seeds
from ops.explain.export_folders import note_export
from ops.progress import Progress
from ops.terminal import write_line
from ops.wiring import configured, open_store

if TYPE_CHECKING:
    from archive.store import Store

EXAMPLES = """\
Examples:

    archive export ./seeds
    archive export ./seeds --prune
    archive export ./new --since 2022-01-22
    archive export ./luwang --category luwang --category renminyoudianbao"""


class Layout(StrEnum):
    """How the files are laid out."""

    SEEDS = "seeds"


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made where it does not exist.")],
    layout: Annotated[
        Layout, typer.Option(help="seeds: one file a content, and a manifest.json.")
    ] = Layout.SEEDS,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Only what is new or changed since: 2022-01-22 or 2022-01-22T18:00+08:00."
        ),
    ] = None,
    category: Annotated[list[str] | None, typer.Option(metavar="SLUG", help="Only these categories.")] = None,
    source: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only these sources.")] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete files of earlier exports that are not in this one.")
    ] = False,
) -> None:
    """Write the corpus into a folder, or bring the folder up to date.

    Files that are right already are not touched, changed ones are replaced, new ones get the next number;
    imported files leave byte for byte as they came. Files that the manifest does not list are nobody's
    business here.
    """
    from archive.store.selection import Selection  # noqa: PLC0415 no `--help` needs the store

    moment = _moment(since) if since else None
    with open_store(configured()) as store:
        _refuse_empty(store, source, category)
        holdings = store.holdings(Selection(sources=source, slugs=category, since=moment))
        with Progress(f"export {layout}", ("read", "written")) as progress:
            report = export_seeds(holdings, folder, prune=prune, on_progress=progress)
        note_export(store, folder, layout, report.files)
    write_line(f"exported {report.files} files to {folder.absolute()}")
    write_line(
        f"  {report.written} written, {report.replaced} replaced, {report.unchanged} unchanged, "
        f"{report.deleted} deleted"
    )


def _refuse_empty(store: "Store", sources: list[str] | None, slugs: list[str] | None) -> None:
    """A name that was mistyped must not empty a folder, with --prune, or pass for an empty category."""
    from archive.store.selection import Selection  # noqa: PLC0415

    if (sources or slugs) and next(store.holdings(Selection(sources=sources, slugs=slugs)), None) is None:
        wanted = ", ".join((*(sources or ()), *(slugs or ())))
        raise UsageError(f"no document of {wanted}; nothing was exported")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--since {text[:40]!r} is no time; expected 2022-01-22 or 2022-01-22T18:00+08:00 (Shanghai time "
            "where no zone is given)"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
