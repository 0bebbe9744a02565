"""How a document's revisions are shown: what each changed against the one before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.documents.alignment import Effort
from archive.documents.differences import Extent, difference, extent
from ops.filling import fill
from ops.views.runs import moment

if TYPE_CHECKING:
    from archive.store.history import CameIn, Newest, Revised, Sharer
    from archive.store.values import Run, Stored
    from ops.terminal import Span

SHORT = 12
"""Digits of a hash that are shown to people."""


@dataclass(frozen=True, slots=True)
class Past:
    """A document with all its revisions, and what they are told by."""

    stored: "Stored"
    revisions: "Sequence[Revised]"
    runs: "dict[int, Run]"
    sharers: "Newest[Sharer]"
    files: "Sequence[CameIn]"

    @property
    def name(self) -> str:
        """The document's identity, as it is typed."""
        return name_of(self.stored)


def name_of(stored: "Stored") -> str:
    """A document's identity, as it is typed."""
    return f"{stored.found.source}:{stored.found.source_id}"


def blocks(text: str) -> list[str]:
    """The blocks of a canonical text."""
    return text.split("\n") if text else []


def history_lines(past: Past, width: int | None) -> "Iterator[list[Span]]":
    """The revisions, the oldest first, each with what it is in a line, and what it brought below.

    The latter is filled to the width (columns), if there is one.
    """
    digits = len(str(len(past.revisions)))
    indent = " " * (digits + 2)
    for place, revised in enumerate(past.revisions):
        yield [
            (f"{place + 1:{digits}}", "bold"),
            (f"  {revised.seen_at:%Y-%m-%d %H:%M:%S} UTC", ""),
            (f"  {_run_said(past, revised):<{_run_width(past)}}", "dim"),
            (f"  {revised.content_hash[:SHORT]}", "yellow"),
        ]
        for told in _told(past, place):
            lines = fill([(told, "")], width - len(indent)) if width is not None else [[(told, "")]]
            yield from ([(indent, ""), *line] for line in lines)
    if past.stored.gone_since:
        since = f"{past.stored.gone_since:%Y-%m-%d %H:%M:%S} UTC"
        yield [(f"gone since {since}: its source has taken it away; it is kept", "yellow")]


def _run_said(past: Past, revised: "Revised") -> str:
    run = past.runs.get(revised.run_id or 0)
    return f"run {run.id} ({run.trigger})" if run else "no run"


def _run_width(past: Past) -> int:
    return max((len(_run_said(past, one)) for one in past.revisions), default=0)


def _told(past: Past, place: int) -> Iterator[str]:
    revised = past.revisions[place]
    if place:
        before = past.revisions[place - 1]
        if before.title != revised.title:
            yield f"title “{before.title}” now “{revised.title}”"
        if before.text != revised.text:
            yield f"text: {extent_said(extent_between(before, revised))}"
        if (same := same_before(past.revisions, place)) is not None:
            yield f"the content of revision {same + 1} again"
    else:
        title = f"“{revised.title}”" if revised.title else "without a title"
        found = blocks(revised.text)
        counts = _count(len(found), "block"), _count(sum(map(len, found)), "character")
        yield ", ".join((title, *counts))
    if names := came_in_as(past, revised):
        yield f"came in as the file {', '.join(names)}"
    if shared := duplicates(past, revised):
        yield f"{', '.join(shared)} {'has' if len(shared) == 1 else 'have'} this content now"


def same_before(revisions: "Sequence[Revised]", place: int) -> int | None:
    """The place of the first earlier revision with the same content; None where there is none."""
    hashes = [one.content_hash for one in revisions[:place]]
    return hashes.index(revisions[place].content_hash) if revisions[place].content_hash in hashes else None


def came_in_as(past: Past, revised: "Revised") -> list[str]:
    """The files with this content that an import brought."""
    run = past.runs.get(revised.run_id or 0)
    is_import = run is not None and run.trigger == "import"
    return [one.name for one in past.files if is_import and one.content_hash == revised.content_hash]


def duplicates(past: Past, revised: "Revised") -> list[str]:
    """The other documents that have this content now."""
    return [
        f"{one.source}:{one.source_id}"
        for one in past.sharers.items
        if one.is_current and one.content_hash == revised.content_hash
    ]


def extent_between(before: "Revised", after: "Revised") -> Extent:
    """How much of the text changed."""
    return extent(difference(blocks(before.text), blocks(after.text), Effort()))


def extent_said(changed: Extent) -> str:
    """How much changed, in words."""
    counts = {"rewritten": changed.rewritten, "added": changed.added, "removed": changed.removed}
    said = [f"{count} {what}" for what, count in counts.items() if count]
    first = next((count for count in counts.values() if count), 0)
    if said:
        said[0] = said[0].replace(" ", " block " if first == 1 else " blocks ", 1)
    characters = f"+{changed.characters_added} -{changed.characters_removed}"
    return f"{', '.join(said)} ({characters}, {_count(changed.characters, 'character')} now)"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def history_json(past: Past) -> dict[str, Any]:
    """The same as values that stay. Times are UTC."""
    stored = past.stored
    return {
        "document": past.name,
        "title": stored.found.document.title,
        "content_hash": stored.content_hash,
        "revisions": [_revision(past, place) for place in range(len(past.revisions))],
        "gone_since": moment(stored.gone_since) if stored.gone_since else None,
    }


def _revision(past: Past, place: int) -> dict[str, Any]:
    revised = past.revisions[place]
    run = past.runs.get(revised.run_id or 0)
    same = same_before(past.revisions, place)
    return {
        **revision_json(place, revised),
        "trigger": run.trigger if run else None,
        "is_current": place == len(past.revisions) - 1,
        "blocks": len(blocks(revised.text)),
        "characters": sum(map(len, blocks(revised.text))),
        "changed": _changed(past.revisions[place - 1], revised) if place else None,
        "same_as": None if same is None else same + 1,
        "imported_as": came_in_as(past, revised),
        "duplicates": duplicates(past, revised),
    }


def revision_json(place: int, revised: "Revised") -> dict[str, Any]:
    """What a revision is."""
    return {
        "revision": place + 1,
        "content_hash": revised.content_hash,
        "seen_at": moment(revised.seen_at),
        "run": revised.run_id,
        "title": revised.title,
    }


def _changed(before: "Revised", after: "Revised") -> dict[str, Any]:
    return {"title": before.title != after.title, "text": extent_json(extent_between(before, after))}


def extent_json(changed: Extent) -> dict[str, int]:
    """How much changed: of blocks, and of their characters."""
    return {
        "blocks_rewritten": changed.rewritten,
        "blocks_added": changed.added,
        "blocks_removed": changed.removed,
        "characters_added": changed.characters_added,
        "characters_removed": changed.characters_removed,
        "characters": changed.characters,
    }
