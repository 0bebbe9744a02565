"""What is known of a document or an address as lines for people: what it is, its history, how it stands."""

import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from archive.documents import Fidelity
from archive.store.values import RecordType
from crawler.decisions import SAID, Decision
from crawler.rules import RobotsSay, Verdict
from crawler.sources.place import PlaceKind
from crawler.standing import STATE_SAID, State
from ops.explain.events import SHARE_API, SHORT, Event, Known, history_of
from ops.explain.export_folders import FolderSeen, FolderState

Fields = list[tuple[str, str]]


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def identity_fields(known: Known) -> Fields:
    """What it is."""
    if known.stored is None:
        return _place_fields(known)
    found, document = known.stored.found, known.stored.found.document
    shared = [address for address, role in known.roles.items() if role == SHARE_API]
    published = (
        f"published {document.published:%Y-%m-%d %H:%M:%S %z}" if document.published else "without a date"
    )
    outlet = f"{document.outlet} ({document.slug})" if document.slug else document.outlet
    return [
        ("document", f"{found.source}:{found.source_id}"),
        ("title", document.title or "(none)"),
        ("outlet", ", ".join(filter(None, (outlet, published)))),
        ("address", found.address),
        ("share link", found.share_address),
        ("share API", shared[0] if shared else ""),
        ("fidelity", f"{found.fidelity}: {FIDELITY_SAID[found.fidelity]}"),
        ("normalizer", found.normalizer),
        ("content", f"{known.stored.content_hash}, first seen {_second(known.stored.first_seen)}"),
        *_file_fields(known),
        *_duplicate_fields(known),
        *[("exported to", _folder_said(known, seen)) for seen in known.folders],
    ]


FIDELITY_SAID = {
    Fidelity.SOURCE: "the outlet's own body, from the share API",
    Fidelity.PAGE: "the body as its page renders it",
    Fidelity.IMPORT: "as it was imported",
    Fidelity.GENERIC: "found on a page that no source has rules for",
}


def _place_fields(known: Known) -> Fields:
    place = known.place
    if place is None:
        return [("file", known.asked)]
    owner = f"{place.source.name}, which owns the host" if place.is_owned else "none owns the host"
    what = (
        PLACE_SAID[place.kind]
        if place.is_owned
        else "a page of any site: read without rules, and if named alone"
    )
    article = f" ({place.source_id})" if place.source_id and place.is_owned else ""
    return [("address", place.address), ("source", owner), ("there", f"{what}{article}")]


PLACE_SAID = {
    PlaceKind.ARTICLE: "an article, by the form of its address",
    PlaceKind.LIST: "a list",
    PlaceKind.FEED: "a feed",
    PlaceKind.SHARE: "what is shared of a post: asked together with the post's page, and never alone",
    PlaceKind.ROBOTS: "the rules of the host",
    PlaceKind.OTHER: "neither an article, nor a list or feed, by the form of its address",
}


def _file_fields(known: Known) -> Fields:
    fields = []
    for file in known.files:
        is_current = known.stored is not None and file.content_hash == known.stored.content_hash
        leaves = "leaves as it came" if file.leaves else "kept as it came"
        fields.append(
            ("imported as", f"{file.name}: {leaves if is_current else 'has another content since'}")
        )
    return fields


def _duplicate_fields(known: Known) -> Fields:
    stored = known.stored
    if stored is None:
        return []
    fields, is_shared = [], False
    for one in known.sharers.items:
        has_it = one.is_current and one.content_hash == stored.content_hash
        is_shared = is_shared or has_it
        told = "has this content, too" if has_it else f"shared {one.content_hash[:SHORT]} once"
        fields.append(("duplicate", f"{one.source}:{one.source_id} {told}, since {_second(one.since)}"))
    if more := known.sharers.left_out:
        fields.append(("", f"and {more} more"))
    if known.speaker and is_shared:
        itself = known.speaker == (stored.found.source, stored.found.source_id)
        speaker = "this one" if itself else ":".join(known.speaker)
        why = "of documents with one content the earliest published is exported"
        fields.append(("speaks", f"{speaker}: {why}"))
    return fields


def _folder_said(known: Known, seen: FolderSeen) -> str:
    folder, stored = seen.folder, known.stored
    if seen.state is not FolderState.LISTED or stored is None:
        told = FOLDER_SAID[seen.state].format(host=folder.host, at=_second(folder.exported_at))
        return f"{folder.folder}: {seen.problem or told}"
    names = ", ".join(entry.name for entry in seen.entries)
    if all(entry.content_hash != stored.content_hash for entry in seen.entries):
        return f"{folder.folder} as {names}: with an earlier content, export again"
    identity = (stored.found.source, stored.found.source_id)
    others = {":".join(entry.document) for entry in seen.entries if entry.document != identity}
    return f"{folder.folder} as {names}{': ' + ', '.join(sorted(others)) + ' speaks' if others else ''}"


