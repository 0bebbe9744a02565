"""The rhythm of a source: how many documents come in each hour of the week, so that silence can be judged.

Learned from counts alone, and meant to be doubted: weeks in which nobody crawled, a holiday, a first crawl or
an import are in the counts as well. So what "usually comes at least" is a low quartile over weeks, of the
finest grain at which that still holds a good part of what comes: hours for a busy source; days, or weeks, for
one with a handful of documents, whose hours are mostly empty.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from statistics import mean, median

from archive.documents import SHANGHAI

LEARNED_FROM = timedelta(weeks=9)
"""How far back is looked, from the last new document on: a silence that goes on unlearns nothing."""
ALARM = 15.0
"""Documents that should have come at least, from which on silence is an alarm.

Of a Poisson process, a time that brings 15 on average passes without any once in three million times. News
comes in bursts: where the counts of hours vary by half their mean beyond that (negative binomial, shape 4),
it does so once in (1 + 15/4)^4 = 500. But 15 are a low quartile: 15/0.7 = 21 on average stand behind them,
once in (1 + 21/4)^4 = 1,500 times, for a source with less than that an hour; one that has 60 an hour has had
55 by the end of `_PATIENCE`, once in 46,000. Counted over 90 weeks that were made so, every fifth a Golden
Week: one false alarm on a workday, three on holidays. With 12 it were eight and five; with 22, an outage of
a source with 200 documents a day was told an hour later. `tests/scheduler/test_rhythm.py` counts again."""
_PATIENCE = timedelta(minutes=55)
"""Silence that is never an alarm, of a busy source: crawls are ten minutes apart and may be late."""
_FEWEST_DAYS = 3
_FEWEST_WEEKS = 4
"""Weeks from which on each day of the week stands for itself; before, workdays and weekends do."""
_GOOD_PART = 0.25
"""Of what comes in a week: a grain whose low quartiles hold less does not see most of it."""
_SHOWN = 6.0
"""Documents due on a day for which its doubt stands, beside what came of the others."""
_PACED_BY = 2 * ALARM
"""Documents due before the last one, by which the pace is taken: of late, not of the whole day."""
_SLOWEST = 0.1
_LEAST_DOUBT = 0.2
"""A source that rests at weekends may rest on holidays as well: but it is not waited for without end."""
_HOUR = timedelta(hours=1)
_DAY, _WEEK = 24, 168
_WORKDAYS = 5 * _DAY
_LOOKED_AHEAD = timedelta(days=60)

Profile = tuple[float, ...]
"""Documents in each hour of the week, from Monday 00:00 on."""
_NOTHING = (0.0,) * _WEEK


class Grain(StrEnum):
    """What the rhythm was learned by."""

    LEARNING = "learning"
    """There is too little yet: nothing is expected, and no silence is an alarm."""
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How many documents usually come, and when."""

    grain: Grain = Grain.LEARNING
    days: int = 0
    """Whole days that it was learned from."""
    least: Profile = _NOTHING
    """What comes at least: a low quartile."""
    usual: Profile = _NOTHING
    """What comes as a rule: a mean, without the highest."""
    patience: timedelta = _PATIENCE
    """Silence up to which nothing is wrong, whatever is expected."""
    pace: float = 1.0
    """Of what comes at least, the part that came on the day of the last document, up to it."""
    doubt: float = 1.0
    """The part that is counted on of a workday that has not shown yet what it is: it may be a holiday."""
    zone: tzinfo = SHANGHAI

    def expected(self, since: datetime, until: datetime) -> float:
        """Documents that come at least between two times."""
        return sum(self.least[hour] * part for hour, part in _parts(since, until, self.zone))

    def usually(self, since: datetime, until: datetime) -> float:
        """Documents that come as a rule between two times."""
        return sum(self.usual[hour] * part for hour, part in _parts(since, until, self.zone))

    def overdue(self, last_new: datetime, now: datetime) -> float:
        """Documents that should have come since the last one; from `ALARM` on, the silence is one."""
        if now - last_new <= self.patience:
            return 0.0
        first_day = min(now, _midnight_after(last_new, self.zone))
        return self.pace * self.expected(last_new, first_day) + sum(
            (self.doubt if hour < _WORKDAYS else 1.0) * self.least[hour] * part
            for hour, part in _parts(first_day, now, self.zone)
        )

    def alarm_at(self, last_new: datetime) -> datetime | None:
        """When silence will be an alarm if it goes on, to the minute; None if not within two months."""
        early, late = last_new + self.patience, last_new + _LOOKED_AHEAD
        if self.overdue(last_new, late) < ALARM:
            return None
        while late - early > timedelta(minutes=1):
            between = early + (late - early) / 2
            early, late = (early, between) if self.overdue(last_new, between) >= ALARM else (between, late)
        return late


