"""The history of one document or address: what the store has of it, told event by event. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from archive.documents import Fidelity
from archive.store.history import CameIn, Newest, Revised, Sharer
from archive.store.values import Capture, Page, Rejected, Run, Stored, Truncated
from crawler.decisions import SAID, Why
from crawler.rules import RobotsSay
from crawler.sources.place import Place
from crawler.standing import Standing
from ops.explain.export_folders import FolderSeen, FolderState
from ops.views.runs import size

SHORT = 12
"""Digits of a hash that are shown to people."""
PAGE, SHARE_API = "page", "share-api"
"""What an address is to a document: its page, and where its body is fetched from."""


class Happened(StrEnum):
    """What an event is."""

    FETCHED = "fetched"
    """It answered 200, whole."""
    NOT_MODIFIED = "not-modified"
    ANSWERED = "answered"
    """It answered otherwise, or not whole."""
    NEW = "new"
    DUPLICATE = "duplicate"
    """New, with a content that another document had."""
    CHANGED = "changed"
    REJECTED = "rejected"
    FAILED = "failed"
    """It failed in a run, and no answer that was kept tells how."""
    GONE = "gone"
    EXPORTED = "exported"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. The time is aware, in UTC."""

    at: datetime
    what: Happened
    text: str
    run: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What is known of it besides, as JSON has it, under names that stay."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that the store, the sources and the folders exported to know of what was asked about."""

    asked: str
    now: datetime
    place: Place | None
    """None for a document that is at no address of a source that there is."""
    stored: Stored | None
    roles: Mapping[str, str]
    """What each address is whose captures are told: ``page``, ``share-api``, ``list`` …"""
    page: Page | None = None
    captures: Newest[Capture] = field(default_factory=Newest)
    rejections: Newest[Rejected] = field(default_factory=Newest)
    revisions: tuple[Revised, ...] = ()
    sharers: Newest[Sharer] = field(default_factory=Newest)
    speaker: tuple[str, str] | None = None
    files: tuple[CameIn, ...] = ()
    runs: Mapping[int, Run] = field(default_factory=dict)
    """Those of captures, rejections and revisions; by number."""
    latest_runs: tuple[Run, ...] = ()
    """The newest of the source: the first failures of a run are in its story."""
    folders: tuple[FolderSeen, ...] = ()
    robots: tuple[RobotsSay, ...] = ()
    standing: Standing | None = None
    note: str = ""
    """What else is to be known of how it stands; empty for nothing."""


def history_of(known: Known) -> list[Event]:
    """The events in the order of time; of one moment, fetches come before what came of them."""
    told = (_fetches, _failures, _revisions, _rejections, _gone, _exports)
    return sorted((event for tell in told for event in tell(known)), key=lambda event: event.at)


def _fetches(known: Known) -> Iterator[Event]:
    effects = _effects(known)
    for place, capture in enumerate(known.captures.items):
        what, effect = _answered(capture), effects.get(place, "")
        yield Event(
            capture.fetched_at,
            what,
            _fetch_said(known, capture, what, effect),
            capture.run_id,
            _fetch_facts(known, capture, effect),
        )


def _failures(known: Known) -> Iterator[Event]:
    """What runs tell of failures, but for those that an answer tells of already."""
    answered = {
        (one.run_id, one.address) for one in known.captures.items if _answered(one) is Happened.ANSWERED
    }
    for run, address, reason, detail in _told_failures(known):
        if (run.id, address) not in answered:
            facts = {"address": address, "role": known.roles[address], "reason": reason, "detail": detail}
            text = f"{reason}: {detail}" if detail else reason
            yield Event(run.finished_at or run.started_at, Happened.FAILED, text, run.id, facts)


def _told_failures(known: Known) -> Iterator[tuple[Run, str, str, str]]:
    """Run, address, reason and detail of the failures that the stories of runs tell."""
    for run in known.latest_runs:
        for told in run.story.get("failed", ()):
            if told["address"] in known.roles:
                yield run, told["address"], told["reason"], told["detail"]


def _answered(capture: Capture) -> Happened:
    if capture.status == 304:
        return Happened.NOT_MODIFIED
    is_whole = capture.status == 200 and capture.truncated is Truncated.NOT
    return Happened.FETCHED if is_whole else Happened.ANSWERED


