"""Sleep and a clock that is set are told from the mere passing of time."""

from datetime import timedelta

import pytest

from scheduler.clocks import Reading, jolt, read_clocks
from tests.scheduler.simulated import at

BEFORE = Reading(at("2026-03-01T12:00:00"), 1000.0, 5000.0)


def after(wall: float, awake: float, passed: float) -> Reading:
    return Reading(BEFORE.wall + timedelta(seconds=wall), BEFORE.awake + awake, BEFORE.passed + passed)


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (after(0.5, 0.5, 0.5), None),
        (after(601, 600, 600), None),  # time synchronization, bit by bit
        (after(259_200, 0.5, 259_200), "the machine slept for 3 d"),
        (after(86_400, 0.5, 0.5), "the clock was set forward by 24 h"),
        (after(-86_400, 0.5, 0.5), "the clock was set back by 24 h"),
        (after(-7000, 200, 200), "the clock was set back by 2 h"),
        (after(7290, 0, 7200), "the machine slept for 2 h and the clock was set forward by 90 s"),
    ],
)
def test_what_happened_to_the_clock_is_told(reading: Reading, told: str | None) -> None:
    found = jolt(BEFORE, reading)
    assert (str(found) if found else None) == told
    assert (found.went_back if found else False) == ("back" in (told or ""))


def test_between_two_readings_of_this_machine_nothing_happens() -> None:
    assert jolt(read_clocks(), read_clocks()) is None
