"""What is said of incidents: a few lines of plain text, fit for a phone, that end with what to type next."""

import socket
from collections.abc import Iterable
from datetime import datetime, timedelta

from archive.store.incidents import ALERT, Delivery, Incident
from ops.alerts.rule import Rule
from ops.alerts.rules import Closed, Opened, Sight, Still
from ops.terminal import safe

HOST = socket.gethostname()
_LONGEST_DETAIL = 300
_LATE = timedelta(minutes=10)
"""From when on a message says that it comes late."""


def what_was_seen(rule: Rule, sight: Sight) -> str:
    """In a line, the stat, and where."""
    values = ", ".join(map(_shown, sight.values if len({*sight.values}) > 1 else sight.values[:1]))
    wanted = "" if isinstance(rule.threshold, str) else f" (alert at {rule.compare} {rule.threshold:g})"
    if not sight.run:
        return f"{rule.stat} {values}{wanted}"
    where = f"in {len(sight.runs)} runs, the last is run {sight.run.id}"
    return f"{rule.stat} {values}{wanted} {where if len(sight.runs) > 1 else f'in run {sight.run.id}'}"


def alert(opened: Opened, now: datetime) -> str:
    """Of an incident that begins."""
    rule, sight = opened.rule, opened.sight
    since = sight.runs[0].started_at if sight.runs else now
    return _lines(
        _heading("ALERT", rule.name, opened.source),
        rule.meaning,
        what_was_seen(rule, sight),
        _detail(sight),
        f"since {_minute(since)}",
        _next(next_command(rule, opened.source, sight.run.id if sight.run else None)),
    )


def repeat(still: Still, now: datetime) -> str:
    """Of one that is not over."""
    incident, rule, sight = still.incident, still.rule, still.sight
    return _lines(
        _heading("STILL", incident.rule, incident.source),
        rule.meaning,
        what_was_seen(rule, sight) if sight.values else f"nothing newer is known than: {incident.text}",
        _detail(sight),
        f"for {length(now - incident.opened_at)}, since {_minute(incident.opened_at)}",
        _next(next_command(rule, incident.source, sight.run.id if sight.run else incident.run_id)),
    )


def all_clear(closed: Closed, now: datetime) -> str:
    """Of one that is over."""
    incident = closed.incident
    if closed.rule is None:
        seen = "the rule is not in force for it any more: nobody looks"
    else:
        seen = what_was_seen(closed.rule, closed.sight)
    return _lines(
        _heading("ALL CLEAR", incident.rule, incident.source),
        f"over: {seen}",
        f"it was: {incident.text}",
        f"for {length(now - incident.opened_at)}, {_minute(incident.opened_at)} to {_minute(now)}",
    )


def as_sent(incident: Incident, message: Delivery, now: datetime) -> str:
    """A message's text at the time when it is sent, which may be long after it was written."""
    late = f"(written {_minute(message.created_at)}, could not be delivered before)"
    over = "It is over by now." if incident.closed_at and message.kind == ALERT else ""
    return _lines(message.text, late, over) if now - message.created_at >= _LATE else message.text


def next_command(rule: Rule | None, source: str, run_id: int | None) -> str:
    """What to type to learn more."""
    usual = "archive run {run}" if run_id else "archive doctor {source}"
    asked = rule.advice if rule else ""
    return (asked or usual).format(run=run_id or "", source=source).strip()


def length(time: timedelta) -> str:
    """A length of time for people: ``12 min``, ``3 h 20 min``, ``2 d 4 h``."""
    minutes = max(0, round(time.total_seconds() / 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def outage(problem: str, since: datetime) -> str:
    """Of a store that fails."""
    return _lines(
        _heading("ALERT", "store-unavailable", ""),
        "no crawl can be recorded: the store cannot be used",
        safe(problem[:_LONGEST_DETAIL]),
        f"since {_minute(since)}",
        _next("archive doctor"),
    )


def outage_over(since: datetime, now: datetime) -> str:
    """Of one that works again."""
    lasted = f"for {length(now - since)}, {_minute(since)} to {_minute(now)}"
    return _lines(_heading("ALL CLEAR", "store-unavailable", ""), "over: the store works again", lasted)


def test_text() -> str:
    """What is sent to try a channel."""
    return _lines(_heading("TEST", "nothing is the matter", ""), "If you can read this, alerts arrive here.")


def _heading(word: str, rule: str, source: str) -> str:
    return f"{word} {f'{source}: ' if source else ''}{rule} (archive on {HOST})"


def _detail(sight: Sight) -> str:
    return safe(sight.run.detail[:_LONGEST_DETAIL]) if sight.run else ""


def _next(command: str) -> str:
    return f"next: {command}"


def _lines(*lines: str) -> str:
    kept: Iterable[str] = filter(None, lines)
    return "\n".join(kept)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{round(value, 1):.10g}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
