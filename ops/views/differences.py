"""How two contents are shown beside each other: in the manner of `diff -u`, block by block."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.documents.alignment import Effort
from archive.documents.differences import Change, Extent, Hunk, Line, difference, extent, hunks, only_line
from ops.filling import fill
from ops.terminal import safe
from ops.views.documents import at_revision, document_bytes
from ops.views.revisions import SHORT, blocks, extent_json, extent_said, name_of, revision_json

if TYPE_CHECKING:
    from archive.store.history import Revised
    from archive.store.values import Stored
    from ops.terminal import Span

_STYLES = {Change.KEPT: "", Change.REMOVED: "red", Change.ADDED: "green"}
_MARKS = {Change.KEPT: ("", ""), Change.REMOVED: ("[-", "-]"), Change.ADDED: ("{+", "+}")}
"""What stands around changed characters where no colours are shown: those of `git diff --word-diff`."""
_WORDS = {Change.KEPT: "kept", Change.REMOVED: "removed", Change.ADDED: "added"}
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class Side:
    """One revision of one document."""

    stored: "Stored"
    revised: "Revised"
    place: int
    """Among the document's revisions, from 0."""

    @property
    def said(self) -> str:
        """What it is, in a line."""
        at, digits = f"{self.revised.seen_at:%Y-%m-%d %H:%M:%S} UTC", self.revised.content_hash[:SHORT]
        return f"{name_of(self.stored)} revision {self.place + 1}, {at}, content {digits}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two contents, and all of both, line by line."""

    old: Side
    new: Side
    title: Sequence[Line]
    """Empty where it is the same."""
    text: Sequence[Line]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs that a reader sees."""
        return not self.title and all(line.change is Change.KEPT for line in self.text)


def compare(old: Side, new: Side) -> Comparison:
    """Compare title and text."""
    effort = Effort()
    titles = old.revised.title, new.revised.title
    title = only_line(*titles, effort) if titles[0] != titles[1] else []
    return Comparison(old, new, title, difference(blocks(old.revised.text), blocks(new.revised.text), effort))


def stat_fields(comparison: Comparison) -> list[tuple[str, str]]:
    """How much differs."""
    changed = extent(comparison.text)
    return [
        ("old", comparison.old.said),
        ("new", comparison.new.said),
        ("title", "changed" if comparison.title else "the same"),
        ("text", extent_said(changed) if _differs(changed) else "the same"),
    ]


def _differs(changed: Extent) -> bool:
    return bool(changed.added or changed.removed or changed.rewritten)


def diff_lines(
    comparison: Comparison, context: int, width: int | None, *, has_styles: bool
) -> "Iterator[list[Span]]":
    """What differs, with so many blocks around it; filled to the width, if there is one.

    Changed characters are reversed where there are `has_styles`, and stand between marks otherwise.
    """
    yield [(f"--- {comparison.old.said}", "bold")]
    yield [(f"+++ {comparison.new.said}", "bold")]
    if comparison.is_same:
        yield [("the contents are the same", "")]
    if comparison.title:
        yield [("@@ title @@", "cyan")]
        for line in comparison.title:
            yield from _shown(line, width, has_styles=has_styles)
    for hunk in hunks(comparison.text, context):
        yield [(_head(hunk), "cyan")]
        for line in hunk.lines:
            yield from _shown(line, width, has_styles=has_styles)


def _shown(line: Line, width: int | None, *, has_styles: bool) -> "Iterator[list[Span]]":
    style = _STYLES[line.change]
    spans = [(line.text, style)]
    if line.parts:
        spans = [_part(part.change, part.text, style, has_styles=has_styles) for part in line.parts]
    if width is None:
        yield [(str(line.change), style), *spans]
        return
    for number, filled in enumerate(fill(spans, width - 1)):
        yield [(" " if number else str(line.change), style), *filled]


def _part(change: Change, text: str, style: str, *, has_styles: bool) -> "Span":
    if change is Change.KEPT:
        return text, style
    before, after = ("", "") if has_styles else _MARKS[change]
    return f"{before}{text}{after}", f"{style} reverse"


def _head(hunk: Hunk) -> str:
    old = _range(hunk.old_start, hunk.length(Change.ADDED))
    return f"@@ -{old} +{_range(hunk.new_start, hunk.length(Change.REMOVED))} @@"


def _range(start: int, length: int) -> str:
    """As POSIX has it: an empty one is behind the line that it names; one of a single line says no length."""
    first = start + 1 if length else start
    return f"{first}" if length == 1 else f"{first},{length}"


def diff_json(comparison: Comparison, context: int, *, has_hunks: bool) -> dict[str, Any]:
    """The same as values that stay."""
    told: dict[str, Any] = {
        "old": side_json(comparison.old),
        "new": side_json(comparison.new),
        "same": comparison.is_same,
        "title_changed": bool(comparison.title),
        "text": extent_json(extent(comparison.text)),
    }
    if has_hunks:
        told["title"] = list(map(_line_json, comparison.title))
        told["hunks"] = [_hunk_json(hunk) for hunk in hunks(comparison.text, context)]
    return told


def side_json(side: Side) -> dict[str, Any]:
    """What is compared."""
    return {"document": name_of(side.stored), **revision_json(side.place, side.revised)}


def _hunk_json(hunk: Hunk) -> dict[str, Any]:
    return {
        "old_start": hunk.old_start + 1,
        "old_blocks": hunk.length(Change.ADDED),
        "new_start": hunk.new_start + 1,
        "new_blocks": hunk.length(Change.REMOVED),
        "lines": list(map(_line_json, hunk.lines)),
    }


def _line_json(line: Line) -> dict[str, Any]:
    parts = [{"change": _WORDS[part.change], "text": part.text} for part in line.parts]
    return {"change": _WORDS[line.change], "text": line.text, "parts": parts}


def file_of(side: Side, body: str) -> str:
    """The revision's file, as `archive show --raw` gives it; what is not UTF-8 is escaped (PEP 383)."""
    return document_bytes(at_revision(side.stored, side.revised, body)).decode(errors="surrogateescape")


def raw_lines(old: tuple[str, str], new: tuple[str, str], context: int) -> Iterator[str]:
    """Two files, each its name and text, as `diff -u` has them; without the ends of the lines."""
    lines = difference(_LINE.findall(old[1]), _LINE.findall(new[1]), Effort(), by_characters=False)
    found = list(hunks(lines, context))
    if found:
        yield from (f"--- {safe(old[0])}", f"+++ {safe(new[0])}")
    for hunk in found:
        yield _head(hunk)
        for line in hunk.lines:
            yield f"{line.change}{line.text.removesuffix(chr(10))}"
            if not line.text.endswith("\n"):
                yield _NO_NEWLINE