def _fetch_said(known: Known, capture: Capture, what: Happened, effect: str) -> str:
    took = f" in {capture.took:.2f} s" if capture.took else ""
    told = [_STATUS_SAID.get(capture.status, f"{capture.status}")]
    if what is not Happened.NOT_MODIFIED:
        told[0] += f", {_size(capture.payload_bytes)}"
    told[0] += took
    if capture.truncated is not Truncated.NOT:
        told.append(f"not whole ({_TRUNCATED_SAID[capture.truncated]})")
    if capture.why and known.roles.get(capture.address) != SHARE_API:  # that of the page is that of its body
        told.append(f"{capture.why}: {why_said(capture.why)}".removesuffix(": "))
    if effect in _EFFECT_SAID:
        told.append(_EFFECT_SAID[effect])
    return "; ".join(told)


def why_said(why: str) -> str:
    """What a reason means; empty for one that the crawler does not name (any more)."""
    return SAID[Why(why)] if why in set(Why) else ""


def _fetch_facts(known: Known, capture: Capture, effect: str) -> dict[str, Any]:
    return {
        "address": capture.address,
        "role": known.roles.get(capture.address, PAGE),
        "status": capture.status,
        "why": capture.why,
        "why_said": why_said(capture.why),
        "effect": effect,
        "took": capture.took,
        "bytes": capture.payload_bytes,
        "payload_digest": capture.payload_digest,
        "truncated": str(capture.truncated),
        "record": str(capture.record) if capture.warc_file else "",
        "warc_file": capture.warc_file,
        "warc_offset": capture.warc_offset,
        "warc_length": capture.warc_length,
    }


def _effects(known: Known) -> dict[int, str]:
    """By place among the captures, what came of each page that was fetched.

    A page is stored together with what came of it. A document's page that was fetched whole, and of whose run
    there is neither a rejection nor a revision, had the content that was known.
    """
    by_run: dict[int | None, str] = {one.run_id: "rejected" for one in known.rejections.items}
    by_run |= {one.run_id: str(what) for one, what in _kinds(known)}
    last = {
        capture.run_id: place
        for place, capture in enumerate(known.captures.items)
        if known.roles.get(capture.address) == PAGE and _answered(capture) is Happened.FETCHED
    }
    effects: dict[int, str] = {}
    before = ""
    for run_id, place in sorted(last.items(), key=lambda one: one[1]):
        digest = known.captures.items[place].payload_digest
        nothing = "same-bytes" if digest == before else "unchanged"
        effects[place] = by_run.get(run_id, nothing if known.stored and run_id else "")
        before = digest
    first_body = _first_body(known, effects)
    return effects if first_body is None else {**effects, first_body: "body-came"}


def _first_body(known: Known, effects: Mapping[int, str]) -> int | None:
    """The place of the fetch by which a document first got its outlet's own body, where that is certain.

    It is where one run alone has a good answer of the share API, and that is not the first with the page.
    """
    if known.stored is None or known.stored.found.fidelity is not Fidelity.SOURCE or known.captures.left_out:
        return None
    failed = {run.id for run, address, *_ in _told_failures(known) if known.roles[address] == SHARE_API}
    answered = {
        capture.run_id
        for capture in known.captures.items
        if known.roles.get(capture.address) == SHARE_API and _answered(capture) is Happened.FETCHED
    } - failed
    places = [
        place
        for place, effect in effects.items()
        if effect in _NO_NEWS and known.captures.items[place].run_id in answered
    ]
    return places[0] if len(answered) == len(places) == 1 else None


def _kinds(known: Known) -> Iterator[tuple[Revised, Happened]]:
    """The revisions, each with what it is: the first new or a duplicate, the others changes."""
    for place, revised in enumerate(known.revisions):
        if place:
            yield revised, Happened.CHANGED
        else:
            earlier = earlier_sharer(known, revised)
            yield revised, Happened.DUPLICATE if earlier else Happened.NEW


def earlier_sharer(known: Known, revised: Revised) -> Sharer | None:
    """The first other document that had the content before this revision; None where none had."""
    earlier = [
        one
        for one in known.sharers.items
        if one.content_hash == revised.content_hash and one.revision_id < revised.id
    ]
    return min(earlier, key=lambda one: one.revision_id, default=None)


