"""Five services on one store, whose leader is killed again and again: each slot has one run."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.services import Service
from archive.store.values import Run, RunState
from scheduler.schedules import Schedule
from scheduler.service import SchedulingService, Tuning
from tests.in_child import in_child
from tests.scheduler.crawlserver import CrawlServer

SECONDS = Schedule("seconds", "finews", every=timedelta(seconds=2))
HALF = Schedule("half", "cinic", every=timedelta(seconds=0.5))
QUICK = Tuning(beat=0.1, silence=2, stuck=30)
KILLS = 20


@dataclass(slots=True)
class Crowd:
    """Services in processes of their own."""

    url: str
    crawls: CrawlServer
    pids: set[int] = field(default_factory=set)

    def add(self) -> None:
        self.pids.add(in_child(self._serve))

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self.pids.remove(pid)

    def _serve(self) -> None:
        with Store.open(self.url) as store:
            service = SchedulingService(store, (SECONDS, HALF), lambda _: self.crawls, tuning=QUICK)
            service.run(threading.Event())


@pytest.fixture(params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crowd]:
    url = f"sqlite:///{tmp_path / 'archive.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create("services")
    Store.open(url).close()
    crawls = CrawlServer(url)
    crawls.start()
    crowd = Crowd(url, crawls)
    try:
        for _ in range(5):
            crowd.add()
        yield crowd
    finally:
        for pid in list(crowd.pids):
            crowd.kill(pid)
        crawls.close()


def leader(store: Store, crowd: Crowd) -> Service:
    """The one that leads and lives."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for service in store.services.all():
            if service.led_since and service.pid in crowd.pids:
                return service
        time.sleep(0.02)
    raise AssertionError("nobody leads")


@pytest.mark.long
def test_the_leader_of_five_is_killed_twenty_times(crowd: Crowd) -> None:
    luck = random.Random(5)
    with Store.open(crowd.url) as store:
        leader(store, crowd)
        time.sleep(0.6)
        led = []
        for _ in range(KILLS):
            service = leader(store, crowd)
            led.append(service.token)
            crowd.kill(service.pid)
            crowd.add()
            time.sleep(luck.uniform(0.05, 0.5))
        last = leader(store, crowd)
        time.sleep(1)
        assert len({*led, last.token}) == KILLS + 1
        for pid in list(crowd.pids):
            crowd.kill(pid)
        time.sleep(0.5)
        runs = store.runs(None, 10**5, slots=True)
    for schedule in (SECONDS, HALF):
        each_slot_has_one_row_and_one_run(schedule, [run for run in runs if run.schedule == schedule.name])


def each_slot_has_one_row_and_one_run(schedule: Schedule, rows: list[Run]) -> None:
    by_slot = {run.slot_at: run for run in rows}
    slots = sorted(slot for slot in by_slot if slot)
    assert len(slots) == len(rows)
    assert schedule.every is not None
    assert {later - earlier for earlier, later in pairwise(slots)} == {schedule.every}  # none is left out
    assert slots[-1] - slots[0] > timedelta(seconds=5)
    states = Counter(run.state for run in rows[1:])  # the last had no time to end
    assert states[RunState.FINISHED] > 0.6 * len(rows)
    for run in rows[1:]:
        if run.state is RunState.FINISHED:
            assert run.counters == {"begun": 1}
        else:  # nobody led until the next one had come, or that one's crawl went on
            assert run.state in {RunState.COALESCED, RunState.MISSED, RunState.OVERLAPPED}, run
            assert run.detail
    if schedule is SECONDS:  # as much time as it takes to be replaced: none is without a run
        assert set(states) == {RunState.FINISHED}, states
