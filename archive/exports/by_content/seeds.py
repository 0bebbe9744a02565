"""The layout `seeds`: one file a content in one flat folder, as the corpus was handed over."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from archive.documents import render
from archive.exports.by_content.export import Shape, export_by_content
from archive.exports.file_names import is_usable
from archive.exports.order import ORDINARY, Form, Order
from archive.exports.report import ExportReport

if TYPE_CHECKING:
    from archive.store.values import Holding

LAYOUT = "seeds"


def export_seeds(holdings: Iterable["Holding"], folder: Path, order: Order = ORDINARY) -> ExportReport:
    """Bring the folder up to date with the holdings, one file a content, and write its manifest.

    A file that was imported leaves under its own name, byte for byte, until its document changes; then
    under that name with its new text. The others are named ``NNN_HASH16.txt``. A content that becomes known
    keeps to the next number; when a document changes, its file keeps the number, and the hash in the name
    follows the new content. The rest is as of `export_by_content`. Raises `ExportError`.
    """
    return export_by_content(SEEDS, holdings, folder, order)


def _files(holding: "Holding", form: Form) -> Iterable[tuple[str, bytes]]:
    """Those that came in for the content, each once; or one in the document format."""
    document = holding.speaker.document
    if form is Form.PLAIN:
        return [(holding.name, render(replace(document, body=plain_body(holding.text))).encode())]
    if not holding.imported:
        return [(holding.name, render(document).encode())]
    came_in = {(file.name, file.data) for file in holding.imported}
    return sorted(came_in, key=lambda file: (not is_usable(file[0]), file))


def plain_body(text: str) -> str:
    """A canonical text as the body of a file: each of its blocks a paragraph."""
    return text.replace("\n", "\n\n")


def text_of_plain(body: str) -> str:
    """The canonical text that gives this body."""
    return body.replace("\n\n", "\n")


SEEDS = Shape(LAYOUT, _files)