def _revisions(known: Known) -> Iterator[Event]:
    before: list[Revised] = []
    for revised, what in _kinds(known):
        facts: dict[str, Any] = {"content_hash": revised.content_hash, "title": revised.title}
        facts["imported_as"] = _file_of(known, revised)
        if before:
            change = change_between(before[-1], revised)
            facts |= {
                "title_before": before[-1].title,
                "title_changed": change.title,
                "blocks_added": change.added,
                "blocks_removed": change.removed,
            }
            told = _change_said(before, revised, change)
        else:
            facts["duplicate_of"] = None
            told = f"“{revised.title}”, {_count(len(_blocks(revised)), 'block')} of text"
            if earlier := earlier_sharer(known, revised):
                facts["duplicate_of"] = f"{earlier.source}:{earlier.source_id}"
                told += f"; {facts['duplicate_of']} had this content already"
        if facts["imported_as"]:
            told += f"; it came in as the file {facts['imported_as']}"
        facts["is_reread"] = _is_reread(known, revised)
        if facts["is_reread"]:
            told += "; read again from what is kept, by another normalizer: its source has not changed"
        text = f"content {revised.content_hash[:SHORT]}: {told}"
        yield Event(revised.seen_at, what, text, revised.run_id, facts)
        before.append(revised)


def _file_of(known: Known, revised: Revised) -> str | None:
    run = known.runs.get(revised.run_id or 0)
    names = [one.name for one in known.files if one.content_hash == revised.content_hash]
    return names[0] if names and run and run.trigger == "import" else None


def _is_reread(known: Known, revised: Revised) -> bool:
    run = known.runs.get(revised.run_id or 0)
    return run is not None and run.trigger == "reprocess"


@dataclass(frozen=True, slots=True)
class Change:
    """Roughly, what one content has that another had not: blocks that were moved count as neither."""

    title: bool
    added: int
    removed: int


def change_between(before: Revised, after: Revised) -> Change:
    """What changed between two contents; a block that was rewritten counts as one added, one removed."""
    old, new = Counter(_blocks(before)), Counter(_blocks(after))
    return Change(before.title != after.title, (new - old).total(), (old - new).total())


def _blocks(revised: Revised) -> list[str]:
    return revised.text.split("\n") if revised.text else []


def _change_said(before: Sequence[Revised], after: Revised, change: Change) -> str:
    told = []
    if change.title:
        told.append(f"title “{before[-1].title}” now “{after.title}”")
    if change.added or change.removed:
        told.append(f"{_count(change.added, 'block')} of text added, {change.removed} removed")
    elif not change.title:
        told.append("its blocks stand in another order")
    same = [one for one in before if one.content_hash == after.content_hash]
    if same:
        told.append(f"as it was at {same[0].seen_at:%Y-%m-%d %H:%M:%S} again")
    return "; ".join(told)


def _rejections(known: Known) -> Iterator[Event]:
    for one in known.rejections.items:
        about, kept = one.rejection, one.capture
        facts: dict[str, Any] = {
            "address": about.address,
            "stage": about.stage,
            "reason": about.reason,
            "detail": about.detail,
            "warc_file": kept.warc_file if kept else "",
            "warc_offset": kept.warc_offset if kept else None,
        }
        detail = f": {about.detail}" if about.detail else ""
        text = f"at stage {about.stage}, {about.reason}{detail}"
        yield Event(one.seen_at, Happened.REJECTED, text, one.run_id, facts)


def _gone(known: Known) -> Iterator[Event]:
    since = known.stored.gone_since if known.stored else None
    if since is None:
        return
    absent = [one for one in known.captures.items if one.status in {404, 410} and one.fetched_at <= since]
    run_id = absent[-1].run_id if absent else None
    yield Event(since, Happened.GONE, "its source has taken it away; it is kept", run_id)


def _exports(known: Known) -> Iterator[Event]:
    for seen in known.folders:
        if seen.state is FolderState.LISTED:
            names = ", ".join(entry.name for entry in seen.entries)
            text = f"by then it was in {seen.folder.folder} as {names}"
            facts = {"folder": seen.folder.folder, "files": [entry.name for entry in seen.entries]}
            yield Event(seen.folder.exported_at, Happened.EXPORTED, text, None, facts)


def _size(count: int) -> str:
    return size(count) if count >= 1000 else _count(count, "byte")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


_STATUS_SAID = {304: "304 not modified", 404: "404 not there", 410: "410 gone"}
_TRUNCATED_SAID = {
    Truncated.LENGTH: "longer than is taken",
    Truncated.TIME: "took longer than is waited",
    Truncated.DISCONNECT: "the connection ended before it did",
}
_NO_NEWS = ("unchanged", "same-bytes")
_EFFECT_SAID = {
    "unchanged": "the content is the same: markup or furniture has changed at the most",
    "same-bytes": "the same bytes as before",
    "body-came": "the content is the same; the outlet's own body came from the share API (fidelity: source)",
}
