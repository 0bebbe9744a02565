"""Times that are eight hours off are found, and times that are right are left alone."""

from dataclasses import replace

import pytest

from ops.quality.zones import EIGHT_HOURS, Lags, shifted, usual_lag
from tests.ops.quality.simulated import HOUR, MINUTE, Life, lived

OUTLETS = frozenset({"outlet 1", "outlet 2"})
ALL = frozenset(f"outlet {n}" for n in range(40))
ORDINARY = {
    "quiet": Life(),
    "hourly": Life(every=HOUR),
    "outages": Life(outages=4),
    "no-crawls-at-night": Life(nights=True),
    "hourly-but-at-night": Life(nights=True, every=HOUR),
    "listed-late": Life(listed_late=0.1),
    "few": Life(documents=60, outages=2),
    "all-at-once": Life(documents=600, every=HOUR, listed_late=0.05, outages=4),
}


@pytest.mark.parametrize("life", ORDINARY.values(), ids=ORDINARY)
def test_a_source_whose_times_are_right_has_next_to_no_false_alarm(life: Life) -> None:
    lives = [lived(replace(life, documents=min(life.documents, 800)), seed)[0] for seed in range(4)]
    alarms = sum(len(found.late) + len(found.early) for found in map(shifted, lives))
    assert alarms <= 0.002 * sum(len(lags.ids) for lags in lives)


@pytest.mark.parametrize("outlets", [OUTLETS, ALL], ids=["two-outlets", "all-outlets"])
@pytest.mark.parametrize("by", [EIGHT_HOURS, -EIGHT_HOURS], ids=["later", "earlier"])
def test_outlets_that_are_shifted_are_found_and_told_as_a_whole(outlets: frozenset[str], by: float) -> None:
    lags, wrong = lived(Life(documents=1500, shifted=outlets, by=by, outages=2), seed=5)
    found = shifted(lags)
    suspects = {*found.early, *found.late}
    assert suspects <= wrong
    assert len(suspects) >= 0.85 * len(wrong)
    assert found.whole.keys() <= outlets
    assert len(found.whole) >= 0.9 * len(outlets)
    assert found.early if by > 0 else found.late


def test_one_document_among_good_ones_is_found_on_either_side() -> None:
    lags = Lags()
    for n in range(40):
        lags.add(n, "鲁网", (4 + n % 9) * MINUTE, n * HOUR)
    lags.add(40, "鲁网", EIGHT_HOURS + 7 * MINUTE, 40 * HOUR)
    lags.add(41, "鲁网", -EIGHT_HOURS + 7 * MINUTE, 41 * HOUR)
    lags.add(42, "鲁网", -4 * HOUR, 42 * HOUR)
    assert (shifted(lags).late, shifted(lags).early) == ([40], [41])


def test_a_few_among_documents_of_all_latenesses_are_no_suspects() -> None:
    lags = Lags()
    for n in range(200):
        lags.add(n, "鲁网", (4 + n % 9) * MINUTE, n * HOUR)
    for n in range(40):  # every quarter of an hour from three to thirteen hours: some are eight hours late
        lags.add(300 + n, "鲁网", 3 * HOUR + n * 15 * MINUTE, (300 + n) * HOUR)
    lags.add(400, "鲁网", EIGHT_HOURS + 5 * MINUTE, 400 * HOUR)
    assert not shifted(lags).late


def test_a_crawl_that_catches_up_after_eight_hours_makes_no_suspects() -> None:
    lags = Lags()
    for n in range(60):
        lags.add(n, "鲁网", (4 + n % 9) * MINUTE, n * HOUR)
    back = 100 * HOUR
    for n in range(30):  # a burst when the market closed, right after the crawls had stopped
        lags.add(100 + n, "鲁网", EIGHT_HOURS + (n % 10) * MINUTE, back + n)
    for n in range(12):
        lags.add(200 + n, "鲁网", (0.5 + n / 2) * HOUR, back + n)
    assert not shifted(lags).late


def test_of_a_source_without_a_usual_delay_only_what_was_seen_too_early_is_told() -> None:
    lags = Lags()
    for n in range(100):
        lags.add(n, "日报", n * 14 * MINUTE, n * HOUR)
    lags.add(100, "日报", -7.8 * HOUR, 100 * HOUR)
    lags.add(101, "日报", -4 * HOUR, 101 * HOUR)
    found = shifted(lags)
    assert usual_lag(lags.seconds) is None
    assert (found.usual, found.late, found.early) == (None, [], [100])


def test_nothing_is_told_of_nothing() -> None:
    found = shifted(Lags())
    assert (found.late, found.early, found.whole) == ([], [], {})
