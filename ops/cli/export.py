"""`archive export`: the corpus as files."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.errors import UsageError
from archive.exports.file_names import MANIFEST, WHOLE
from archive.exports.layouts import Layout
from archive.exports.order import Form
from archive.store.selection import Duplicates, Selection
from ops.cli.selecting import (
    Category,
    From,
    OfFidelity,
    Outlet,
    Query,
    Source,
    Until,
    moment,
    refuse_unknown,
    selected,
)
from ops.configuration.settings import Settings
from ops.exporting.current import found_current
from ops.exporting.places import refuse_own_folders
from ops.exporting.request import Exported, Request
from ops.progress import Progress
from ops.terminal import write_json, write_line, write_note
from ops.wiring import configured, open_store

if TYPE_CHECKING:
    from archive.store import Store

EXAMPLES = """\
Examples:

    archive export ./seeds
    archive export ./seeds --prune
    archive export ./site --layout jekyll
    archive export ./new --since 2022-01-22
    archive export ./delta --since ./seeds/manifest.json
    archive export ./train --layout jsonl --compress --text plain --duplicates near
    archive export ./luwang --category luwang --from 2022-01-01 --until 2022-01-31"""


def _named(text: str) -> Path:
    """A folder by its name. An empty one is that of a variable that was not set: it is no folder."""
    if not text:
        raise UsageError("DIR is empty; name the folder to export to")
    return Path(text)


Dir = Annotated[
    Path, typer.Argument(metavar="DIR", parser=_named, help="Where to; made where it does not exist.")
]
AsLayout = Annotated[
    Layout,
    typer.Option(
        "--layout",
        help="seeds: one file a content. jekyll: a tree that Jekyll builds a site of. jsonl, parquet: one "
        "record a content, in one file a day.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME|MANIFEST",
        help="Only what is new or changed since 2022-01-22 or 2022-01-22T18:00+08:00; or what another folder "
        "lacks, by the path of its manifest.json.",
    ),
]
AsText = Annotated[
    Form, typer.Option("--text", help="published: as published, HTML. plain: as a reader sees it.")
]
OfDuplicates = Annotated[
    Duplicates | None,
    typer.Option(
        "--duplicates",
        help="Of documents with one text: one for all of them, or all. near: one for all that are nearly the "
        "same. In a jekyll tree all are exported, else one.",
        show_default=False,
    ),
]
Compress = Annotated[bool, typer.Option("--compress", help="Compress the files of jsonl, by Zstandard.")]
Prune = Annotated[
    bool,
    typer.Option(
        "--prune", help="Delete files of earlier exports that are not in this one: of seeds and jekyll."
    ),
]


def export(  # noqa: PLR0913 an option each
    folder: Dir,
    *,
    layout: AsLayout = Layout.SEEDS,
    since: Since = None,
    source: Source = None,
    category: Category = None,
    outlet: Outlet = None,
    fidelity: OfFidelity = None,
    from_: From = None,
    until: Until = None,
    query: Query = None,
    text: AsText = Form.PUBLISHED,
    duplicates: OfDuplicates = None,
    compress: Compress = False,
    prune: Prune = False,
    json: Annotated[bool, typer.Option("--json", help="Tell what was done as JSON.")] = False,
) -> None:
    """Write the corpus into a folder, or bring the folder up to date.

    Files that are right already are not touched, changed ones are replaced, new ones get the next number;
    imported files leave byte for byte as they came. Files that the manifest does not list are nobody's
    business here. Where nothing has changed since the last export, no file is looked into.

    With --since MANIFEST, DIR gets what is to be laid over the folder of that manifest, tombstones.jsonl with
    what is to be deleted there, and whole.manifest.json, which the next --since is given.
    """
    if compress and layout is not Layout.JSONL:
        raise UsageError(f"--compress: files of {layout} are not compressed; --layout jsonl can be")
    chosen = selected(source, category, outlet, fidelity, from_=from_, until=until, query=query)
    base, chosen = _since(since, chosen)
    policy = Duplicates(duplicates or layout.duplicates)
    request = Request(layout, chosen, policy, form=text, compress=compress, prune=prune, base=base)
    settings = configured()
    refuse_own_folders(folder, settings)
    exported = _exported(settings, folder, request)
    if exported.not_noted:
        write_note(f"note: archive explain will not know of this export: {exported.not_noted}")
    if json:
        write_json(_as_json(exported, folder, layout))
    else:
        _show(exported, folder, is_delta=base is not None)


def _since(text: str | None, chosen: Selection) -> tuple[Path | None, Selection]:
    """The manifest that the option names, or the selection with the time that it names."""
    if text is None:
        return None, chosen
    try:
        return None, replace(chosen, since=moment("--since", text))
    except UsageError as error:
        path = Path(text)
        if os.path.isfile(path):  # noqa: PTH113 this one raises nothing
            return path, chosen
        if path.suffix or len(path.parts) > 1 or os.path.isdir(path):  # noqa: PTH112 as above
            raise UsageError(f"--since {text[:300]!r}: no file; give the path of a manifest.json") from None
        raise UsageError(f"{error}, or the path of a manifest.json") from None


def _exported(settings: Settings, folder: Path, request: Request) -> Exported:
    if exported := found_current(settings.store_address, folder, request):
        return exported
    from ops.exporting.exporting import export_folder  # noqa: PLC0415 SQLAlchemy takes half a second

    # An archive that was mistyped has no documents: by these a folder must not be brought up to date.
    is_new = not os.path.exists(folder / MANIFEST)  # noqa: PTH110 it raises nothing: an export explains
    with open_store(settings, create=is_new) as store:
        refuse_unknown(store, request.selection)
        request = _without_near(store, request)
        with Progress(f"export {request.layout}", ("read", "written")) as progress:
            return export_folder(store, folder, request, progress)


def _without_near(store: "Store", request: Request) -> Request:
    """The request, with what is left out of it where one content is to speak for all that are near it."""
    if request.duplicates is not Duplicates.NEAR:
        return request
    from ops.duplicates.finding import near_duplicates  # noqa: PLC0415 as above

    with Progress("near-duplicates", ("missing", "sketched", "contents", "searched", "compared")) as progress:
        near = near_duplicates(store, request.selection, on_progress=progress)
    return replace(request, left_out=near.redundant)


def _show(exported: Exported, folder: Path, *, is_delta: bool) -> None:
    report = exported.report
    write_line(f"exported {report.files} files to {folder.absolute()}")
    write_line(
        f"  {report.written} written, {report.replaced} replaced, {report.unchanged} unchanged, "
        f"{report.deleted} deleted"
    )
    if is_delta:
        write_line(f"  {report.tombstones} tombstones; {WHOLE} is what to give to the next --since")
    if exported.was_current:
        write_line("  nothing has changed since the last export")


def _as_json(exported: Exported, folder: Path, layout: Layout) -> dict[str, Any]:
    report = exported.report
    names = ("files", "written", "replaced", "unchanged", "deleted", "tombstones")
    return {
        "folder": str(folder.absolute()),
        "layout": str(layout),
        **{name: getattr(report, name) for name in names},
        "was_current": exported.was_current,
    }
