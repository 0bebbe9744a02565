"""The rhythm of a source: what silence is an alarm, and what is not.

The news of these tests is made: hours with a rhythm of trading, bursts (the counts of an hour vary by half
their mean beyond chance), weekends and holidays with a fifth, crawls every ten minutes.
"""

import math
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from archive.documents import SHANGHAI
from scheduler.rhythm import ALARM, LEARNED_FROM, Grain, Rhythm, learn

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
MONDAY = datetime(2024, 8, 5, tzinfo=SHANGHAI)
GOLDEN_WEEK = frozenset(date(2024, 10, 1) + n * DAY for n in range(7))
BY_HOUR = (0.05, 0.04, 0.02, 0.02, 0.02, 0.1, 0.5, 1.2, 2.5, 3.2, 3, 2.6) + (
    1.6, 2, 2.6, 2.8, 2.4, 1.8, 1.4, 1.2, 1.1, 1, 0.7, 0.3,
)  # fmt: skip
BURSTS = 4.0


@cache
def news(
    days: int, per_day: float, seed: int = 1, quiet: frozenset[date] = GOLDEN_WEEK, rest: float = 0.2
) -> list[datetime]:
    """When documents were first seen, from Monday on: each by the crawl after it came."""
    chance = random.Random(seed)
    seen = []
    for n in range(days):
        day = MONDAY + n * DAY
        is_quiet = day.weekday() >= 5 or day.date() in quiet
        of_day = per_day * chance.gammavariate(20, 1 / 20) * (rest if is_quiet else 1)
        for hour, share in enumerate(BY_HOUR):
            mean = of_day * share / sum(BY_HOUR) * chance.gammavariate(BURSTS, 1 / BURSTS)
            for _ in range(poisson(chance, mean)):
                minutes = math.ceil(6 * chance.random()) * 10
                seen.append(day + hour * HOUR + timedelta(minutes=minutes, seconds=chance.random()))
    return sorted(seen)


def poisson(chance: random.Random, mean: float) -> int:
    count, left = 0, mean
    while (left := left - chance.expovariate(1)) > 0:
        count += 1
    return count


def hours(seen: Sequence[datetime]) -> dict[datetime, int]:
    return Counter(at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) for at in seen)


def known_at(seen: Sequence[datetime], at: datetime) -> tuple[Rhythm, datetime]:
    """What is learned by then, and when the last document came."""
    before = between(seen, at - LEARNED_FROM - 2 * DAY, at)
    return learn(hours(before), before[-1]), before[-1]


def between(seen: Sequence[datetime], since: datetime, until: datetime) -> Sequence[datetime]:
    return seen[bisect_right(seen, since) : bisect_right(seen, until)]


def alarms(seen: Sequence[datetime], since: datetime) -> list[datetime]:
    """The silences after that time that were taken for an alarm, by their beginning."""
    found = []
    of_hours = hours(seen)
    for before, after in pairwise(sorted({*seen})):
        if before >= since and after - before > timedelta(minutes=55):
            # As `known_at`, but quicker.
            known = {at: n for at, n in of_hours.items() if at <= before - HOUR}
            rhythm = learn(known | hours(between(seen, before - HOUR, before)), before)
            found += [before] if rhythm.overdue(before, after) >= ALARM else []
    return found


@pytest.mark.parametrize("per_day", [300, 1200])
def test_nights_weekends_and_holidays_are_no_alarm(per_day: float) -> None:
    assert alarms(news(12 * 7, per_day), MONDAY + 8 * WEEK) == []


@pytest.mark.parametrize(("per_day", "minutes"), [(300, 90), (1200, 55)])
@pytest.mark.parametrize("weeks", [7, 9], ids=["a plain week", "the day after a holiday"])
def test_an_outage_on_a_tuesday_at_half_past_nine_is_told_within_an_hour_or_so(
    per_day: float, minutes: int, weeks: int
) -> None:
    outage = MONDAY + weeks * WEEK + DAY + 9.5 * HOUR
    rhythm, last = known_at(news(12 * 7, per_day), outage)
    told = rhythm.alarm_at(last)
    assert told is not None
    assert timedelta(minutes=40) < told - outage < timedelta(minutes=minutes)
    assert rhythm.overdue(last, told) >= ALARM > rhythm.overdue(last, told - timedelta(minutes=2))


def test_an_outage_at_night_is_told_in_the_morning_even_if_it_might_be_a_holiday() -> None:
    rhythm, last = known_at(news(12 * 7, 1200), MONDAY + 7 * WEEK + 2 * DAY + 2 * HOUR)
    told = rhythm.alarm_at(last)
    assert told is not None
    assert 7 <= told.astimezone(SHANGHAI).hour < 10


