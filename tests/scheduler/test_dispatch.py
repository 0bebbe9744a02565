"""The leading service begins what is due, waits where it must, and has the ledger say how each run ended."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive.errors import StoreError, StoreUnavailable
from archive.store import Store
from archive.store.services import Service
from archive.store.values import Lease, Run, RunState
from scheduler.children import Ended, Stop
from scheduler.dispatch import Dispatch
from scheduler.runs import HOST
from scheduler.schedules import Schedule
from tests.new_store import new_store
from tests.scheduler.simulated import at

OFTEN = Schedule("often", "finews", every=timedelta(minutes=10))
FULL = Schedule("full", "finews", cron="0 12 * * *", zone="UTC", full=True)
OTHER = Schedule("other", "cinic", every=timedelta(minutes=10))
NOON = at("2026-03-01T12:00:00")
BEFORE = NOON - timedelta(seconds=1)
PID = os.getppid()
"""Of a process that lives."""


@dataclass(slots=True)
class Begun:
    """Crawls that are only noted; their processes are the test's affair."""

    runs: list[int] = field(default_factory=list)
    adopted: list[int] = field(default_factory=list)
    going_on: set[int] = field(default_factory=set)
    refuses: bool = False

    def begin(self, run: Run) -> None:
        if self.refuses:
            raise OSError(11, "Resource temporarily unavailable")
        self.runs.append(run.id)
        self.going_on.add(run.id)

    def adopt(self, run: Run) -> None:
        self.adopted.append(run.id)

    def under_way(self) -> set[int]:
        return self.going_on

    def stop(self, *, kill: bool = False) -> None:
        """There are no processes."""

    def wait(self, seconds: float) -> bool:
        return True


@dataclass(slots=True)
class Leading:
    """A leading service, on a clock that is set by hand."""

    store: Store
    now: datetime = BEFORE
    crawls: Begun = field(default_factory=Begun)
    settled: list[Run] = field(default_factory=list)
    dispatch: Dispatch | None = None

    def with_(self, *schedules: Schedule) -> Dispatch:
        service = Service("token", HOST, 1, "", NOON, None)
        self.store.services.beat(service, NOON, silence=1e9, is_dead=lambda _: False)
        self.dispatch = Dispatch(self.store, "token", schedules, lambda: self.now, self.settled.append)
        self.dispatch.crawls = self.crawls
        return self.dispatch

    def with_a_run(self) -> tuple[Dispatch, int]:
        """One that has had a run begin, and its number."""
        dispatch = self.with_(OFTEN)
        dispatch.fire("often")
        (number,) = self.crawls.runs
        return dispatch, number

    def rows(self) -> list[tuple[str, str, str]]:
        """Schedule, state and detail of what is in the ledger, the oldest first."""
        return [(run.schedule, str(run.state), run.detail) for run in reversed(self.store.runs(slots=True))]

    def end(self, number: int, **how: object) -> None:
        assert self.dispatch
        self.crawls.going_on.discard(number)
        self.dispatch.ended(Ended(number, **{"pid": PID, "code": 0} | how))  # type: ignore[arg-type]


@pytest.fixture
def leading(tmp_path: Path) -> Iterator[Leading]:
    with new_store(tmp_path / "archive.db") as store:
        yield Leading(store)


def take(store: Store, source: str = "finews", planned: int | None = None) -> Lease:
    return store.begin_run(
        source, "cli", NOON, HOST, PID, silence=60, is_dead=lambda _: False, planned=planned
    )


