"""What is due follows from the newest slot in the ledger and the time, and is one run."""

from datetime import timedelta

from archive.store.values import RunState
from scheduler.planning import due, extra, is_repeated, overlapped
from scheduler.schedules import Schedule
from tests.scheduler.simulated import at

EVERY = Schedule("finews", "finews", every=timedelta(minutes=10), full=True)
NIGHTLY = Schedule("nightly", "finews", cron="0 3 * * *", zone="UTC")
NOW = at("2026-03-01T12:34:00")
LONG_AGO = at("2026-01-01T00:00:00")


def test_nothing_is_due_before_the_next_slot() -> None:
    assert due(EVERY, at("2026-03-01T12:30:00"), LONG_AGO, NOW, "") is None


def test_a_slot_that_has_come_is_due_with_all_that_it_asks() -> None:
    found = due(EVERY, at("2026-03-01T12:20:00"), LONG_AGO, NOW, "")
    assert found is not None
    assert (found.slot.at, found.slot.source, found.slot.asked) == (
        at("2026-03-01T12:30:00"),
        "finews",
        "--full",
    )
    assert (found.passed, found.detail) == ((), "")


def test_slots_that_went_by_are_missed_and_one_run_stands_for_them() -> None:
    found = due(EVERY, at("2026-02-26T12:30:00"), LONG_AGO, NOW, "the machine slept for 3 d")
    assert found is not None
    assert found.slot.at == at("2026-03-01T12:30:00")
    assert len(found.passed) == 3 * 144 - 1
    assert {one.state for one in found.passed} == {RunState.MISSED}
    assert found.passed[0].detail == (
        "the machine slept for 3 d; the run of 2026-03-01 12:30:00 UTC stands for it"
    )
    assert found.detail == (
        "catches up: 431 slots from 2026-02-26 12:40 UTC on went by (the machine slept for 3 d)"
    )


def test_slots_of_the_same_minute_are_coalesced_rather_than_missed() -> None:
    often = Schedule("often", "finews", every=timedelta(seconds=10))
    found = due(often, NOW - timedelta(seconds=90), LONG_AGO, NOW, "the service was held up")
    assert found is not None
    states = [one.state for one in found.passed]
    assert states == [RunState.MISSED] * 2 + [RunState.COALESCED] * 6


def test_an_interval_that_was_never_looked_at_begins_at_once_and_a_time_of_day_waits() -> None:
    found = due(EVERY, None, NOW, NOW, "")
    assert found is not None
    assert (found.slot.at, found.passed) == (at("2026-03-01T12:30:00"), ())
    assert due(NIGHTLY, None, NOW, NOW, "") is None
    later = due(NIGHTLY, None, NOW, NOW + timedelta(days=1), "")
    assert later is not None
    assert later.slot.at == at("2026-03-02T03:00:00")


def test_after_the_clock_was_set_back_slots_that_had_their_run_are_not_due_again() -> None:
    ahead = NOW + timedelta(days=1)
    assert due(EVERY, ahead, LONG_AGO, NOW, "") is None
    assert is_repeated(ahead, NOW)
    assert not is_repeated(NOW, NOW)
    assert not is_repeated(None, NOW)
    beyond = extra(EVERY, ahead)
    assert (beyond.slot.at, beyond.slot.asked) == (None, "--full")
    assert "up to 2026-03-02 12:34 UTC" in beyond.detail


def test_a_slot_whose_source_is_taken_is_overlapped_with_what_went_before() -> None:
    found = due(EVERY, at("2026-03-01T12:00:00"), LONG_AGO, NOW, "why")
    assert found is not None
    passed = overlapped(found, "run 7 has the source")
    assert [one.state for one in passed] == [RunState.MISSED, RunState.MISSED, RunState.OVERLAPPED]
    assert passed[-1].detail == "run 7 has the source"
