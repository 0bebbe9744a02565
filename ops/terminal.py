"""What is shown: tables on a terminal, aligned lines in a pipe; never a page's own escapes or markup."""

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What moves the cursor, colours, breaks lines, or turns the direction of writing."""
_UNDER = "    "
Span = tuple[str, str]
"""Text, and its style: one of Rich's, or none."""


def safe(text: str) -> str:
    """The text on one line, with what could steer a terminal written as ``\\x1b``."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def cut(text: str, length: int) -> str:
    """The text in so many characters, with an ellipsis where it has more."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def console(*, stderr: bool = False) -> Console:
    """A console that shows texts as they are; without colours where NO_COLOR is set."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True)


def shows_styles() -> bool:
    """Whether standard output is a terminal that shows colours, and they are wanted (NO_COLOR is not set)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and not is_dumb(os.environ)


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Whether the terminal can show text and nothing else."""
    return environment.get("TERM", "").lower() in ("", "dumb", "unknown")


def terminal_width() -> int | None:
    """The columns of the terminal that standard output is; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def write_line(text: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(f"{safe(text)}\n")


def write_note(text: str) -> None:
    """A line on standard error."""
    sys.stderr.write(f"{safe(text)}\n")


def write_heading(text: str) -> None:
    """A line on standard output that stands out on a terminal."""
    write_styled(text, "bold cyan")


def write_styled(text: str, style: str) -> None:
    """A line on standard output, on a terminal in that style of Rich's; empty for none."""
    write_spans([(text, style)])


def write_spans(spans: Sequence[Span]) -> None:
    """A line on standard output, on a terminal each text of it in its style."""
    has_styles = shows_styles()
    shown = (_styled(safe(text), style) if has_styles else safe(text) for text, style in spans)
    sys.stdout.write(f"{''.join(shown)}\n")


def write_cut(shown: int, of: int, which: str) -> None:
    """A note on standard error where a list has not all there is, but so many, such as the newest."""
    if shown < of:
        write_note(f"the {shown:,} {which} of {of:,}; --limit {of} has all")


def write_text(text: str) -> None:
    """Many lines on standard output."""
    for line in text.split("\n"):
        write_line(line)


def write_whole(text: str) -> None:
    """A text that is a file, on standard output as it would be in that: in UTF-8, and nothing escaped."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())


def write_json(value: Any) -> None:
    """A value as JSON, with characters as they are but for those that could steer a terminal."""
    shown = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.write(_escaped(shown) + "\n")


def write_json_line(line: str) -> None:
    """A line that is JSON already."""
    sys.stdout.write(_escaped(line) + "\n")


def write_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = (), *, whole: str = ""
) -> None:
    """Rows under their columns; those of `numbers` are aligned on the right.

    On a terminal that is too narrow cells are folded; with `whole`, a column to be copied from, that is not:
    what stands behind it then has lines of its own.
    """
    rows = [[safe(cell) for cell in row] for row in rows]
    width = terminal_width()
    if whole and width and max(map(cell_len, aligned(columns, rows, numbers))) > width:
        _write_stacked(columns, rows, numbers, columns.index(whole) + 1, width)
        return
    if width:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        Console(highlight=False).print(table)
        return
    for line in aligned(columns, rows, numbers):
        sys.stdout.write(f"{line}\n")


def _write_stacked(
    columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str], first: int, width: int
) -> None:
    """The first so many columns of each row, and under them the others."""
    heads = aligned(columns[:first], [row[:first] for row in rows], numbers)
    rests = aligned(columns[first:], [row[first:] for row in rows], numbers)
    for n, (head, rest) in enumerate(zip(heads, rests, strict=True)):
        write_styled(head, "" if n else "bold")
        for line in Text(rest).wrap(console(), width - len(_UNDER), overflow="fold"):
            write_styled(f"{_UNDER}{line.plain}".rstrip(), "" if n else "bold")


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> list[str]:
    """The columns and the rows as lines; those of `numbers` are aligned on the right."""
    right = [column in numbers for column in columns]
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *rows, strict=True)]
    padded = ([_padded(*cell) for cell in zip(row, widths, right, strict=True)] for row in (columns, *rows))
    return ["  ".join(cells).rstrip() for cells in padded]


def write_fields(fields: Sequence[tuple[str, str]], styles: Mapping[str, str] = MappingProxyType({})) -> None:
    """Names and values, one pair a line; those without a value are left out.

    `styles` are those of values, by name.
    """
    fields = [(name, value) for name, value in fields if value]
    width = max((len(name) for name, _ in fields), default=0)
    for name, value in fields:
        write_spans([(f"{name:{width}}  ", "dim"), (value, styles.get(name, ""))])


def _styled(text: str, style: str) -> str:
    return Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if style else text


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(cell))
    return space + cell if right else cell + space


def _escaped(shown: str) -> str:
    """JSON in which the control characters that it may hold as they are, are escaped as well."""
    return _UNSAFE.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", shown)
