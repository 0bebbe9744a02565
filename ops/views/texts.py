"""A document's text for people: filled to the terminal, or one block a line where there is none."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from rich.cells import cell_len

from archive.documents.blocks import blocks_of
from ops.filling import fill

if TYPE_CHECKING:
    from archive.documents.blocks import Block
    from ops.terminal import Span

_MARK = "dim"
_STRONG = "bold"
_DEEPEST = 8
"""Lists and quotations within each other that are shown as such."""
_CELLS = " | "


def text_lines(body: str, text: str, width: int | None) -> "Iterator[list[Span]]":
    """The lines of a body with that canonical text; marks are those of Markdown.

    With a width (columns) they are filled to it, and paragraphs stand apart; items and rows do not.
    """
    paragraphs = [list(of_one) for of_one in _paragraphs(blocks_of(body, text))]
    for before, blocks in pairwise([[], *paragraphs]):
        if width is not None and before and not _stand_together(before[-1], blocks[0]):
            yield []
        yield from _lines(blocks, width)


def _paragraphs(blocks: "Sequence[Block]") -> "Iterator[Sequence[Block]]":
    """The blocks, each for itself; those of a row together, if each cell of it has no more than one."""
    for row, of_row in groupby(blocks, key=lambda block: block.row):
        found = list(of_row)
        if row and len({block.cell for block in found}) == len(found):
            yield found
        else:
            yield from ([block] for block in found)


def _stand_together(before: "Block", after: "Block") -> bool:
    in_list = after.listed and before.listed and not (before.heading or after.heading)
    return bool(in_list or (before.row and after.row))


def _lines(blocks: "Sequence[Block]", width: int | None) -> "Iterator[list[Span]]":
    first = blocks[0]
    quoted = "> " * min(first.quoted, _DEEPEST)
    indent = "  " * min(max(first.listed - 1, 0), _DEEPEST)
    mark = f"{'#' * first.heading} " if first.heading else f"{first.mark} " if first.mark else ""
    if first.listed and not mark:
        mark = "  "  # under the text of its item
    is_strong = bool(first.heading or first.is_strong)
    spans = [(_CELLS.join(block.text for block in blocks), _STRONG if is_strong else "")]
    head = f"{quoted}{indent}{mark}"
    if width is None:
        yield [(head, _MARK), *spans]
        return
    behind = f"{quoted}{indent}{' ' * cell_len(mark)}"
    for number, line in enumerate(fill(spans, width - cell_len(head))):
        yield [(behind if number else head, _MARK), *line]
