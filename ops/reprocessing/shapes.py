"""The shape of a change: what many documents have in common that one rule has changed. Pure.

What differs from document to document is left out: digits, what stands behind a label, where it stands.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ops.reprocessing.comparing import changes, common

_DIGITS = re.compile(r"\d+")
_LABELLED = re.compile(r"(?P<label>[^：:，,。；;\s]{1,14}[：:]).*\S")
_TOKEN = re.compile(r"<[^<>]*>|[^<]+|<")
_TAG = re.compile(r"</?\s*(?P<name>[A-Za-z][\w:-]*)|<!(?P<other>--|\w+)")
_LONGEST = 24
"""Characters of a text that is shown whole."""
_BEGINNING = 12
_MOST_CHARACTERS = 400
_MOST_EDITS = 3
"""In one line; what has more was rewritten."""
_ALIKE = 0.3
"""Of the shorter of two lines, the part that both begin or end with, from which on one became the other."""
MUCH = "much of it"

Pair = tuple[str | None, str | None]


def text_shapes(before: str, after: str) -> list[str]:
    """Of two texts that differ: each kind of line that went, came, or changed."""
    pairs = _changed(before.split("\n"), after.split("\n"))
    if pairs is None:
        return [MUCH]
    return _each_once(shape for pair in pairs for shape in _line_shapes(*pair))


def markup_shapes(before: str, after: str) -> list[str]:
    """Of two bodies with one text: each kind of tag that went, came, or changed."""
    pairs = _changed(tokens(before), tokens(after))
    if pairs is None:
        return [MUCH]
    return _each_once(_tag_shape(*pair) for pair in pairs)


def value_shapes(before: str, after: str) -> list[str]:
    """Of two values on one line that differ."""
    if not before or not after:
        return ["found" if after else "lost"]
    return _each_once(_edits(before, after) or ["another"])


def time_shape(before: datetime | None, after: datetime | None) -> str:
    """Of two times that differ, either of which may be none."""
    if before is None or after is None:
        return "found" if after else "lost"
    apart = abs(after - before)
    way = "later" if after > before else "earlier"
    if apart % timedelta(hours=1) == timedelta(0) and apart <= timedelta(hours=24):
        return f"{apart // timedelta(hours=1)} h {way}"
    return f"{'days' if apart > timedelta(hours=24) else 'less than a day'} {way}"


def tokens(body: str) -> list[str]:
    """A body's tags, and the texts between them."""
    return _TOKEN.findall(body)


def _changed(before: Sequence[str], after: Sequence[str]) -> list[Pair] | None:
    """What was replaced by what, gone or new being None; None for more than can be compared."""
    found = changes(before, after)
    if found is None:
        return None
    pairs: list[Pair] = []
    for what, a, b, c, d in found:
        if what == "replace" and b - a == d - c:
            pairs += zip(before[a:b], after[c:d], strict=True)
        else:
            pairs += [(line, None) for line in before[a:b]] + [(None, line) for line in after[c:d]]
    return pairs


def _line_shapes(before: str | None, after: str | None) -> Iterator[str]:
    if before is not None and after is not None and _is_alike(before, after):
        yield from _edits(before, after) or ["a line rewritten"]
        return
    if before is not None:
        yield f"- {_line(before)}"
    if after is not None:
        yield f"+ {_line(after)}"


def _is_alike(before: str, after: str) -> bool:
    first, behind = common(before, after)
    return first + behind >= _ALIKE * min(len(before), len(after))


def _edits(before: str, after: str) -> list[str]:
    """What went from a line, and what came in its place; nothing where that is too much to be told."""
    first, behind = common(before, after)
    old, new = before[first : len(before) - behind], after[first : len(after) - behind]
    found = changes(old, new) if max(len(old), len(new)) <= _MOST_CHARACTERS else None
    if found is None:
        return []
    edits = [_edit(old[a:b], new[c:d]) for _, a, b, c, d in found]
    different = _each_once(edits)
    return different if len(different) <= _MOST_EDITS else []


def _edit(old: str, new: str) -> str:
    if not old or not new:
        return f"with “{_text(new)}”" if new else f"without “{_text(old)}”"
    if _text(old) == _text(new):
        return f"“{_text(old)}” otherwise"
    return f"“{_text(old)}” to “{_text(new)}”"


def _line(line: str) -> str:
    """A line without what differs from document to document; of a label what stands behind it."""
    labelled = _LABELLED.match(line)
    return f"{_text(labelled['label'])}…" if labelled else _text(line)


def _text(text: str) -> str:
    general = _DIGITS.sub("0", text)
    return general if len(general) <= _LONGEST else f"{general[:_BEGINNING]}…"


def _tag_shape(before: str | None, after: str | None) -> str:
    old, new = (None if token is None else _kind(token) for token in (before, after))
    if old == new:
        return f"{old} otherwise"
    if old is None or new is None:
        return f"+ {new}" if old is None else f"- {old}"
    return f"{old} to {new}"


def _kind(token: str) -> str:
    """A tag by its name, without its attributes; what is none as what it is."""
    tag = _TAG.match(token)
    if tag is None:
        return "text" if token.strip() else "white space"
    return f"<{tag['name'].lower()}>" if tag["name"] else "a comment" if tag["other"] == "--" else "<!>"


def _each_once(shapes: Iterator[str] | Sequence[str]) -> list[str]:
    return list(dict.fromkeys(shapes))
