"""Schedules in two time zones for a year: the machine sleeps, the service starts again, the clock is set."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
import time_machine

from archive.store import Store
from archive.store.values import RunState
from scheduler.schedules import Schedule, slots_after
from tests.scheduler.simulated import Simulation, World, at

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
SPARSE = (
    Schedule("berlin-night", "a", cron="30 2 * * *", zone=BERLIN),
    Schedule("new-york-night", "b", cron="30 1 * * *", zone=NEW_YORK, jitter=timedelta(minutes=20)),
    Schedule("interval", "c", every=timedelta(hours=8)),
)
DENSE = (
    Schedule("berlin", "a", cron="*/5 * * * *", zone=BERLIN),
    Schedule("new-york", "b", cron="*/15 * * * *", zone=NEW_YORK, jitter=timedelta(minutes=2)),
    *SPARSE[2:],
)
DAY = timedelta(days=1)
SUMMER = SPARSE, at("2026-03-01T00:00:00"), 252
"""From before its time begins in both zones until after it has ended in both."""
WHOLE = DENSE, at("2026-01-01T00:00:00"), 365
SLEEPS = {40: 3 * DAY, 150: timedelta(hours=10), 230: DAY}
"""By the day of the year, how long the machine sleeps."""
STEPS = {100: DAY, 200: -DAY}
"""By the day, how far the clock is set."""


class Year:
    """What happened in it."""

    def __init__(self, store: Store, schedules: tuple[Schedule, ...], world: World, days: int) -> None:
        self.world, self.days = world, days
        self.store, self.schedules = store, schedules
        self.simulation = Simulation(store, schedules, self.world)
        self.restarts = 0
        self.set_forward: datetime | None = None
        self.set_back: datetime | None = None
        self._live()
        found = store.runs(None, 10**6, slots=True)
        self.rows = {one.name: [run for run in found if run.schedule == one.name] for one in schedules}

    def _live(self) -> None:
        luck = random.Random(1)
        self.simulation.start()
        for day in range(self.days):
            self.simulation.live(timedelta(hours=luck.uniform(1, 12)))
            if day % 7 in {2, 5}:
                self._restart(luck)
            if length := SLEEPS.get(day):
                self.world.sleep(length)
            if step := STEPS.get(day):
                self.set_forward = self.set_forward or self.world.wall
                self.set_back = self.world.wall if step < timedelta(0) else None
                self.world.step(step)
            begun = (self.world.passed - day * 86_400) % 86_400
            self.simulation.live(timedelta(seconds=86_400 - begun))
        self.simulation.stop()

    def _restart(self, luck: random.Random) -> None:
        self.simulation.stop()
        self.simulation.live(timedelta(minutes=luck.choice([0.1, 5, 90, 700])))
        self.simulation.start()
        self.restarts += 1

    def slots(self, schedule: Schedule) -> list[datetime]:
        """All that the schedule had from the first row to the end."""
        first = min(run.slot_at for run in self.rows[schedule.name] if run.slot_at)
        latest = max(self.world.wall, self.set_back or self.world.wall)
        return slots_after(schedule, first - timedelta(seconds=1), latest)


def each_slot_has_exactly_one_row(year: Year) -> None:
    for schedule in year.schedules:
        rows = Counter(run.slot_at for run in year.rows[schedule.name] if run.slot_at)
        assert sorted(rows) == year.slots(schedule)
        assert set(rows.values()) == {1}


def no_slot_runs_twice(year: Year) -> None:
    begun = Counter((run.schedule, run.slot_at) for run, _ in year.simulation.begun if run.slot_at)
    assert set(begun.values()) == {1}
    finished = {
        (run.schedule, run.slot_at) for rows in year.rows.values() for run in rows if run.state.has_begun
    }
    assert set(begun) == {slot for slot in finished if slot[1]}


def what_is_missed_is_named_with_its_cause(year: Year) -> None:
    causes = Counter()
    for rows in year.rows.values():
        states = Counter(run.state for run in rows)
        assert set(states) <= {RunState.FINISHED, RunState.MISSED, RunState.COALESCED}
        for run in rows:
            if run.state is RunState.MISSED:
                assert "stands for it" in run.detail
                causes[run.detail.partition(";")[0]] += 1
    assert causes["the machine slept for 3 d"]
    assert causes["the machine slept for 24 h"]
    assert causes["the clock was set forward by 24 h"]
    assert causes["no service was running"]
    assert not [cause for cause in causes if "held up" in cause]


def each_gap_is_caught_up_with_by_one_run(year: Year) -> None:
    for rows in year.rows.values():
        by_slot = sorted((run for run in rows if run.slot_at), key=lambda run: run.slot_at or run.started_at)
        for run, after in itertools.pairwise(by_slot):
            if run.state is RunState.MISSED and after.state is not RunState.MISSED:
                assert after.state is RunState.FINISHED
                assert after.detail.startswith("catches up: ")


def a_time_that_comes_again_is_crawled_beyond_all_slots(year: Year) -> None:
    extra = [run for run, _ in year.simulation.begun if not run.slot_at]
    assert extra
    assert year.set_back is not None
    for run in extra:
        assert year.set_back - DAY <= run.started_at <= year.set_back
        assert "the clock was set back" in run.detail
    by_schedule = Counter(run.schedule for run in extra)
    assert by_schedule["interval"] in {2, 3}


def a_night_in_which_the_clock_changes_has_one_run(year: Year) -> None:
    for schedule, zone, days in (
        ("berlin-night", BERLIN, ("2026-03-29", "2026-10-25")),
        ("new-york-night", NEW_YORK, ("2026-03-08", "2026-11-01")),
    ):
        local = Counter(
            f"{run.slot_at.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
            for run in year.rows.get(schedule, [])
            if run.slot_at
        )
        assert [local[day] for day in days] in ([1, 1], [0, 0])
        assert set(local.values()) <= {1}


PROMISES = (
    each_slot_has_exactly_one_row,
    no_slot_runs_twice,
    what_is_missed_is_named_with_its_cause,
    each_gap_is_caught_up_with_by_one_run,
    a_time_that_comes_again_is_crawled_beyond_all_slots,
    a_night_in_which_the_clock_changes_has_one_run,
)


@pytest.fixture(params=[SUMMER, pytest.param(WHOLE, marks=pytest.mark.scale)], ids=["summer", "whole"])
def year(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Year]:
    schedules, start, days = request.param
    monkeypatch.setattr("archive.store.runs._MOST_SLOTS", 10**6)  # it lists fewer than a dense year has
    memory = Path("/dev/shm")  # ten thousand transactions, which no power cut can meet
    with (
        TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        Store.open(f"sqlite:///{folder}/archive.db") as store,
        time_machine.travel(start, tick=False) as traveller,
    ):
        yield Year(store, schedules, World(traveller, start), days)


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_a_year_of_slots(year: Year, subtests: pytest.Subtests) -> None:
    """One life for all that it is to show."""
    assert year.restarts == year.days // 7 * 2
    for promise in PROMISES:
        with subtests.test(promise.__name__):
            promise(year)
