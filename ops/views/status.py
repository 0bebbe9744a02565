"""How the archive stands, on one screen of 80 columns; and all of it as JSON."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops.views.runs import moment, size
from scheduler.problems import Problem, Severity, at_minute, span
from scheduler.rhythm import Grain

if TYPE_CHECKING:
    from archive.store.services import Service
    from archive.store.values import Run
    from ops.overview import Overview
    from scheduler.freshness import Freshness

COLUMNS = ("source", "state", "new ago", "good ago", "due in", "today", "rejected", "gone")
NUMBERS = COLUMNS[2:]
GOOD, WARNING, BAD, HEADING = "green", "yellow", "bold red", "bold"
_WIDTH = 80
_GB = 1e9
_MINUTE = timedelta(minutes=1)
_BY = {
    Grain.HOUR: "hour by hour of the week",
    Grain.DAY: "by days, since its hours are mostly empty",
    Grain.WEEK: "by weeks, since its days are mostly empty",
}
Line = tuple[str, str]
"""A line, and its style on a terminal."""


def headline(seen: "Overview") -> Line:
    """Whether all is well."""
    severities = [problem.severity for _, problem in seen.all_problems]
    bad, told = severities.count(Severity.PROBLEM), severities.count(Severity.WARNING)
    counts = [_number(bad, "problem")] * bool(bad) + [_number(told, "warning")] * bool(told)
    text = ", ".join(counts if bad else ["all is well", *counts])
    return f"{text:<56} {at_minute(seen.now):>23}", BAD if bad else WARNING if told else GOOD


def service_fields(seen: "Overview") -> list[tuple[str, str]]:
    """Who has crawls begin."""
    if not seen.alive:
        starts = ", ".join(f"{trigger} ({count})" for trigger, count in seen.starts.items())
        began = f"runs of the last day were started by: {starts}" if starts else "nothing ran in the last day"
        return [("service", f"none is running; {began}")]
    first, *others = seen.alive
    role = "leads" if first.led_since else "stands by, and none leads"
    since = f" since {span(seen.now - first.led_since)}" if first.led_since else ""
    told = f"{first.host}, process {first.pid}, {role}{since}; heartbeat {first.silent:.0f} s ago"
    more = [f"{len(others)} stand{'s' * (len(others) == 1)} by"] * bool(others)
    more += [f"health: http://{first.listens}/healthz"] * bool(first.listens)
    return [("service", told), ("", "; ".join(more))]


def row(one: "Freshness", now: datetime) -> list[str]:
    """A source as cells for `COLUMNS`."""
    good = one.last_good.finished_at if one.last_good else None
    usual = "" if one.usual_today is None else f" of ~{one.usual_today:.0f}"
    return [
        one.source,
        one.state,
        _ago(one.last_new, now),
        _ago(good, now),
        _due(one, now),
        f"{one.today.new}{usual}",
        str(one.today.rejected),
        str(one.today.gone),
    ]


def style(one: "Freshness") -> str:
    """The colour of a source's row: none where all is well."""
    return BAD if not one.is_well else WARNING if one.problems else ""


def below(seen: "Overview") -> list[tuple[str, str]]:
    """What stands under the sources."""
    disk = seen.disk
    parts = f"database {_size(disk.database)}, warc {_size(disk.warc)}, logs {_size(disk.logs)}"
    grows = f"; {_size(disk.grows)} came in the last day" if disk.grows else ""
    delays = [
        f"{name}: half within {span(timedelta(seconds=one.median))} of being published, 99 % within "
        f"{span(timedelta(seconds=one.longest))}"
        for name, one in seen.delays.items()
    ]
    alerts = (
        f"{_number(seen.alerts.open, 'incident')} open, {_number(seen.alerts.waiting, 'message')} to be sent"
    )
    return [
        ("disk", f"{_size(disk.free)} free; {parts}{grows}"),
        *(("archived" if not n else "", told) for n, told in enumerate(delays)),
        ("alerts", alerts),
    ]


