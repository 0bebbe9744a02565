"""What is known of one source, before anything is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from archive.store.statistics import Tally
from archive.store.values import Lease, Run
from scheduler.rhythm import Rhythm
from scheduler.schedules import Schedule, next_begin, next_slot

WHOLE = ("", "--full")
"""What runs ask for that look at the whole of their source."""
_GAPS = 10
"""Runs of late by whose times the next one is guessed, where no schedule says it."""
_MOST_SLOTS = 100
"""Slots that are counted: more are as bad."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One source as the store has it. Times are aware, in UTC."""

    source: str
    now: datetime
    is_crawled: bool = True
    """Whether it is a site that crawls keep current; not what was imported or asked for by address."""
    every: timedelta = timedelta(hours=1)
    """How often a crawl is worth while, as the source says."""
    schedules: Sequence[Schedule] = ()
    """Those in force for it: that a service leads by, or that are configured."""
    has_service: bool = False
    """Whether a service lives that crawls by them."""
    runs: Sequence[Run] = ()
    """The newest that have begun, the newest first."""
    last_good: Run | None = None
    """The newest that looked at the whole source and could read it."""
    holder: Lease | None = None
    """Who crawls it just now."""
    is_holder_dead: bool = False
    slots: Sequence[Run] = ()
    """Runs of the last day, and slots without one, the newest first."""
    overflows: Sequence[Run] = ()
    """Runs of the last week that may have missed posts, the newest first."""
    last_new: datetime | None = None
    rhythm: Rhythm = field(default_factory=Rhythm)
    today: Tally = field(default_factory=Tally)
    """Since midnight at the source's place."""
    usual_today: float = 0.0
    """New documents that usually came by now."""
    day: Tally = field(default_factory=Tally)
    """In the last 24 hours."""
    rejections: Mapping[str, int] = field(default_factory=dict)
    """Of the last 24 hours, by reason."""

    @property
    def whole(self) -> list[Run]:
        """The runs that have begun and look at the whole source."""
        return [run for run in self.runs if run.asked in WHOLE]

    @property
    def ended(self) -> list[Run]:
        """Those of them that have ended."""
        return [run for run in self.whole if run.finished_at]

    @property
    def is_under_way(self) -> bool:
        """Whether it is being crawled just now."""
        return self.holder is not None and not self.is_holder_dead

    @property
    def interval(self) -> timedelta:
        """The time between two crawls: as is usual of late, but not less than is worth while."""
        return max(self.every, _gap(self.whole))

    @property
    def looked_at(self) -> datetime:
        """Until when it would have been seen if there had been something new."""
        if self.last_good is None or self.last_good.finished_at is None:
            return self.now
        return max(self.last_good.finished_at, self.last_new or self.last_good.finished_at)

    @property
    def silence(self) -> timedelta:
        """For how long nothing new has come, though it was looked for."""
        return self.looked_at - self.last_new if self.last_new else timedelta(0)

    @property
    def overdue(self) -> float:
        """Documents that should have come since the last one."""
        return self.rhythm.overdue(self.last_new, self.looked_at) if self.last_new else 0.0


def intervals_since_good(facts: Facts) -> float | None:
    """How many times it should have been crawled since the last good run began; None before the first.

    By its schedules where it has any, so that a night without slots is no delay.
    """
    if facts.last_good is None:
        return None
    since = facts.last_good.started_at
    if not facts.schedules:
        return (facts.now - since) / facts.interval
    return max(_slots_between(schedule, since, facts.now) for schedule in facts.schedules)


def next_due(facts: Facts) -> tuple[datetime | None, bool]:
    """When it is crawled next, and whether that is but a guess by the runs of late."""
    if facts.has_service:
        begins = [at for schedule in facts.schedules if (at := next_begin(schedule, facts.now))]
        return min(begins, default=None), False
    gap = _gap(facts.whole)
    return (facts.whole[0].started_at + gap if gap else None), True


def _gap(runs: Sequence[Run]) -> timedelta:
    """The usual time between two runs of late; none where there are fewer than three."""
    starts = [run.started_at for run in runs[:_GAPS]]
    if len(starts) < 3:
        return timedelta(0)
    return median_low(later - earlier for later, earlier in pairwise(starts))


def _slots_between(schedule: Schedule, since: datetime, until: datetime) -> float:
    if schedule.every:
        return (until - since) / schedule.every
    count, slot = 0, next_slot(schedule, since)
    while slot and slot <= until and count < _MOST_SLOTS:
        count, slot = count + 1, next_slot(schedule, slot)
    return count
