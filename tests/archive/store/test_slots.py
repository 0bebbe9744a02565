"""Each slot has one row in the ledger, whatever became of it, entered by the service that leads."""

import threading
from datetime import timedelta

import pytest

from archive.errors import NotFound, NotLeading, RunTaken, SourceBusy
from archive.store import Store
from archive.store.services import Service
from archive.store.slots import End, Passed, Slot
from archive.store.values import Lease, RunState
from tests.archive.store.samples import T0

HOUR = timedelta(hours=1)


@pytest.fixture
def leader(store: Store) -> str:
    """The token of a service that leads."""
    service = Service("leader", "here", 1, "", T0, None)
    return store.services.beat(service, T0, silence=60, is_dead=lambda _: False).token


def slot(hours: int, schedule: str = "hourly") -> Slot:
    return Slot(schedule, "finews", T0 + hours * HOUR, "--full")


def begin(store: Store, planned: int | None, source: str = "finews") -> Lease:
    return store.begin_run(
        source, "schedule", T0, "here", 1, silence=60, is_dead=lambda _: False, planned=planned
    )


def test_a_slot_is_entered_once_with_those_that_went_by(store: Store, leader: str) -> None:
    assert store.slots.newest("hourly") is None
    passed = [Passed(slot(number), RunState.MISSED, "the machine slept") for number in (1, 2)]
    number = store.slots.enter(leader, slot(3), passed, T0 + 4 * HOUR, detail="catches up")
    assert number is not None
    assert store.slots.enter(leader, slot(3), passed, T0 + 5 * HOUR) is None
    assert store.slots.newest("hourly") == T0 + 3 * HOUR
    rows = store.runs(slots=True)
    assert [(run.state, run.slot_at, run.detail) for run in rows] == [
        (RunState.PLANNED, T0 + 3 * HOUR, "catches up"),
        (RunState.MISSED, T0 + 2 * HOUR, "the machine slept"),
        (RunState.MISSED, T0 + HOUR, "the machine slept"),
    ]
    assert {(run.schedule, run.source, run.trigger, run.asked) for run in rows} == {
        ("hourly", "finews", "schedule", "--full")
    }
    assert [run.id for run in store.slots.planned()] == [number]
    assert [run.finished_at is None for run in rows] == [True, False, False]


def test_two_schedules_have_their_own_slots_and_runs_beyond_slots_are_many(store: Store, leader: str) -> None:
    beyond = Slot("hourly", "finews", None)
    numbers = {store.slots.enter(leader, one, (), T0) for one in (slot(1), slot(1, "other"), beyond, beyond)}
    assert None not in numbers
    assert len(numbers) == 4
    assert store.slots.newest("hourly") == T0 + HOUR


def test_who_does_not_lead_enters_nothing(store: Store, leader: str) -> None:
    another = Service("another", "there", 2, "", T0, None)
    store.services.beat(another, T0, silence=60, is_dead=lambda _: True)
    for token in (leader, "nobody"):
        with pytest.raises(NotLeading):
            store.slots.enter(token, slot(1), [Passed(slot(0), RunState.MISSED, "")], T0)
        with pytest.raises(NotLeading):
            store.slots.pass_over(token, [Passed(slot(0), RunState.MISSED, "")], T0)
    assert store.runs(slots=True) == []


def test_a_planned_run_begins_once_and_keeps_its_place_in_the_ledger(store: Store, leader: str) -> None:
    number = store.slots.enter(leader, slot(1), (), T0, detail="catches up: 3 slots")
    lease = begin(store, number)
    assert lease.run_id == number
    run = store.run(lease.run_id)
    assert (run.state, run.host, run.pid, run.slot_at) == (RunState.RUNNING, "here", 1, T0 + HOUR)
    with pytest.raises(SourceBusy):
        begin(store, number)
    store.finish_run(
        run.id, RunState.FINISHED, "complete", {"new": 1}, T0, lease, detail="and more", story={"a": 1}
    )
    run = store.run(run.id)
    assert (run.detail, run.story, run.asked) == ("catches up: 3 slots; and more", {"a": 1}, "")
    with pytest.raises(RunTaken, match=f"run {number} is finished"):
        begin(store, number)
    assert store.lease("finews") is None
    with pytest.raises(NotFound):
        begin(store, 999)


