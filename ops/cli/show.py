"""`archive show`: one document."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import NotFound, UsageError
from ops.naming import revision_named, the_document
from ops.paging import NoPager, paged
from ops.terminal import terminal_width, write_fields, write_json, write_line, write_spans
from ops.views.documents import (
    STYLES,
    at_revision,
    document_bytes,
    document_fields,
    document_json,
    revision_field,
)
from ops.wiring import configured, store_or_empty

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.values import Stored

EXAMPLES = """\
Examples:

    archive show NW202201232258000001
    archive show finews:NW202201232258000001 --json
    archive show 004_b3f52bfd8ea51a45.txt
    archive show NW202201232258000001 --revision 1
    archive show 9ce2ea0a0398 --raw > document.txt
    archive show "A saved page.html" --original > page.html"""


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A document's id (with its source and a colon, if need be), address or share link, the "
            "beginning of its content hash, or the name of the file it was imported from or exported to.",
        ),
    ],
    revision: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="An earlier one: its number, or the beginning of its content hash, from archive history. "
            "Its title and text are kept; all else is as of now.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Its file, byte for byte as exported.")] = False,
    original: Annotated[
        bool, typer.Option("--original", help="The file that it was imported from, byte for byte.")
    ] = False,
    no_pager: NoPager = False,
) -> None:
    """Show a document: what is known of it, and its text.

    On a terminal the text is filled to its width; in a pipe each block (paragraph) is one line. Headings,
    lists and quotations have the marks of Markdown, the cells of a table stand in their rows.
    """
    forms = {"--json": json, "--raw": raw, "--original": original}
    if len(asked := [form for form, is_asked in forms.items() if is_asked]) > 1:
        raise UsageError(f"{asked[0]} and {asked[1]} cannot both be had")
    if original and revision is not None:
        raise UsageError("--original and --revision cannot both be had")
    with store_or_empty(configured()) as store:
        if original:
            sys.stdout.buffer.write(_original(store, name))
            return
        stored = the_document(store, name)
        place = None
        if revision is not None:
            stored, place = _revised(store, stored, revision)
    if raw:
        sys.stdout.buffer.write(document_bytes(stored))
    elif json:
        write_json(document_json(stored) | ({} if place is None else {"revision": place + 1}))
    else:
        with paged(wanted=not no_pager):
            _write(stored, place)


def _write(stored: "Stored", place: int | None) -> None:
    from ops.views.texts import text_lines  # noqa: PLC0415 `--help` does without

    about = [] if place is None else [revision_field(stored, place)]
    write_fields([*about, *document_fields(stored)], STYLES)
    write_line()
    for line in text_lines(stored.found.document.body, stored.text, terminal_width()):
        write_spans(line)


def _revised(store: "Store", stored: "Stored", revision: str) -> "tuple[Stored, int]":
    """The document as it was at a revision, and the place of that."""
    revisions = store.history.revisions(stored.id)
    place = revision_named(f"{stored.found.source}:{stored.found.source_id}", revisions, revision)
    return at_revision(stored, revisions[place], store.history.body(revisions[place].content_hash)), place


def _original(store: "Store", name: str) -> bytes:
    """A file that came in by that name, whatever became of its document; else that of the document."""
    file = store.imported_file(name) or the_document(store, name).imported
    if file is None:
        raise NotFound(f"{name[:100]!r} was not imported as it is now; name the file that it came in by")
    return file.data
