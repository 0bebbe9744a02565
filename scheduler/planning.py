"""What is due: decided purely, of the ledger and the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.store.slots import Passed, Slot
from archive.store.values import RunState
from scheduler.schedules import Schedule, latest_slot, slots_after

GRACE = timedelta(minutes=1)
"""A slot whose place a later one takes within this time came to no harm: it is coalesced, not missed."""


@dataclass(frozen=True, slots=True)
class Due:
    """One run that is to begin, and the slots that it stands for besides its own."""

    slot: Slot
    passed: tuple[Passed, ...] = ()
    detail: str = ""
    """Why it begins now, where that is not plain."""


def due(
    schedule: Schedule, newest: datetime | None, since: datetime, now: datetime, cause: str
) -> Due | None:
    """The run that is due, if any; however many slots went by, it is one.

    `newest` is the latest slot in the ledger; without any, slots count from `since` on, when the schedule was
    first looked at, and an interval begins at once. `cause` says why slots may have gone by without a run.
    """
    slots = slots_after(schedule, newest or since, now)
    if newest is None and not slots and (latest := latest_slot(schedule, now)):
        slots = [latest]
    if not slots:
        return None
    *before, last = slots
    passed = tuple(_passed(schedule, slot, last, now, cause) for slot in before)
    return Due(_slot(schedule, last), passed, _catches_up(before, cause))


def is_repeated(newest: datetime | None, now: datetime) -> bool:
    """Whether the clock was set back: the ledger has slots of a time that has not come yet.

    Such slots have had their runs. What is crawled until they are over belongs to no slot.
    """
    return newest is not None and newest > now


def extra(schedule: Schedule, newest: datetime) -> Due:
    """A run in a time that has had its slots already, before the clock was set back."""
    detail = f"the clock was set back: this time had its runs already, up to {newest:%Y-%m-%d %H:%M} UTC"
    return Due(Slot(schedule.name, schedule.source, None, schedule.asked), detail=detail)


def overlapped(due_: Due, why: str) -> tuple[Passed, ...]:
    """All slots of what was due, where its source is taken."""
    return (*due_.passed, Passed(due_.slot, RunState.OVERLAPPED, why))


def _slot(schedule: Schedule, at: datetime) -> Slot:
    return Slot(schedule.name, schedule.source, at, schedule.asked)


def _passed(schedule: Schedule, slot: datetime, last: datetime, now: datetime, cause: str) -> Passed:
    stands = f"the run of {last:%Y-%m-%d %H:%M:%S} UTC stands for it"
    if now - slot > GRACE:
        return Passed(_slot(schedule, slot), RunState.MISSED, f"{cause}; {stands}")
    return Passed(_slot(schedule, slot), RunState.COALESCED, stands)


def _catches_up(before: Sequence[datetime], cause: str) -> str:
    if not before:
        return ""
    count = f"{len(before)} slot{'s' * (len(before) > 1)}"
    return f"catches up: {count} from {before[0]:%Y-%m-%d %H:%M} UTC on went by ({cause})"
