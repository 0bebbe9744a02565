"""A body's blocks as a reader sees them: headings, lists, quotations and tables told from paragraphs.

The texts are those of the canonical text, block for block.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.documents.canonical import Reader, read

_HEADING = re.compile(r"h[1-6]")
_NUMBER = re.compile(r"[0-9]{1,6}")
_LISTS = frozenset({"ul", "ol", "menu"})
_CELLS = frozenset({"td", "th"})
_STRONG = frozenset({"b", "strong"})
_DASH = "-"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of text, and where it stands."""

    text: str
    heading: int = 0
    """The level of the heading that it is; 0 for none."""
    quoted: int = 0
    """Quotations around it."""
    listed: int = 0
    """Lists around it."""
    mark: str = ""
    """What its item of a list begins with, a dash or a number; empty for the item's other blocks."""
    is_strong: bool = False
    """All of it stands out: how most outlets write headings."""
    row: int = 0
    """The row of a table that it stands in, counted through the body from 1; 0 for none."""
    cell: int = 0
    """The cell of that row, from 1."""


def blocks_of(body: str, text: str) -> list[Block]:
    """The blocks of a body whose canonical text is `text`; plain ones where that was not made of it."""
    reader = _Reader()
    read(body, reader)
    lines = text.split("\n") if text else []
    is_of_text = [block.text for block in reader.found] == lines
    return reader.found if is_of_text else [Block(line) for line in lines]


class _Reader(Reader):
    """Notes of each block where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Block] = []
        self._lists: list[int | None] = []
        """Of each list that is open, the number of its next item; None where it has none."""
        self._rows: list[tuple[int, int]] = []
        """Of each row that is open, its number and that of its cell."""
        self._row_count = 0
        self._heading = self._quoted = self._strong = 0
        self._mark = ""
        self._has_plain = False

    def start(self, tag: Any, attributes: Any) -> None:
        super().start(tag, attributes)
        if self.hidden_depth:
            return
        if tag in _LISTS:
            self._lists.append(_number(attributes, "start", 1) if tag == "ol" else None)
        elif tag == "li":
            self._mark = self._next_mark(attributes)
        elif tag == "tr":
            self._row_count += 1
            self._rows.append((self._row_count, 0))
        elif tag in _CELLS and self._rows:
            row, cell = self._rows[-1]
            self._rows[-1] = row, cell + 1
        elif tag == "blockquote":
            self._quoted += 1
        elif tag in _STRONG:
            self._strong += 1
        elif _HEADING.fullmatch(tag):
            self._heading = int(tag[1])

    def end(self, tag: Any) -> None:
        is_hidden = self.hidden_depth > 0
        super().end(tag)
        if is_hidden:
            return
        if tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "tr" and self._rows:
            self._rows.pop()
        elif tag == "blockquote":
            self._quoted -= 1
        elif tag in _STRONG:
            self._strong -= 1
        elif _HEADING.fullmatch(tag):
            self._heading = 0
        if tag == "li":
            self._mark = ""

    def data(self, data: str | bytes) -> None:
        super().data(data)
        if not (self._strong or self.hidden_depth or str(data).isspace()):
            self._has_plain = True

    def end_block(self) -> None:
        known = len(self.blocks)
        super().end_block()
        if len(self.blocks) > known:
            self.found.append(self._block(self.blocks[-1]))
            self._mark = ""
        self._has_plain = False

    def _block(self, text: str) -> Block:
        row, cell = self._rows[-1] if self._rows else (0, 0)
        return Block(
            text=text,
            heading=self._heading,
            quoted=self._quoted,
            listed=len(self._lists),
            mark=self._mark,
            is_strong=not self._has_plain,
            row=row,
            cell=cell,
        )

    def _next_mark(self, attributes: Mapping[str, str]) -> str:
        if not self._lists or (number := self._lists[-1]) is None:
            return _DASH
        number = _number(attributes, "value", number)
        self._lists[-1] = number + 1
        return f"{number}."


def _number(attributes: Mapping[str, str], name: str, otherwise: int) -> int:
    written = attributes.get(name, "").strip()
    return int(written) if _NUMBER.fullmatch(written) else otherwise