def test_a_silent_holiday_an_absent_crawler_and_a_huge_import_teach_nothing() -> None:
    seen = news(12 * 7, 300)
    plain, last = known_at(seen, MONDAY + 9 * WEEK)
    week = MONDAY + 3 * WEEK
    without = [at for at in seen if not week <= at < week + WEEK]
    off = [at for at in without if not week + 2 * WEEK <= at < week + 3 * WEEK]
    imported = [*off, *[MONDAY + 5 * WEEK + 3 * HOUR] * 50_000]
    mostly_off = [at for at in seen if not MONDAY + 2 * WEEK <= at < MONDAY + 7 * WEEK]
    for changed in (without, off, imported, mostly_off):
        rhythm, _ = known_at(sorted(changed), MONDAY + 9 * WEEK)
        assert rhythm.grain is Grain.HOUR
        morning = MONDAY + 9 * WEEK + DAY + 9 * HOUR
        night = morning - 7 * HOUR
        expected = plain.expected(morning, morning + HOUR)
        assert rhythm.expected(morning, morning + HOUR) == pytest.approx(expected, rel=0.5)
        assert rhythm.expected(night, night + 3 * HOUR) < 2
        assert rhythm.usually(night, night + 3 * HOUR) < 5
    assert last < MONDAY + 9 * WEEK


def test_a_first_crawl_is_not_what_usually_comes() -> None:
    seen = [*[MONDAY + 10 * HOUR] * 3000, *(at for at in news(6, 600) if at > MONDAY + 11 * HOUR)]
    rhythm, _ = known_at(seen, MONDAY + 5 * DAY)
    assert rhythm.grain is Grain.HOUR
    assert rhythm.usually(MONDAY + 7 * DAY, MONDAY + 8 * DAY) == pytest.approx(600, rel=0.4)


def test_nothing_is_an_alarm_before_three_whole_days_are_known() -> None:
    seen = news(6, 600)
    for days, grain in ((3, Grain.LEARNING), (5, Grain.HOUR)):
        rhythm, last = known_at(seen, MONDAY + days * DAY)
        assert rhythm.grain is grain
        assert (rhythm.alarm_at(last) is None) is (grain is Grain.LEARNING)
    assert learn({}, None).overdue(MONDAY, MONDAY + WEEK) == 0


def test_before_four_weeks_workdays_stand_for_each_other_and_weekends_are_not_guessed() -> None:
    rhythm, _ = known_at(news(6, 600), MONDAY + 4 * DAY + 20 * HOUR)
    friday, saturday = MONDAY + 4 * DAY + 9 * HOUR, MONDAY + 5 * DAY + 9 * HOUR
    assert rhythm.expected(friday, friday + HOUR) > 30
    assert rhythm.expected(saturday, saturday + DAY) == 0


@pytest.mark.parametrize(("per_day", "rest"), [(4, 0.5), (15, 0.0)])
def test_a_source_with_a_handful_of_documents_is_waited_for_longer(per_day: float, rest: float) -> None:
    seen = news(12 * 7, per_day, quiet=frozenset(), rest=rest)
    assert alarms(seen, MONDAY + 10 * WEEK) == []
    rhythm, last = known_at(seen, MONDAY + 11 * WEEK + DAY + 12 * HOUR)
    told = rhythm.alarm_at(last)
    assert rhythm.grain is not Grain.HOUR
    assert told is not None
    assert 12 * HOUR < told - last < 9 * DAY


def test_a_source_that_publishes_once_a_week_is_judged_by_weeks() -> None:
    chance = random.Random(5)
    days = [MONDAY + week * WEEK + chance.randrange(5) * DAY + 10 * HOUR for week in range(9)]
    seen = [at + n * timedelta(minutes=1) for at in days for n in range(12)]
    rhythm, last = known_at(seen, MONDAY + 9 * WEEK)
    told = rhythm.alarm_at(last)
    assert rhythm.grain is Grain.WEEK
    assert told is not None
    assert WEEK <= told - last < 3 * WEEK


def test_fractions_of_hours_count_and_a_silence_that_goes_on_unlearns_nothing() -> None:
    rhythm, last = known_at(news(12 * 7, 300), MONDAY + 8 * WEEK + 10.25 * HOUR)
    hour = MONDAY + 8 * WEEK + 10 * HOUR
    parts: Mapping[int, float] = {n: rhythm.expected(hour, hour + n * timedelta(minutes=1)) for n in (15, 60)}
    assert parts[15] == pytest.approx(parts[60] / 4)
    assert rhythm.expected(last, last + 20 * WEEK) == pytest.approx(20 * sum(rhythm.least))