@dataclass(frozen=True, slots=True)
class _Day:
    """One whole day at the source's place."""

    weekday: int
    """0 is Monday."""
    hours: list[float]

    @property
    def documents(self) -> float:
        return sum(self.hours)


def learn(counts: Mapping[datetime, int], last_new: datetime | None, zone: tzinfo = SHANGHAI) -> Rhythm:
    """The rhythm, from how many new documents each hour had, by its beginning; those without any may miss.

    Learned from the whole days of nine weeks before that of the last document, without the first one that
    there is: that is the first crawl's.
    """
    if last_new is None or not counts:
        return Rhythm(zone=zone)
    days = _days(counts, last_new, zone)
    weeks = [week for week in _weeks(days) if any(day.documents for day in week)]
    known = _without_gaps([day for week in weeks for day in week], by_weekday=_is_long(weeks))
    if sum(map(len, known.values())) < _FEWEST_DAYS:
        return Rhythm(zone=zone)
    cells = [known[_kind(weekday, by_weekday=_is_long(weeks))] for weekday in range(7)]
    sums = [sum(day.documents for day in week) for week in weeks if len(week) == 7]
    grain, least = _finest(cells, sums)
    usual = tuple(_as_a_rule([day.hours[hour] for day in cell]) for cell in cells for hour in range(_DAY))
    learned = Rhythm(grain, sum(map(len, known.values())), least, usual, zone=zone)
    if grain is Grain.HOUR:
        learned = replace(learned, doubt=_doubt(least))
        return replace(learned, pace=_pace(learned, counts, last_new))
    return replace(learned, patience=_longest_silence(counts, last_new))


def _days(counts: Mapping[datetime, int], last_new: datetime, zone: tzinfo) -> list[_Day]:
    end = last_new.astimezone(zone).date()
    first = max(min(counts).astimezone(zone).date() + timedelta(days=1), end - LEARNED_FROM)
    dates = [first + timedelta(days=n) for n in range((end - first).days)]
    days = {day: _Day(day.weekday(), [0.0] * _DAY) for day in dates}
    for hour, count in counts.items():
        there = hour.astimezone(zone)
        if day := days.get(there.date()):
            day.hours[there.hour] += count
    return list(days.values())


def _weeks(days: Sequence[_Day]) -> list[list[_Day]]:
    """The days in weeks, back from the last day; the first one may be short."""
    return [list(days[max(0, end - 7) : end]) for end in range(len(days), 0, -7)]


def _is_long(weeks: Sequence[Sequence[_Day]]) -> bool:
    return sum(len(week) == 7 for week in weeks) >= _FEWEST_WEEKS


def _kind(weekday: int, *, by_weekday: bool) -> int:
    """Which days a day is compared with: its weekday's, or workdays and weekends."""
    return weekday if by_weekday else 5 * (weekday >= 5)


def _without_gaps(days: Iterable[_Day], *, by_weekday: bool) -> Mapping[int, list[_Day]]:
    """The days by their kind, without those on which nothing came where mostly something does."""
    kinds: dict[int, list[_Day]] = defaultdict(list)
    for day in days:
        kinds[_kind(day.weekday, by_weekday=by_weekday)].append(day)
    for kind, some in kinds.items():
        if median(day.documents for day in some) > 0:
            kinds[kind] = [day for day in some if day.documents]
    return kinds


