"""What is the matter with a source, by name, and which command leads on: decided purely, of its facts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from statistics import median_low

from archive.store.values import Run, RunState
from crawler.outcome import Outcome
from scheduler.facts import Facts, intervals_since_good
from scheduler.rhythm import ALARM

LATE = 3.0
"""Intervals without a good run after which a source is late."""
_GOOD = {Outcome.COMPLETE, Outcome.PARTIAL}
_REGULAR = 3
"""Runs from which on a source counts as one that is crawled again and again, and not tried once by hand."""
_LONG = 3.0
"""Times that runs like it take, after which one has been running for long."""
_LONG_AT_LEAST = timedelta(minutes=30)
_LONG_AT_FIRST = timedelta(hours=12)
"""For one without others like it: a first crawl of a large site takes hours."""
_MANY_REJECTED = 10
_MANY_OF = 0.05
_MOST_OF = 0.5
"""Parts of the pages that came in a day from which on rejections are told, and are a problem."""
_MANY_UNSERVED = 3
"""Posts in a row without a body from the share API from which on it is down: for some it never has one."""
_DAY = timedelta(days=1)
_UNREACHED = {
    "robots": "its robots.txt refuses us",
    "robots-unreachable": "its robots.txt cannot be read, so nothing is asked",
    "refused": "its server refuses connections",
    "no-such-host": "its host is not found (DNS)",
    "timeout": "it does not answer in time",
    "connection-lost": "its connections break off",
    "short-body": "its connections break off",
    "asked-to-wait": "it asks to be left alone for a while",
    "private-address": "its host leads to a private address",
}


class Severity(StrEnum):
    """How bad a problem is."""

    PROBLEM = "problem"
    WARNING = "warning"
    """To be known; `archive status` ends with exit code 0 nevertheless."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is the matter."""

    kind: str
    """Its name: ``layout-changed``, ``late`` …"""
    severity: Severity
    text: str
    """In a sentence."""
    command: str
    """What to type next."""


def problems(facts: Facts) -> tuple[Problem, ...]:
    """What is the matter with a source, the worst first."""
    judges = (_never, _dead, _broken, _late, _silent, _overflow, _share, _rejected, _missed, _long)
    found = [problem for judge in judges if facts.is_crawled for problem in judge(facts)]
    return tuple(sorted(found, key=lambda one: one.severity is Severity.WARNING))


