"""What happened to the clock: told by comparing it with two that nobody can set."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SLEPT = 5.0
"""Seconds from which on a machine counts as having been asleep."""
_STEPPED = 2.0
"""Seconds from which on a clock counts as set: what time synchronization does bit by bit is less."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Three clocks at one moment."""

    wall: datetime
    """The time of the day, which can be set."""
    awake: float
    """Seconds of a clock that stands still while the machine sleeps."""
    passed: float
    """Seconds of a clock that does not."""


@dataclass(frozen=True, slots=True)
class Jolt:
    """What the clock did between two readings that is not the passing of time."""

    slept: timedelta
    stepped: timedelta
    """How far it was set forward; below zero, back."""

    @property
    def went_back(self) -> bool:
        """Whether a time that had been has come again."""
        return self.stepped < timedelta(0)

    def __str__(self) -> str:
        told = []
        if self.slept:
            told.append(f"the machine slept for {_length(self.slept)}")
        if self.stepped:
            told.append(
                f"the clock was set {'back' if self.went_back else 'forward'} by {_length(abs(self.stepped))}"
            )
        return " and ".join(told)


def read_clocks() -> Reading:
    """The clocks of this machine, now."""
    passed = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Reading(datetime.now(UTC), time.monotonic(), time.clock_gettime(passed))


def jolt(before: Reading, after: Reading) -> Jolt | None:
    """What happened to the clock between two readings; None where time merely passed."""
    passed = after.passed - before.passed
    slept = passed - (after.awake - before.awake)
    stepped = (after.wall - before.wall).total_seconds() - passed
    found = Jolt(
        timedelta(seconds=slept if slept >= _SLEPT else 0),
        timedelta(seconds=stepped if abs(stepped) >= _STEPPED else 0),
    )
    return found if found.slept or found.stepped else None


def _length(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds} s"
