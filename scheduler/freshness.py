"""How current a source is: its state in a word, its numbers, and what is the matter with it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from archive.store.statistics import Tally
from archive.store.values import Run
from crawler.outcome import Outcome
from scheduler.facts import Facts, intervals_since_good, next_due
from scheduler.problems import Problem, Severity, problems
from scheduler.rhythm import Grain, Rhythm

_MINUTE = timedelta(minutes=1)
_STATES: Final = {
    "layout-changed": "layout",
    "never-crawled": "never",
    "share-api-down": "current",
    "window-overflow": "current",
    "rejections": "current",
}
"""The word for a source whose worst problem is of this kind, where it is another than the kind's name."""
_NOT_LATE: Final = {"crawling", "by-hand"}
"""States in which a source is not late, however long ago it was crawled."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How a source stands. Times are aware, in UTC."""

    source: str
    state: str
    """``current``, ``crawling``, ``by-hand``, or what is the matter: ``layout``, ``unreachable``, ``late``,
    ``silent`` …"""
    last_new: datetime | None
    last_good: Run | None
    last_run: Run | None
    """The newest that has begun, whatever it asked for."""
    next_due: datetime | None
    is_guess: bool
    """Whether `next_due` is but what the runs of late lead to expect."""
    intervals: float | None
    """How many times it should have been crawled since the last good run began."""
    overdue: float
    """Documents that should have come since the last one; from `scheduler.rhythm.ALARM` on it is silent."""
    alarm_at: datetime | None
    """When silence is going to be an alarm, if nothing comes; None while too little is known."""
    today: Tally
    usual_today: float | None
    """New documents that usually came by now; None while the rhythm is being learned."""
    day: Tally
    rejections: Mapping[str, int]
    failures: int
    """Whole runs in a row, up to now, that could not read their source; of the newest ones looked at."""
    rhythm: Rhythm
    problems: tuple[Problem, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing is the matter but what is only to be known."""
        return all(problem.severity is Severity.WARNING for problem in self.problems)


def freshness(facts: Facts) -> Freshness:
    """How the source of the facts stands."""
    found = problems(facts)
    due, is_guess = next_due(facts) if facts.is_crawled else (None, False)
    is_known = facts.rhythm.grain is not Grain.LEARNING
    return Freshness(
        source=facts.source,
        state=_state(facts, found),
        last_new=facts.last_new,
        last_good=facts.last_good,
        last_run=facts.runs[0] if facts.runs else None,
        next_due=due,
        is_guess=is_guess,
        intervals=intervals_since_good(facts),
        overdue=facts.overdue if facts.is_crawled else 0.0,
        alarm_at=facts.rhythm.alarm_at(facts.last_new) if facts.last_new and facts.is_crawled else None,
        today=facts.today,
        usual_today=facts.usual_today if is_known and facts.is_crawled else None,
        day=facts.day,
        rejections=facts.rejections,
        failures=_failures(facts),
        rhythm=facts.rhythm,
        problems=found,
    )


def stats_of(sources: Iterable[Freshness], now: datetime) -> dict[str, dict[str, float]]:
    """By source the numbers that alert rules compare; what is not known has none."""
    return {one.source: _stats(one, now) for one in sources}


def _stats(one: Freshness, now: datetime) -> dict[str, float]:
    good = one.last_good.finished_at if one.last_good else None
    stats = {
        "minutes_since_new": (now - one.last_new) / _MINUTE if one.last_new else None,
        "minutes_since_complete": (now - good) / _MINUTE if good else None,
        "intervals_since_complete": None if one.state in _NOT_LATE else one.intervals,
        "documents_overdue": one.overdue,
    }
    return {name: value for name, value in stats.items() if value is not None}


def _state(facts: Facts, found: tuple[Problem, ...]) -> str:
    worst = next(
        (one for one in found if one.severity is Severity.PROBLEM or one.kind == "never-crawled"), None
    )
    state = _STATES.get(worst.kind, worst.kind) if worst else "current"
    if state != "current":
        return state
    if facts.is_under_way:
        return "crawling"
    if not facts.is_crawled or any(one.kind == "late" for one in found):
        return "by-hand"
    interrupted = facts.ended and facts.ended[0].outcome == Outcome.INTERRUPTED
    return "interrupted" if interrupted else "current"


def _failures(facts: Facts) -> int:
    for count, run in enumerate(facts.ended):
        if run.outcome in {Outcome.COMPLETE, Outcome.PARTIAL}:
            return count
    return len(facts.ended)