def raising(error: Exception) -> Callable[..., None]:
    """A store that does not do it."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def give(store: Store, lease: Lease) -> None:
    store.finish_run(lease.run_id, RunState.FINISHED, "complete", {}, NOON, lease)


def test_a_slot_that_has_come_has_its_run_begin_once(leading: Leading) -> None:
    dispatch = leading.with_(FULL, OTHER)
    dispatch.fire("full")
    assert leading.rows() == []
    leading.now = NOON
    for _ in range(3):
        dispatch.fire("full")
    assert leading.rows() == [("full", "planned", "")]
    (number,) = leading.crawls.runs
    run = leading.store.run(number)
    assert (run.source, run.asked, run.trigger, run.slot_at) == ("finews", "--full", "schedule", NOON)


def test_while_another_run_has_the_source_a_slot_is_overlapped(leading: Leading) -> None:
    dispatch = leading.with_(OFTEN, OTHER)
    lease = take(leading.store)
    dispatch.fire("often")
    dispatch.fire("other")
    assert leading.rows()[1:] == [
        ("often", "overlapped", f"run {lease.run_id} has the source"),
        ("other", "planned", ""),
    ]
    give(leading.store, lease)
    dispatch.look()
    assert len(leading.crawls.runs) == 1
    leading.now += timedelta(minutes=10)
    dispatch.fire("often")
    assert len(leading.crawls.runs) == 2


def test_a_slot_that_comes_while_a_run_is_about_to_begin_is_overlapped(leading: Leading) -> None:
    dispatch = leading.with_(OFTEN)
    dispatch.fire("often")
    leading.now += timedelta(minutes=10)
    dispatch.fire("often")
    (first,) = leading.crawls.runs
    assert leading.rows()[1] == ("often", "overlapped", f"run {first} is about to have the source")


def test_a_full_crawl_waits_for_its_source_and_goes_before_what_comes_meanwhile(leading: Leading) -> None:
    dispatch = leading.with_(OFTEN, FULL)
    lease = take(leading.store)
    leading.now = NOON
    dispatch.fire("full")
    dispatch.look()
    assert leading.crawls.runs == []
    assert leading.rows()[1] == ("full", "planned", f"had to wait: run {lease.run_id} has the source")
    give(leading.store, lease)
    leading.now += timedelta(minutes=10)
    dispatch.fire("often")
    assert leading.rows()[-1][1] == "overlapped"
    dispatch.look()
    dispatch.look()
    (number,) = leading.crawls.runs
    assert leading.store.run(number).schedule == "full"


def test_a_full_crawl_that_waited_until_its_next_slot_gives_way_to_that(leading: Leading) -> None:
    dispatch = leading.with_(FULL)
    lease = take(leading.store)
    for _ in range(2):
        leading.now += timedelta(days=1)
        dispatch.fire("full")
    states = [state for _, state, _ in leading.rows()[1:]]
    assert states == ["coalesced", "planned"]
    give(leading.store, lease)
    dispatch.look()
    assert len(leading.crawls.runs) == 1


def test_a_child_that_found_its_source_taken_waits_if_it_is_full_only(
    leading: Leading,
) -> None:
    dispatch = leading.with_(OFTEN, OTHER, FULL)
    leading.now = NOON
    dispatch.fire("other")
    dispatch.fire("full")
    other, full = leading.crawls.runs
    lease, second = take(leading.store, "finews"), take(leading.store, "cinic")
    words = "archive: cinic is being crawled already"
    leading.end(other, code=6, last_words=words)
    leading.end(full, code=6, last_words="archive: finews is being crawled already")
    assert [row[:2] for row in leading.rows()[:2]] == [("other", "overlapped"), ("full", "planned")]
    assert leading.store.run(other).detail == words
    dispatch.look()
    assert leading.crawls.runs == [other, full]
    give(leading.store, lease)
    give(leading.store, second)
    dispatch.look()
    assert leading.crawls.runs == [other, full, full]


def test_how_a_run_ended_is_entered_and_told(leading: Leading) -> None:
    _, number = leading.with_a_run()
    take(leading.store, planned=number)
    leading.end(number, code=-signal.SIGSEGV)
    run = leading.store.run(number)
    assert (run.state, run.outcome, run.detail) == (RunState.CRASHED, "crashed", "ended by SIGSEGV")
    assert leading.settled == [run]
    assert leading.store.lease("finews") is None


def test_a_run_that_ended_in_good_order_at_a_limit_has_that_for_its_outcome(leading: Leading) -> None:
    _, number = leading.with_a_run()
    lease = take(leading.store, planned=number)
    leading.store.finish_run(number, RunState.INTERRUPTED, "interrupted", {}, NOON, lease, detail="stopped")
    leading.end(number, code=3, stop=Stop.TIME, took=60.0)
    run = leading.store.run(number)
    assert (run.state, run.outcome) == (RunState.INTERRUPTED, "time-limit")
    assert run.detail == "stopped; it took longer than it may (run_minutes): stopped after 1.0 min"


def test_a_child_that_lost_its_run_to_another_leaves_that_alone(leading: Leading) -> None:
    _, number = leading.with_a_run()
    take(leading.store, planned=number)  # by the child of another service
    leading.end(number, code=6)
    assert leading.store.run(number).state is RunState.RUNNING


def test_without_a_process_the_run_is_crashed_and_says_why(leading: Leading) -> None:
    leading.crawls.refuses = True
    leading.with_(OFTEN).fire("often")
    ((_, state, detail),) = leading.rows()
    assert state == "crashed"
    assert detail == "no process could be had for it (Resource temporarily unavailable)"


def test_what_the_store_does_not_take_is_entered_later(
    leading: Leading, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch = leading.with_(OFTEN)

    fail = raising(StoreUnavailable("archive.db: disk full"))
    with monkeypatch.context() as patch:
        patch.setattr("archive.store.slots.Slots.newest", fail)
        dispatch.fire("often")
    assert leading.rows() == []
    dispatch.look()
    (number,) = leading.crawls.runs
    with monkeypatch.context() as patch:
        patch.setattr("archive.store.slots.Slots.end_dead", fail)
        leading.end(number, code=-11)
    assert leading.settled == []
    dispatch.look()
    assert leading.store.run(number).state is RunState.CRASHED
    assert [run.id for run in leading.settled] == [number]


def test_a_new_leader_goes_on_where_the_ledger_stands(leading: Leading, gone: int) -> None:
    dispatch = leading.with_(OFTEN, OTHER)
    slots = leading.store.slots
    dispatch.fire("often")
    dispatch.fire("other")
    often, other = leading.crawls.runs
    leading.store.begin_run(
        "cinic", "schedule", NOON, HOST, 2**22 + 1, silence=60, is_dead=lambda _: False, planned=other
    )
    leading.crawls.runs.clear()
    leading.crawls.going_on.clear()

    leading.now += timedelta(minutes=30)
    again = leading.with_(OFTEN, OTHER)
    again.take_over("the service that led (process 7 on there) was gone")
    assert leading.crawls.runs[0] == often  # it never began
    assert leading.store.run(other).state is RunState.CRASHED  # its process is gone
    missed = [row for row in leading.rows() if row[1] == "missed"]
    assert {row[2].partition(";")[0] for row in missed} == {
        "the service that led (process 7 on there) was gone"
    }
    assert slots.newest("other") == at("2026-03-01T12:20:00")
    assert leading.store.run(leading.crawls.runs[1]).schedule == "other"


def test_a_planned_run_of_a_schedule_that_is_no_more_is_given_up(leading: Leading) -> None:
    leading.with_(OFTEN).fire("often")
    again = leading.with_(OTHER)
    again.take_over("no service was running")
    assert leading.rows()[0] == ("often", "missed", "there is no such schedule any more")


def test_a_run_that_another_service_had_begin_is_seen_to_though_it_began_late(leading: Leading) -> None:
    dispatch, number = leading.with_a_run()
    take(leading.store, planned=number)  # by the child of another service, which was quicker
    leading.end(number, code=6)
    dispatch.look()
    assert leading.crawls.adopted == [number]


def test_no_run_begins_before_the_store_has_taken_the_end_of_the_last(
    leading: Leading, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch, number = leading.with_a_run()
    take(leading.store, planned=number)

    fail = raising(StoreUnavailable("archive.db: was taken away"))
    with monkeypatch.context() as patch:
        patch.setattr("archive.store.slots.Slots.end_dead", fail)
        leading.end(number, code=7)
        leading.now += timedelta(minutes=10)
        dispatch.fire("often")
    assert leading.crawls.runs == [number]
    dispatch.fire("often")
    assert (leading.store.run(number).state, leading.store.run(number).outcome) == ("finished", "storage")
    assert [run.id for run in leading.settled] == [number]
    assert leading.crawls.runs[1:] == [number + 1]


def test_an_end_that_the_store_refuses_stops_nothing(
    leading: Leading, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch, number = leading.with_a_run()
    take(leading.store, planned=number)

    refuse = raising(StoreError("archive.db: the database refused"))
    monkeypatch.setattr("archive.store.slots.Slots.end_dead", refuse)
    monkeypatch.setattr("scheduler.dispatch.is_taken", lambda lease: False)
    leading.end(number, code=7)
    leading.now += timedelta(minutes=10)
    dispatch.fire("often")
    assert leading.crawls.runs == [number, number + 1]


def test_an_end_that_the_store_did_not_take_is_never_that_of_another_process(
    leading: Leading, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch, number = leading.with_a_run()

    fail = raising(StoreUnavailable("archive.db: locked"))
    with monkeypatch.context() as patch:
        patch.setattr("archive.store.slots.Slots.end_dead", fail)
        leading.end(number, code=7, pid=PID + 1)
        dispatch.look()
    assert leading.crawls.runs == [number]  # it does not begin again while its end waits
    take(leading.store, planned=number)
    dispatch.look()
    assert leading.store.run(number).state is RunState.RUNNING
    assert leading.store.lease("finews") is not None


def test_closing_waits_for_nobody(leading: Leading) -> None:
    dispatch = leading.with_(OFTEN)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with dispatch._lock:
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    dispatch.close()
    done.set()
    thread.join()
    dispatch.fire("often")
    assert leading.rows() == []


def test_once_closed_nothing_begins(leading: Leading) -> None:
    dispatch = leading.with_(OFTEN)
    dispatch.close()
    dispatch.fire("often")
    dispatch.look()
    assert leading.rows() == []


@pytest.fixture
def gone() -> int:
    return 2**22 + 1