def test_a_planned_run_that_is_given_up_never_begins(store: Store, leader: str) -> None:
    number = store.slots.enter(leader, slot(1), (), T0)
    assert number is not None
    assert store.slots.give_up(leader, number, RunState.OVERLAPPED, T0, "run 1 has the source")
    assert not store.slots.give_up(leader, number, RunState.MISSED, T0, "again")
    assert (store.run(number).state, store.run(number).detail) == (
        RunState.OVERLAPPED,
        "run 1 has the source",
    )
    with pytest.raises(RunTaken):
        begin(store, number)
    assert store.slots.planned() == []


def test_a_run_whose_process_is_gone_is_ended_and_its_source_is_free(store: Store, leader: str) -> None:
    number = store.slots.enter(leader, slot(1), (), T0)
    lease = begin(store, number)
    store.renew(lease, {"requests": 4}, {"slowest": []})
    crashed = End(RunState.CRASHED, "crashed", T0, "ended by SIGSEGV")
    ended = store.slots.end_dead(leader, lease.run_id, ("here", 1), crashed)
    assert (ended.state, ended.outcome, ended.detail) == (RunState.CRASHED, "crashed", "ended by SIGSEGV")
    assert (ended.counters, ended.story) == ({"requests": 4}, {"slowest": []})
    assert store.lease("finews") is None
    well = End(RunState.FINISHED, "complete", T0, "no")
    again = store.slots.end_dead(leader, lease.run_id, ("here", 1), well)
    assert again == ended
    store.slots.explain_end(lease.run_id, ("there", 1), "memory-limit", "of another")
    store.slots.explain_end(lease.run_id, ("here", 1), "time-limit", "it took too long")
    assert (store.run(lease.run_id).outcome, store.run(lease.run_id).state) == (
        "time-limit",
        RunState.CRASHED,
    )


def test_a_run_that_found_its_source_taken_is_in_the_ledger_too(store: Store) -> None:
    number = store.slots.note_overlapped("finews", "cron", T0, "run 7 has the source", "--full")
    run = store.run(number)
    assert (run.state, run.trigger, run.asked, run.finished_at) == (RunState.OVERLAPPED, "cron", "--full", T0)
    assert store.runs() == []
    assert store.runs(slots=True) == [run]


def test_the_newest_runs_are_counted_without_the_slots_between_them(store: Store, leader: str) -> None:
    begun = []
    for number in range(4):
        store.slots.pass_over(leader, [Passed(slot(number), RunState.MISSED, "")], T0)
        begun.append(store.start_run("finews", "cli", T0, "here", 1))
    assert [run.id for run in store.runs(limit=2)] == begun[:1:-1]
    assert [run.state.has_begun for run in store.runs(limit=2, slots=True)] == [True, False, True]
    assert len(store.runs(limit=9, slots=True)) == 8
    assert store.runs("another", slots=True) == []


def test_of_many_who_enter_a_slot_at_once_one_does(store: Store, leader: str) -> None:
    numbers: list[int | None] = []
    threads = [
        threading.Thread(target=lambda: numbers.append(store.slots.enter(leader, slot(1), (), T0)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 8
    assert len([number for number in numbers if number is not None]) == 1


def test_thousands_of_slots_may_have_gone_by(store: Store, leader: str) -> None:
    passed = [Passed(slot(number), RunState.MISSED, "the machine slept") for number in range(3000)]
    assert store.slots.enter(leader, slot(3000), passed, T0)
    assert len(store.runs(slots=True)) == 3001
