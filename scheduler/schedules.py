"""Schedules: when a source is to be crawled, as data, and the slots that follow from it.

A slot is an instant, so that summer time and a clock that is set do not make two of one. All slots of a
schedule follow from it alone, wherever one begins to count: every service, and the same one started again,
finds the same.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from archive.errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOOKED_AT = 500
"""Slots from now on among which the shortest time between two is looked for: a year of days and more."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When one source is crawled. It has either `every` or `cron`."""

    name: str
    source: str
    every: timedelta | None = None
    """Slots are whole multiples of it since 1970-01-01 00:00 UTC."""
    cron: str = ""
    """Five fields as cron has them, or six, the first of which are seconds."""
    zone: str = "Asia/Shanghai"
    """The time zone of `cron`, by its name in the IANA database."""
    jitter: timedelta = timedelta(0)
    """A slot's run begins up to so much later: always as much for the same slot."""
    full: bool = False
    """Ask for everything again, as ``archive crawl --full`` does."""

    @property
    def asked(self) -> str:
        """What its runs ask for, in the words of the command line."""
        return "--full" if self.full else ""

    @property
    def when(self) -> str:
        """For people."""
        return f"{self.cron} ({self.zone})" if self.every is None else f"every {duration(self.every)}"


def check(schedule: Schedule, now: datetime) -> None:
    """Make sure that the schedule has slots, and that jitter leaves their order. Raises `UsageError`."""
    try:
        slots = _slots(schedule, now)
        some = list(islice(slots, _LOOKED_AT))
    except CronSimError as error:
        raise UsageError(
            f"schedule {schedule.name}: {schedule.cron!r} is no cron expression ({error})"
        ) from error
    if not some:
        raise UsageError(f"schedule {schedule.name}: {schedule.cron!r} never comes")
    gaps = [later - earlier for earlier, later in pairwise(some)]
    if gaps and schedule.jitter >= min(gaps):
        raise UsageError(
            f"schedule {schedule.name}: jitter of {duration(schedule.jitter)} is not less than the "
            f"{duration(min(gaps))} between two of its times"
        )


def slots_after(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    """The slots later than `after` whose runs are to have begun by `until`, in UTC, in their order."""
    found = []
    for slot in _slots(schedule, after):
        if slot > until:
            break
        if begins_at(schedule, slot) <= until:
            found.append(slot)
    return found


def latest_slot(schedule: Schedule, now: datetime) -> datetime | None:
    """The slot that an interval had last; None of a cron expression: its times mean something."""
    if schedule.every is None:
        return None
    return _EPOCH + (now - _EPOCH) // schedule.every * schedule.every


def next_slot(schedule: Schedule, after: datetime) -> datetime | None:
    """The first slot later than `after`, in UTC."""
    return next(_slots(schedule, after), None)


def next_begin(schedule: Schedule, after: datetime) -> datetime | None:
    """When the next run is to begin, later than `after`: the slot with its jitter."""
    begins = (begins_at(schedule, slot) for slot in _slots(schedule, after - schedule.jitter))
    return next((at for at in begins if at > after), None)


def begins_at(schedule: Schedule, slot: datetime) -> datetime:
    """When the run of a slot is to begin."""
    if not schedule.jitter:
        return slot
    digest = hashlib.sha256(f"{schedule.name} {slot.isoformat()}".encode()).digest()
    return slot + schedule.jitter * (int.from_bytes(digest[:4], "big") / 2**32)


def duration(length: timedelta) -> str:
    """A length of time in the units that schedules are written in: ``10m``, ``1h30m``, ``2d``."""
    rest, words = int(length.total_seconds()), ""
    for unit, seconds in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        words += f"{count}{unit}" if count else ""
    return words or "0s"


def _slots(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    after = after.astimezone(UTC)
    if schedule.every is not None:
        slot = _EPOCH + ((after - _EPOCH) // schedule.every + 1) * schedule.every
        while True:
            yield slot
            slot += schedule.every
    # In the hour that a clock has twice, an expression for a certain time of the day stands for its first
    # pass: begun in the second, CronSim would name that once more.
    last = after
    for local in CronSim(schedule.cron, after.astimezone(ZoneInfo(schedule.zone))):
        slot = local.astimezone(UTC)
        if slot > last:
            yield slot
            last = slot