def _finest(cells: Sequence[Sequence[_Day]], weeks: Sequence[float]) -> tuple[Grain, Profile]:
    """The finest grain whose low quartiles hold a good part of what comes in a week."""
    is_long = len(weeks) >= _FEWEST_WEEKS
    comes = median(weeks) if is_long else sum(median(_documents(cell)) for cell in cells if cell)
    by_hour = tuple(_low([day.hours[hour] for day in cell]) for cell in cells for hour in range(_DAY))
    by_day = tuple(_low(_documents(cell)) / _DAY for cell in cells for _ in range(_DAY))
    for grain, least in ((Grain.HOUR, by_hour), (Grain.DAY, by_day)):
        if sum(least) > 0 and sum(least) >= _GOOD_PART * comes:
            return grain, least
    return Grain.WEEK, (_low(weeks) / _WEEK,) * _WEEK if is_long else _NOTHING


def _documents(days: Iterable[_Day]) -> list[float]:
    return [day.documents for day in days]


def _low(values: Sequence[float]) -> float:
    """The lower quartile, 0 of nothing."""
    return _quantile(values, 0.25) if values else 0.0


def _as_a_rule(values: Sequence[float]) -> float:
    """The mean without the highest, which may be a first crawl or an import."""
    return mean(sorted(values)[:-1] if len(values) > 1 else values) if values else 0.0


def _quantile(values: Sequence[float], q: float) -> float:
    ordered = sorted(values)
    whole, part = divmod(q * (len(ordered) - 1), 1)
    above = ordered[min(int(whole) + 1, len(ordered) - 1)]
    return ordered[int(whole)] * (1 - part) + above * part


def _longest_silence(counts: Mapping[datetime, int], last_new: datetime) -> timedelta:
    """The longest silence of a week, of most weeks: what one holiday did is no measure."""
    longest: dict[int, timedelta] = defaultdict(timedelta)
    for before, after in pairwise(sorted(counts)):
        week = (last_new - after) // timedelta(weeks=1)
        longest[week] = max(longest[week], after - before)
    seconds = [silence.total_seconds() for silence in longest.values()]
    return max(_PATIENCE, timedelta(seconds=_quantile(seconds, 0.75))) if seconds else _PATIENCE


def _doubt(least: Profile) -> float:
    """What of a workday comes on a day of a weekend, be it Saturday or Sunday."""
    workday, weekend = sum(least[:_WORKDAYS]) / 5, sum(least[_WORKDAYS:]) / 2
    return min(1.0, max(_LEAST_DOUBT, weekend / workday)) if workday else 1.0


def _pace(rhythm: Rhythm, counts: Mapping[datetime, int], last_new: datetime) -> float:
    """How what came last on the day of the last document compares with what comes at least."""
    morning = _midnight_after(last_new, rhythm.zone) - _DAY * _HOUR
    until, came, due = last_new, 0.0, 0.0
    while due < _PACED_BY and until > morning:
        since = _beginning(until - timedelta(microseconds=1))
        due += rhythm.expected(since, until)
        came += counts.get(since, 0)
        until = since
    doubt = rhythm.doubt if morning.weekday() < 5 else 1.0
    return min(1.0, max(_SLOWEST, (came + _SHOWN * doubt) / (due + _SHOWN)))


def _midnight_after(at: datetime, zone: tzinfo) -> datetime:
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)


def _parts(since: datetime, until: datetime, zone: tzinfo) -> Iterator[tuple[int, float]]:
    """The hours between two times, as those of a week, and what part of each lies between them."""
    at = since.astimezone(UTC)
    while at < until:
        end = min(_next_hour(at), until)
        there = at.astimezone(zone)
        yield there.weekday() * _DAY + there.hour, (end - at) / _HOUR
        at = end


def _beginning(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _next_hour(at: datetime) -> datetime:
    return _beginning(at) + _HOUR