def folded(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields with their values in lines that fit."""
    fields = list(fields)
    width = _WIDTH - 2 - max(len(name) for name, _ in fields)
    return [
        (name if not n else "", line) for name, value in fields for n, line in enumerate(_lines(value, width))
    ]


def problem_lines(source: str, problem: Problem) -> Iterator[Line]:
    """A problem, and the command that leads on."""
    about = f"{source}: " if source else ""
    text = f"{problem.severity}: {about}{problem.text}"
    colour = BAD if problem.severity is Severity.PROBLEM else WARNING
    for n, line in enumerate(_lines(text, _WIDTH - 2)):
        yield f"{'  ' * bool(n)}{line}", colour
    yield f"    {problem.command}", ""


def details(one: "Freshness", now: datetime) -> list[tuple[str, str]]:
    """A source in full."""
    day, reasons = one.day, ", ".join(f"{count} {name}" for name, count in sorted(one.rejections.items()))
    counts = f"{day.new} new, {day.changed} changed, {day.gone} gone, {day.rejected} rejected"
    return [
        ("source", f"{one.source}: {one.state}"),
        ("last new", _at(one.last_new, now)),
        ("last good", _run(one.last_good, now)),
        ("last run", _run(one.last_run, now)),
        ("next due", f"{at_minute(one.next_due)}{' (guessed)' * one.is_guess}" if one.next_due else ""),
        ("last day", f"{counts}{f' ({reasons})' if reasons else ''}"),
        ("rhythm", _rhythm(one)),
    ]


def overview_json(seen: "Overview") -> dict[str, Any]:
    """All of it; lengths of time in seconds, sizes in bytes, what is not known null."""
    return {
        "is_well": seen.is_well,
        "now": moment(seen.now),
        "problems": [{"source": source or None, **asdict(one)} for source, one in seen.all_problems],
        "services": [_service_json(one) for one in seen.services],
        "runs_started_by": dict(seen.starts),
        "sources": [source_json(one, seen) for one in seen.sources],
        "disk": asdict(seen.disk),
        "alerts": asdict(seen.alerts),
    }


def unreadable_json(problem: Problem, now: datetime) -> dict[str, Any]:
    """What is told where there is no store to be read."""
    problems = [{"source": None, **asdict(problem)}]
    return {"is_well": False, "now": moment(now), "problems": problems, "services": [], "sources": []}


def source_json(one: "Freshness", seen: "Overview") -> dict[str, Any]:
    """One source with all that is known of it."""
    delay = seen.delays.get(one.source)
    return {
        "source": one.source,
        "state": one.state,
        "is_well": one.is_well,
        "last_new_at": _moment(one.last_new),
        "last_good_run": one.last_good.id if one.last_good else None,
        "last_good_at": _moment(one.last_good.finished_at if one.last_good else None),
        "last_run": one.last_run.id if one.last_run else None,
        "last_run_at": _moment(one.last_run.started_at if one.last_run else None),
        "last_outcome": (one.last_run.outcome or None) if one.last_run else None,
        "failures_in_a_row": one.failures,
        "next_due_at": _moment(one.next_due),
        "next_due_is_guess": one.is_guess,
        "intervals_since_good": one.intervals,
        "today": asdict(one.today),
        "usual_today": one.usual_today,
        "last_day": {**asdict(one.day), "rejections": dict(one.rejections)},
        "documents_overdue": one.overdue,
        "silence_is_alarm_at": _moment(one.alarm_at),
        "rhythm": {"learned_by": str(one.rhythm.grain), "days": one.rhythm.days},
        "time_to_archive": asdict(delay) if delay else None,
    }


def _lines(text: str, width: int) -> list[str]:
    """The text in lines that fit; a path is not broken, so that it can be copied."""
    return textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)


def _service_json(one: "Service") -> dict[str, Any]:
    return {
        "host": one.host,
        "pid": one.pid,
        "leads": one.led_since is not None,
        "led_since": _moment(one.led_since),
        "started_at": moment(one.started_at),
        "heartbeat_seconds_ago": one.silent,
        "listens": one.listens or None,
    }


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _size(count: float) -> str:
    return f"{count / _GB:.1f} GB" if count >= _GB else size(round(count))


def _ago(at: datetime | None, now: datetime) -> str:
    return span(now - at) if at else "-"


def _due(one: "Freshness", now: datetime) -> str:
    if one.next_due is None:
        return "-"
    if one.next_due > now:
        return f"{'~' * one.is_guess}{span(one.next_due - now)}"
    return "now" if now - one.next_due < _MINUTE else "overdue"


def _at(at: datetime | None, now: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC, {span(now - at)} ago" if at else "none yet"


def _run(run: "Run | None", now: datetime) -> str:
    if run is None:
        return "none yet"
    return f"run {run.id} ({run.outcome or run.state}), {_at(run.finished_at or run.started_at, now)}"


def _rhythm(one: "Freshness") -> str:
    if one.rhythm.grain is Grain.LEARNING:
        return "still being learned: no silence is an alarm yet"
    from_ = f"learned from {one.rhythm.days} days, {_BY[one.rhythm.grain]}"
    until = f"; silence is an alarm from {at_minute(one.alarm_at)} on" if one.alarm_at else ""
    return from_ + until


def _moment(at: datetime | None) -> str | None:
    return moment(at) if at else None
