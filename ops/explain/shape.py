"""What is known of a document or an address as JSON, in a shape that stays.

``document`` (null where it became none), ``place`` (whose address it is; null for none), ``history`` (events
in order of time: ``at``, ``event``, ``run``, ``text``, and what each kind has, see `ops.explain.events`),
``captures`` and ``rejections`` (how many are shown, and in all), ``runs``, ``duplicates``, ``imports``,
``exports``, ``standing`` (null where no crawl can ask) and ``note``. Times are UTC, ISO 8601.
"""

from typing import Any

from archive.store.values import Run, Stored
from crawler.decisions import SAID, Decision
from crawler.rules import RobotsSay
from crawler.standing import STATE_SAID
from ops.explain.events import SHARE_API, Event, Known, history_of
from ops.explain.export_folders import FolderSeen
from ops.views.runs import moment


def explain_json(known: Known) -> dict[str, Any]:
    """All of it."""
    return {
        "asked": known.asked,
        "now": moment(known.now),
        "document": _document(known, known.stored) if known.stored else None,
        "place": _place(known),
        "history": [_event(event) for event in history_of(known)],
        "captures": {"shown": len(known.captures.items), "in_all": known.captures.in_all},
        "rejections": {"shown": len(known.rejections.items), "in_all": known.rejections.in_all},
        "runs": [_run(run) for run in known.runs.values()],
        "duplicates": _duplicates(known),
        "imports": [
            {
                "name": file.name,
                "sha256": file.sha256,
                "content_hash": file.content_hash,
                "leaves": file.leaves,
                "is_current": known.stored is not None and file.content_hash == known.stored.content_hash,
            }
            for file in known.files
        ],
        "exports": [_export(known, seen) for seen in known.folders],
        "standing": _standing(known),
        "note": known.note,
    }


def _document(known: Known, stored: Stored) -> dict[str, Any]:
    found, document = stored.found, stored.found.document
    shared = [address for address, role in known.roles.items() if role == SHARE_API]
    return {
        "source": found.source,
        "source_id": found.source_id,
        "title": document.title,
        "outlet": document.outlet,
        "slug": document.slug,
        "published": document.published.isoformat() if document.published else None,
        "address": found.address,
        "share_address": found.share_address,
        "share_api_address": shared[0] if shared else "",
        "fidelity": str(found.fidelity),
        "normalizer": found.normalizer,
        "content_hash": stored.content_hash,
        "revisions": stored.revisions,
        "first_seen": moment(stored.first_seen),
        "last_seen": moment(stored.last_seen),
        "gone_since": moment(stored.gone_since) if stored.gone_since else None,
    }


def _place(known: Known) -> dict[str, Any] | None:
    place = known.place
    if place is None:
        return None
    return {
        "address": place.address,
        "source": place.source.name,
        "is_owned": place.is_owned,
        "kind": str(place.kind),
        "source_id": place.source_id,
    }


def _event(event: Event) -> dict[str, Any]:
    told = {"at": moment(event.at), "event": str(event.what), "run": event.run, "text": event.text}
    return {**told, **event.facts}


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "source": run.source,
        "trigger": run.trigger,
        "state": str(run.state),
        "outcome": run.outcome,
        "started_at": moment(run.started_at),
    }


def _duplicates(known: Known) -> dict[str, Any]:
    others = [
        {
            "document": f"{one.source}:{one.source_id}",
            "address": one.address,
            "published": one.published.isoformat() if one.published else None,
            "content_hash": one.content_hash,
            "since": moment(one.since),
            "is_current": one.is_current,
        }
        for one in known.sharers.items
    ]
    speaker = ":".join(known.speaker) if known.speaker else None
    return {"speaker": speaker, "others": others, "in_all": known.sharers.in_all}


def _export(known: Known, seen: FolderSeen) -> dict[str, Any]:
    current = known.stored.content_hash if known.stored else ""
    return {
        "folder": seen.folder.folder,
        "host": seen.folder.host,
        "layout": seen.folder.layout,
        "exported_at": moment(seen.folder.exported_at),
        "state": str(seen.state),
        "problem": seen.problem,
        "files": [
            {
                "name": entry.name,
                "content_hash": entry.content_hash,
                "is_current": entry.content_hash == current,
                "document": ":".join(entry.document),
            }
            for entry in seen.entries
        ],
    }


def _standing(known: Known) -> dict[str, Any] | None:
    standing, page = known.standing, known.page
    if standing is None:
        return None
    return {
        "state": str(standing.state),
        "said": STATE_SAID[standing.state],
        "if_listed": _decision(standing.listed),
        "if_retitled": _decision(standing.retitled),
        "next_crawl": {"why": str(standing.wanted), "said": SAID[standing.wanted]}
        if standing.wanted
        else None,
        "next_check": moment(standing.next_check) if standing.next_check else None,
        "next_check_said": standing.said,
        "robots": [_robots(one) for one in known.robots],
        "page": {
            "address": page.address,
            "kind": str(page.kind),
            "why": page.why,
            "wanted_since": moment(page.wanted_since),
            "checked_at": moment(page.checked_at) if page.checked_at else None,
            "attempts": page.attempts,
            "etag": page.etag,
            "last_modified": page.last_modified,
        }
        if page
        else None,
    }


def _decision(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {"fetch": decision.fetch, "why": str(decision.why), "said": SAID[decision.why]}


def _robots(say: RobotsSay) -> dict[str, Any]:
    as_of = moment(say.as_of) if say.as_of else None
    return {"address": say.address, "verdict": str(say.verdict), "rules": say.rules, "as_of": as_of}
