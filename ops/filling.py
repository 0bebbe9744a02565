"""Text filled to a width as Chinese is: between any two characters, but not before a full stop."""

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells

from archive.documents.graphemes import EXTENDERS
from ops.terminal import Span, safe

_OPENING = "（［｛「『【〔《〈〖“‘"
_CLOSING = "）］｝」』】〕》〉〗”’，。、；：？！…—·～％‰℃"
_CLOSING_BEHIND_WIDE = _CLOSING + r",.;:?!%)\]}"
_WIDE = (
    r"\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6"
    r"\U0001f000-\U0003fffd"
)
"""What takes two columns, and need not stand on one line with what follows it."""
_UNIT = re.compile(
    rf"\s+"
    rf"|[{_OPENING}]*(?![{_OPENING}{_CLOSING}])[{_WIDE}]{EXTENDERS}[{_CLOSING_BEHIND_WIDE}]*"
    rf"|[{_OPENING}]*[^\s{_WIDE}{_OPENING}{_CLOSING}]+[{_CLOSING}]*"
    rf"|[{_OPENING}]+[{_CLOSING}]*|[{_CLOSING}]+"
)
"""White space, or what stands on one line: a character or word, with the marks that open and close it (after
Unicode's line breaking algorithm, UAX 14, as far as news need it)."""
_NARROWEST = 8


def fill(spans: Sequence[Span], width: int) -> Iterator[list[Span]]:
    """The lines of a paragraph, none of more columns than `width` (no less than 8), and safe to be shown."""
    shown = [(safe(text), style) for text, style in spans]
    position, number = 0, 0  # where the span of that number begins
    for start, end in _lines("".join(text for text, _ in shown), max(width, _NARROWEST)):
        line = []
        while number < len(shown) and position < end:
            text, style = shown[number]
            if piece := text[max(start - position, 0) : end - position]:
                line.append((piece, style))
            if position + len(text) > end:
                break
            position, number = position + len(text), number + 1
        yield line


def _lines(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends; white space at these places is on none."""
    start = end = taken = space = 0
    for unit in _UNIT.finditer(text):
        wide = cell_len(unit[0])
        if unit[0].isspace():
            space = wide
            continue
        if end > start and taken + space + wide <= width:
            taken += space
        else:
            if end > start:
                yield start, end
            start, taken = unit.start(), 0
        *full, rest = chop_cells(unit[0], width) if wide > width else [unit[0]]
        for piece in full:
            yield start, start + len(piece)
            start += len(piece)
        taken += cell_len(rest)
        end, space = unit.end(), 0
    yield start, end
