"""Schedules as APScheduler needs them."""

from datetime import datetime

from apscheduler.triggers.base import BaseTrigger

from scheduler.schedules import Schedule, next_begin


class SlotTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires when the run of a schedule's slot is to begin, and never for a time that is over.

    What went by is found in the ledger, by whoever is woken next.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first begin later than both."""
        after = now if previous_fire_time is None else max(now, previous_fire_time)
        return next_begin(self._schedule, after)
