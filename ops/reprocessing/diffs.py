"""Unified diffs that show a change and little else: people look at them by the dozen. Pure."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice

from ops.reprocessing.comparing import changes, common

_MOST_LINES = 24
_WIDTH = 160
"""Characters of a line that has changed, around what has; an article's paragraphs have hundreds."""
_AROUND = 30
_CONTEXT = 80


def diff_of_value(name: str, before: str, after: str) -> tuple[str, ...]:
    """Of one value by its name."""
    old, new = _windows(before, after)
    return f"-{name}: {old}", f"+{name}: {new}"


def diff_of_lines(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Of many lines, without the head that names two files; cut where it gets long."""
    if changes(before, after) is None:
        return (f"-{len(before)} lines", f"+{len(after)} lines")
    lines = list(islice(unified_diff(before, after, n=1, lineterm=""), 2, None))
    shown = list(_shown(lines))
    more = len(shown) - _MOST_LINES
    return (*shown[:_MOST_LINES], f" … {more} more lines") if more > 0 else tuple(shown)


def _shown(lines: Sequence[str]) -> Iterator[str]:
    place = 0
    while place < len(lines):
        gone = _run(lines, place, "-")
        came = _run(lines, place + len(gone), "+")
        if not gone and not came:
            line = lines[place]
            yield line if line.startswith("@@") or len(line) <= _CONTEXT else f"{line[:_CONTEXT]}…"
            place += 1
            continue
        if len(gone) == len(came):
            pairs = [_windows(old[1:], new[1:]) for old, new in zip(gone, came, strict=True)]
            yield from (f"-{old}" for old, _ in pairs)
            yield from (f"+{new}" for _, new in pairs)
        else:
            yield from (line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…" for line in (*gone, *came))
        place += len(gone) + len(came)


def _run(lines: Sequence[str], place: int, sign: str) -> Sequence[str]:
    end = place
    while end < len(lines) and lines[end].startswith(sign):
        end += 1
    return lines[place:end]


def _windows(before: str, after: str) -> tuple[str, str]:
    """Both, cut down to what differs and something around it where they are long."""
    first, behind = common(before, after)
    return _window(before, first, behind), _window(after, first, behind)


def _window(line: str, first: int, behind: int) -> str:
    if len(line) <= _WIDTH:
        return line
    begin = max(first - _AROUND, 0)
    end = min(len(line) - behind + _AROUND, len(line), begin + _WIDTH)
    return f"{'…' * (begin > 0)}{line[begin:end]}{'…' * (end < len(line))}"