FOLDER_SAID = {
    FolderState.NOT_LISTED: "not in it as of {at}: it was new since, or not among what was asked for",
    FolderState.MISSING: "not there any more (last exported to {at})",
    FolderState.ELSEWHERE: "not here: {host} exported to it",
    FolderState.UNREADABLE: "not to be read",
}


def history_lines(known: Known) -> Iterator[str]:
    """The history, a line for each event and, of captures, one more that says where they are kept."""
    events = history_of(known)
    if left_out := known.captures.left_out + known.rejections.left_out:
        in_all = max(known.captures.in_all, known.rejections.in_all)
        yield f"… and {left_out} older captures and rejections; --limit {in_all} shows them"
    if not events:
        yield "nothing: no answer of it was ever kept"
    runs = [f"run {event.run}" if event.run else "" for event in events]
    run_width = max(map(len, runs), default=0)
    width = max((len(event.what) for event in events), default=0)
    for event, run in zip(events, runs, strict=True):
        head = f"{event.at:%Y-%m-%d %H:%M:%S}  {run:{run_width}}  {event.what:{width}}  "
        role = event.facts.get("role", "")
        yield f"{head}{ROLE_SAID.get(role, '')}{event.text}"
        if kept := _kept(event):
            yield f"{' ' * len(head)}{kept}"


ROLE_SAID = {SHARE_API: "share API: ", "share-page": "share page: "}
"""What a fetch was of, where it was not of the page itself."""


def _kept(event: Event) -> str:
    facts = event.facts
    if "payload_digest" not in facts:
        return ""
    digest = facts["payload_digest"].removeprefix("sha256:")[:SHORT]
    if not facts["warc_file"]:
        return f"payload {digest}, of an old version: no record was kept"
    of = " of" if facts["record"] == RecordType.REVISIT else ""
    payload = "" if facts["status"] == 304 else f"{of} payload {digest}"
    return f"{facts['record']}{payload}, {facts['warc_file']} at {facts['warc_offset']}"


def standing_fields(known: Known) -> Fields:
    """How it stands now."""
    standing = known.standing
    if standing is None:
        return [("state", known.note)]
    return [
        ("state", STATE_SAID[standing.state]),
        ("next crawl", f"asks it ({standing.wanted}): {SAID[standing.wanted]}" if standing.wanted else ""),
        ("if listed", _decision_said(standing.listed)),
        ("if retitled", _decision_said(standing.retitled)),
        ("next look", _next_said(known)),
        *[("robots.txt", _robots_said(one)) for one in _robots_shown(known.robots)],
        ("to do", advice(known)),
    ]


def _decision_said(decision: Decision | None) -> str:
    if decision is None:
        return ""
    return f"{'fetched' if decision.fetch else 'left alone'} ({decision.why}): {SAID[decision.why]}"


def _next_said(known: Known) -> str:
    standing = known.standing
    if standing is None or standing.next_check is None:
        return standing.said if standing else ""
    return f"{_second(standing.next_check)} ({_span(standing.next_check - known.now)}): {standing.said}"


def _span(span: timedelta) -> str:
    minutes = abs(round(span.total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min"]
    told = " ".join([part for part in parts if part][:2])
    return f"in {told}" if span > timedelta(0) else f"{told} ago"


def _robots_shown(robots: Sequence[RobotsSay]) -> Iterator[RobotsSay]:
    """Those of the page, and of what is fetched besides if they refuse it."""
    yield from (one for place, one in enumerate(robots) if place == 0 or one.verdict is Verdict.REFUSED)


def _robots_said(say: RobotsSay) -> str:
    as_of = f" as of {_second(say.as_of)}" if say.as_of else ""
    address = f"{say.address}: " if say.verdict is Verdict.REFUSED else ""
    return f"{address}{VERDICT_SAID[say.verdict].format(rules=say.rules)}{as_of}"


VERDICT_SAID = {
    Verdict.ALLOWED: "allowed by {rules}",
    Verdict.REFUSED: "refused by {rules}",
    Verdict.NO_RULES: "allowed: there is no {rules}",
    Verdict.NOT_CAPTURED: "not known: {rules} was never read, and is asked before anything else",
    Verdict.NOT_READABLE: "not known: what was kept of {rules} cannot be read, and it is asked again",
}


def advice(known: Known) -> str:
    """What is to be done to have it; empty where nothing need be."""
    standing, place = known.standing, known.place
    if standing is None or place is None or standing.state not in _TO_BE_HAD:
        return ""
    if any(one.verdict is Verdict.REFUSED for one in known.robots[:1]):
        return "nothing: the host does not want it asked"
    return f"archive crawl --url {shlex.quote(place.address)}"


_TO_BE_HAD = {State.UNREAD, State.FAILING, State.GIVEN_UP, State.NEVER_MET}
