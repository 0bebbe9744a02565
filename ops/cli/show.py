"""`archive show`: one document."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import NotFound, UsageError
from ops.naming import document_named
from ops.terminal import write_fields, write_json, write_line, write_text
from ops.views.documents import document_bytes, document_fields, document_json
from ops.wiring import configured, open_store

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.values import Stored

EXAMPLES = """\
Examples:

    archive show NW202201232258000001
    archive show finews:NW202201232258000001 --json
    archive show 004_b3f52bfd8ea51a45.txt
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
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Its file, byte for byte as exported.")] = False,
    original: Annotated[
        bool, typer.Option("--original", help="The file that it was imported from, byte for byte.")
    ] = False,
) -> None:
    """Show a document: what is known of it, and its text."""
    forms = {"--json": json, "--raw": raw, "--original": original}
    if len(asked := [form for form, is_asked in forms.items() if is_asked]) > 1:
        raise UsageError(f"{asked[0]} and {asked[1]} cannot both be had")
    with open_store(configured()) as store:
        if original:
            sys.stdout.buffer.write(_original(store, name))
            return
        stored = _the_only(store, name)
    if raw:
        sys.stdout.buffer.write(document_bytes(stored))
    elif json:
        write_json(document_json(stored))
    else:
        write_fields(document_fields(stored))
        write_line()
        write_text(stored.text)


def _original(store: "Store", name: str) -> bytes:
    """A file that came in by that name, whatever became of its document; else that of the document."""
    file = store.imported_file(name) or _the_only(store, name).imported
    if file is None:
        raise NotFound(f"{name[:100]!r} was not imported as it is now; name the file that it came in by")
    return file.data


def _the_only(store: "Store", name: str) -> "Stored":
    found = document_named(store, name)
    if found is None:
        raise NotFound(f"no document {name[:100]!r}; give an id, an address, a content hash or a file's name")
    return found
