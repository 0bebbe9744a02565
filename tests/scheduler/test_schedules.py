"""Slots follow from the schedule alone, through summer time and wherever one begins to count."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import UsageError
from scheduler.schedules import (
    Schedule,
    begins_at,
    check,
    duration,
    latest_slot,
    next_begin,
    next_slot,
    slots_after,
)
from tests.scheduler.simulated import at

BERLIN = "Europe/Berlin"
NIGHTLY = Schedule("nightly", "a", cron="30 2 * * *", zone=BERLIN)
HOURLY = Schedule("hourly", "a", cron="15 * * * *", zone=BERLIN)


def told(schedule: Schedule, after: str, until: str) -> list[str]:
    return [f"{slot:%d %H:%M}" for slot in slots_after(schedule, at(after), at(until))]


def test_an_interval_counts_from_the_epoch_wherever_a_service_begins() -> None:
    schedule = Schedule("s", "a", every=timedelta(minutes=10))
    for second in (0, 1, 599):
        assert next_slot(schedule, at("2026-01-01T00:00:00") + timedelta(seconds=second)) == at(
            "2026-01-01T00:10:00"
        )
    assert latest_slot(schedule, at("2026-01-01T00:10:00")) == at("2026-01-01T00:10:00")
    assert latest_slot(schedule, at("2026-01-01T00:19:59")) == at("2026-01-01T00:10:00")


def test_a_time_that_the_clock_skips_comes_right_after_the_gap() -> None:
    assert told(NIGHTLY, "2026-03-28T12:00:00", "2026-03-31T12:00:00") == ["29 01:00", "30 00:30", "31 00:30"]


def test_a_time_that_the_clock_has_twice_comes_once() -> None:
    expected = ["25 00:30", "26 01:30"]
    assert told(NIGHTLY, "2026-10-24T12:00:00", "2026-10-26T12:00:00") == expected
    assert told(NIGHTLY, "2026-10-25T00:30:00", "2026-10-26T12:00:00") == expected[1:]


def test_an_hourly_expression_has_every_hour_that_passes() -> None:
    for day in ("2026-03-28", "2026-10-24"):
        slots = slots_after(HOURLY, at(f"{day}T12:00:00"), at(f"{day}T12:00:00") + timedelta(days=2))
        assert len(slots) == 48
        assert {later - earlier for earlier, later in itertools.pairwise(slots)} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "*/20 * * * *", "0,30 1-3 * * *", "15 2 * * 0", "*/7 2 * * *", "0 */3 * * *"]
)
@pytest.mark.parametrize("around", ["2026-03-29T00:00:00", "2026-10-25T00:00:00"])
def test_the_slots_are_the_same_wherever_one_begins_to_count(cron: str, around: str) -> None:
    schedule = Schedule("s", "a", cron=cron, zone=BERLIN)
    begin, end = at(around) - timedelta(hours=6), at(around) + timedelta(days=1)
    slots = slots_after(schedule, begin, end)
    assert slots == sorted(set(slots))
    for minutes in range(0, 720, 11):
        start = begin + timedelta(minutes=minutes)
        assert slots_after(schedule, start, end) == [slot for slot in slots if slot > start], start


def test_sunday_is_sunday_as_cron_has_it() -> None:
    assert {
        f"{slot:%a}"
        for slot in slots_after(
            Schedule("s", "a", cron="0 3 * * 0", zone="UTC"),
            at("2026-01-01T00:00:00"),
            at("2026-02-01T00:00:00"),
        )
    } == {"Sun"}


def test_jitter_is_the_same_for_a_slot_and_keeps_the_order() -> None:
    schedule = Schedule("s", "a", every=timedelta(minutes=10), jitter=timedelta(minutes=9))
    slots = slots_after(schedule, at("2026-01-01T00:00:00"), at("2026-01-02T00:00:00"))
    begins = [begins_at(schedule, slot) for slot in slots]
    assert begins == sorted(begins)
    assert len({begin - slot for begin, slot in zip(begins, slots, strict=True)}) > 100
    assert all(
        timedelta(0) <= begin - slot < schedule.jitter for begin, slot in zip(begins, slots, strict=True)
    )
    assert next_begin(schedule, slots[4]) == begins[4]
    assert next_begin(schedule, begins[4]) == begins[5]


def test_a_slot_whose_jitter_is_not_over_is_not_due() -> None:
    schedule = Schedule("s", "a", every=timedelta(hours=1), jitter=timedelta(minutes=50))
    slot = next_slot(schedule, at("2026-01-01T00:00:00"))
    assert slot is not None
    begins = begins_at(schedule, slot)
    assert slots_after(schedule, at("2026-01-01T00:00:00"), begins - timedelta(seconds=1)) == []
    assert slots_after(schedule, at("2026-01-01T00:00:00"), begins) == [slot]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule("s", "a", cron="61 * * * *"), "'61 * * * *' is no cron expression (Bad minute)"),
        (Schedule("s", "a", cron="* * *"), "no cron expression"),
        (Schedule("s", "a", cron="0 0 30 2 *"), "s: "),
        (
            Schedule("s", "a", every=timedelta(minutes=5), jitter=timedelta(minutes=5)),
            "jitter of 5m is not less than the 5m",
        ),
        (Schedule("s", "a", cron="0,2 * * * *", jitter=timedelta(minutes=3)), "the 2m between two"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_by_name(schedule: Schedule, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        check(schedule, datetime.now(UTC))
    assert str(raised.value).startswith("schedule s: ")
    assert words in str(raised.value)


def test_durations_are_written_as_they_are_read() -> None:
    assert duration(timedelta(days=1, hours=2, minutes=3, seconds=4)) == "1d2h3m4s"
    assert duration(timedelta(0)) == "0s"