def span(length: timedelta) -> str:
    """A length of time for people: ``40 s``, ``12 min``, ``5 h``, ``3 d``."""
    seconds = length.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= (2 if unit != "min" else 1) * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def at_minute(moment: datetime) -> str:
    """A time in UTC, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _never(facts: Facts) -> Iterator[Problem]:
    if facts.whole or facts.is_under_way:
        return
    severity = Severity.PROBLEM if facts.schedules else Severity.WARNING
    told = "it has a schedule and was never crawled" if facts.schedules else "it was never crawled as a whole"
    yield Problem("never-crawled", severity, told, f"archive crawl {facts.source}")


def _dead(facts: Facts) -> Iterator[Problem]:
    if facts.holder and facts.is_holder_dead:
        told = (
            f"run {facts.holder.run_id} is gone without a word (process {facts.holder.pid} on "
            f"{facts.holder.host}); the next run goes on where it was"
        )
        yield Problem("crashed", Severity.PROBLEM, told, f"archive log {facts.holder.run_id} --level warning")


def _broken(facts: Facts) -> Iterator[Problem]:
    """How the last run ended, where it did not end well."""
    if not facts.ended or facts.ended[0].outcome in {*_GOOD, Outcome.INTERRUPTED}:
        return
    last = facts.ended[0]
    alike = list(takewhile(lambda run: run.outcome == last.outcome, facts.ended))
    tell = _TOLD.get(last.outcome, _crashed)
    kind, text, command = tell(last)
    yield Problem(kind, Severity.PROBLEM, f"{text} ({_in_a_row(alike, facts)})", command)


def _layout(run: Run) -> tuple[str, str, str]:
    told = "pages came and none could be read: the layout has changed"
    return "layout-changed", told, f"archive run {run.id}"


def _unreachable(run: Run) -> tuple[str, str, str]:
    reason = _main_reason(run)
    told = _UNREACHED.get(reason) or (
        f"it answers with HTTP {reason[5:]}"
        if reason.startswith("http-")
        else f"it cannot be reached: {reason}"
    )
    return (
        "unreachable",
        f"{told} [{reason}]" if reason in _UNREACHED else told,
        f"archive doctor {run.source}",
    )


def _storage(run: Run) -> tuple[str, str, str]:
    return "storage", f"the store or its disk could not be used: {_told(run)}", "archive doctor"


def _limit(run: Run) -> tuple[str, str, str]:
    return run.outcome, _told(run), f"archive run {run.id}"


def _crashed(run: Run) -> tuple[str, str, str]:
    return "crashed", f"the last run crashed: {_told(run)}", f"archive log {run.id} --new"


_TOLD: dict[str, Callable[[Run], tuple[str, str, str]]] = {
    Outcome.NOTHING_PARSED: _layout,
    Outcome.UNREACHABLE: _unreachable,
    Outcome.STORAGE: _storage,
    Outcome.TIME_LIMIT: _limit,
    Outcome.MEMORY_LIMIT: _limit,
}


def _main_reason(run: Run) -> str:
    reasons = {name: count for name, count in run.counters.items() if name.startswith("failed:")}
    return max(reasons, key=lambda name: reasons[name], default="failed:unknown").partition(":")[2]


def _told(run: Run) -> str:
    return run.detail or f"run {run.id} says no more"


def _in_a_row(alike: Sequence[Run], facts: Facts) -> str:
    since = at_minute(alike[-1].started_at)
    if len(alike) == 1:
        return f"run {alike[0].id}, {since}"
    more = "or more " if len(alike) == len(facts.ended) and facts.last_good else ""
    return f"{len(alike)} {more}runs in a row, since {since}"


def _late(facts: Facts) -> Iterator[Problem]:
    intervals = intervals_since_good(facts)
    if facts.is_under_way or not facts.whole or (intervals is not None and intervals <= LATE):
        return
    ended = facts.ended[0] if facts.ended else facts.whole[0]
    is_tried = facts.now - ended.started_at <= LATE * facts.interval
    if is_tried and ended.outcome != Outcome.INTERRUPTED:
        return  # it is crawled again and again: what is the matter is told of its last run
    since = f"for {span(facts.now - facts.last_good.started_at)}" if facts.last_good else "ever"
    if not facts.schedules and len(facts.whole) < _REGULAR:
        told = (
            f"it was last crawled {span(facts.now - ended.started_at)} ago, and nothing crawls it regularly"
        )
        yield Problem("late", Severity.WARNING, told, f"archive crawl {facts.source}")
        return
    told = f"no good run {since}, and it should be crawled every {span(facts.interval)}: {_why_late(facts)}"
    yield Problem("late", Severity.PROBLEM, told, f"archive runs --source {facts.source}")


def _why_late(facts: Facts) -> str:
    if facts.has_service:
        return "a service is running, but no run of it ended well"
    if facts.whole[0].trigger == "schedule":
        return "the service that crawled it does not run any more"
    return f"no service is running; has what starts its runs ({facts.whole[0].trigger}) stopped?"


def _silent(facts: Facts) -> Iterator[Problem]:
    if facts.last_good and facts.overdue >= ALARM:
        told = (
            f"nothing new for {span(facts.silence)}, though it answers: by its rhythm "
            f"{facts.overdue:.0f} documents should have come at least"
        )
        yield Problem("silent", Severity.PROBLEM, told, f"archive run {facts.last_good.id}")


def _overflow(facts: Facts) -> Iterator[Problem]:
    for run in facts.overflows[:1]:
        parts = (part for part in run.detail.split("; ") if part.startswith("window_overflow: "))
        told = next(parts, "posts may have come and gone unseen").removeprefix("window_overflow: ")
        more = f" ({len(facts.overflows)} such runs in a week)" if len(facts.overflows) > 1 else ""
        severity = Severity.PROBLEM if facts.now - run.started_at < _DAY else Severity.WARNING
        yield Problem("window-overflow", severity, f"{told}{more}", f"archive run {run.id}")


def _share(facts: Facts) -> Iterator[Problem]:
    run = facts.ended[0] if facts.ended else None
    if run is None or run.outcome not in _GOOD:
        return
    unserved = _unserved(facts.ended)
    failing = run.counters.get("share_still_failing", 0)
    command = f"archive log {run.id} --new"
    if unserved >= _MANY_UNSERVED:
        told = f"the share API is down: it had no body for {unserved} posts in a row, whose pages serve"
        yield Problem("share-api-down", Severity.PROBLEM, f"{told} (run {run.id})", command)
    elif failing:
        told = f"the share API still has no body for {failing} known posts: their pages serve"
        yield Problem("share-api-failing", Severity.WARNING, f"{told} (run {run.id})", command)


def _unserved(ended: Iterable[Run]) -> int:
    """Posts that the share API gave no body for since it last gave one; `ended` come the newest first."""
    runs = takewhile(lambda run: not run.counters.get("share_served"), ended)
    return sum(run.counters.get("share_unserved", 0) for run in runs)


def _rejected(facts: Facts) -> Iterator[Problem]:
    count, came = facts.day.rejected, facts.day.rejected + facts.day.new + facts.day.changed
    if count < _MANY_REJECTED or count < _MANY_OF * came:
        return
    reason, most = max(facts.rejections.items(), key=lambda one: (one[1], one[0]), default=("", 0))
    why = f", {most} of them for {reason}" if reason else ""
    severity = Severity.PROBLEM if count >= _MOST_OF * came else Severity.WARNING
    told = f"{count} of {came} pages that came in the last day could not be read{why}"
    yield Problem("rejections", severity, told, f"archive rejections --source {facts.source}")


def _missed(facts: Facts) -> Iterator[Problem]:
    missed = [run for run in facts.slots if run.state is RunState.MISSED]
    if missed:
        causes = Counter(run.detail.partition(";")[0] or "nobody was there" for run in missed)
        ((cause, _),) = causes.most_common(1)
        count = f"{len(missed)} slot{'s' * (len(missed) > 1)}"
        told = f"{count} of the last day had no run: {cause}"
        yield Problem("missed", Severity.WARNING, told, f"archive runs --source {facts.source}")


def _long(facts: Facts) -> Iterator[Problem]:
    running = next((run for run in facts.runs if run.state is RunState.RUNNING), None)
    if running is None or not facts.is_under_way:
        return
    alike = [
        run.finished_at - run.started_at
        for run in facts.runs
        if run.finished_at and run.asked == running.asked and run.outcome in _GOOD
    ]
    usual = median_low(alike) if alike else None
    most = max(_LONG_AT_LEAST, _LONG * usual) if usual is not None else _LONG_AT_FIRST
    took = facts.now - running.started_at
    if took > most:
        others = f"; runs like it take {span(usual)}" if usual is not None else ""
        told = f"run {running.id} has been running for {span(took)}{others}"
        yield Problem("long", Severity.WARNING, told, f"archive log {running.id} --follow")
