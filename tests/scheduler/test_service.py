"""The service, with APScheduler's own threads: it leads, stands by, drains, knows when it is unwell."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.errors import StoreUnavailable
from archive.store import Store
from archive.store.services import Service, Services
from archive.store.values import Run, RunState
from scheduler.clocks import read_clocks
from scheduler.dispatch import Dispatch
from scheduler.runs import HOST
from scheduler.schedules import Schedule
from scheduler.service import Duty, SchedulerStuck, SchedulingService, Tuning
from tests.new_store import new_store
from tests.scheduler.simulated import InstantCrawls

OFTEN = Schedule("often", "finews", every=timedelta(seconds=0.25))
QUICK = Tuning(beat=0.05, silence=1, stuck=30)


@dataclass(slots=True)
class Slow(InstantCrawls):
    """Crawls that are going on until they are asked to stop, or killed."""

    asked: list[bool] = field(default_factory=list)
    going_on: set[int] = field(default_factory=set)

    def begin(self, run: Run) -> None:
        self.going_on.add(run.id)

    def under_way(self) -> set[int]:
        return self.going_on

    def stop(self, *, kill: bool = False) -> None:
        self.asked.append(kill)

    def wait(self, seconds: float) -> bool:
        return False


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path / "archive.db") as store:
        yield store


@contextmanager
def running(
    store: Store, *schedules: Schedule, is_first: bool = False, **options: object
) -> Iterator[SchedulingService]:
    def crawls_of(_: Dispatch) -> InstantCrawls:
        return InstantCrawls(store, lambda: read_clocks().wall)

    arguments: dict[str, object] = {"crawls_of": crawls_of, "tuning": QUICK} | options
    service = SchedulingService(store, schedules, **arguments)  # type: ignore[arg-type]
    if is_first:  # two of one process would take each other for a dead one of that number
        service._self = replace(service._self, pid=os.getppid())
    service.start()
    try:
        yield service
    finally:
        service.stop()


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_begins_at_once_and_goes_on_in_its_rhythm(store: Store) -> None:
    ended: list[Run] = []
    with running(store, OFTEN, on_run=ended.append):
        assert store.runs()
        until(lambda: len(store.runs()) >= 4)
        (service,) = store.services.all()
        assert (service.host, service.pid, service.led_since is None) == (HOST, os.getpid(), False)
    slots = [run.slot_at for run in reversed(store.runs())]
    assert None not in slots
    assert slots == sorted(slots)  # type: ignore[type-var]
    assert store.services.all() == []


def test_another_stands_by_and_leads_at_once_when_the_first_has_left(store: Store) -> None:
    with running(store, is_first=True) as first, running(store, OFTEN) as second:
        time.sleep(0.2)
        assert (first.health()[1]["leads"], second.health()[1]["leads"]) == (True, False)
        assert store.runs() == []
        first.stop()
        until(lambda: bool(store.runs()))
        assert second.health()[1]["leads"]


def test_one_that_was_replaced_stands_by(store: Store) -> None:
    with running(store, OFTEN) as service:
        until(lambda: bool(store.runs()))
        another = Service("another", "elsewhere", 1, "", read_clocks().wall, None)
        store.services.beat(another, read_clocks().wall, silence=-1, is_dead=lambda _: False)
        until(lambda: not service.health()[1]["leads"])
        time.sleep(0.1)
        before = len(store.runs(slots=True))
        time.sleep(0.6)
        assert len(store.runs(slots=True)) == before
        store.services.leave("another")
        until(lambda: len(store.runs(slots=True)) > before)


def test_the_leader_alone_does_its_duties_and_one_that_fails_is_done_again(store: Store) -> None:
    done: dict[str, int] = {"first": 0, "second": 0}

    def count(name: str) -> None:
        done[name] += 1
        raise ZeroDivisionError

    with (
        running(store, is_first=True, duties=[Duty("count", 0.05, lambda: count("first"))]),
        running(store, duties=[Duty("count", 0.05, lambda: count("second"))]),
    ):
        until(lambda: done["first"] >= 3)
    assert done["second"] == 0


def test_asked_to_stop_it_has_crawls_end_and_kills_what_does_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.service._DRAIN", 0.1)
    crawls = Slow(store, lambda: read_clocks().wall)
    stopping = threading.Event()
    service = SchedulingService(store, [OFTEN], lambda _: crawls, tuning=QUICK)
    thread = threading.Thread(target=service.run, args=(stopping,))
    thread.start()
    until(lambda: bool(crawls.going_on))
    assert service.health()[1]["runs_under_way"] == [1]
    stopping.set()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert crawls.asked == [False, True]
    assert store.services.all() == []
    service.hurry()
    assert crawls.asked[-1]


def test_a_store_that_cannot_be_had_makes_it_unwell_and_is_survived(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("archive.db: was taken away")

    monkeypatch.setattr("scheduler.service.WELL", 0.2)
    with running(store) as service:
        assert service.health()[0]
        with monkeypatch.context() as patch:
            patch.setattr(Services, "beat", fail)
            until(lambda: not service.health()[0])
            assert service.health()[1]["problem"] == "archive.db: was taken away"
            service.watch()
        until(lambda: service.health()[0])
        assert service.health()[1]["problem"] == ""


def test_without_a_store_it_does_not_begin(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("archive.db: locked")

    monkeypatch.setattr(Services, "beat", fail)
    service = SchedulingService(store, [], lambda _: InstantCrawls(store, lambda: read_clocks().wall))
    with pytest.raises(StoreUnavailable):
        service.start()


def test_once_apscheduler_does_nothing_any_more_the_service_gives_up(store: Store) -> None:
    late = 0.0

    def clock() -> object:
        return replace(now := read_clocks(), awake=now.awake + late, passed=now.passed + late)

    with running(store, clock=clock) as service:
        service._jobs.pause()
        service.watch()
        late = 31
        with pytest.raises(SchedulerStuck):
            service.watch()


def test_a_clock_that_is_set_back_does_not_stop_its_signs_of_life(store: Store) -> None:
    back = timedelta(0)

    def clock() -> object:
        return replace(now := read_clocks(), wall=now.wall - back)

    with running(store, OFTEN, clock=clock) as service:
        until(lambda: bool(store.runs()))
        back = timedelta(hours=1)
        service.watch()
        until(lambda: any(not run.slot_at and run.state is RunState.FINISHED for run in store.runs()))
