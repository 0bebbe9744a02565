"""Schedules as they are configured."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from archive.errors import UsageError
from scheduler.schedules import Schedule, check

if TYPE_CHECKING:
    from crawler.sources.registry import Sources

_LENGTH = re.compile(
    r"(?:(?P<d>[0-9]{1,6})d)?(?:(?P<h>[0-9]{1,6})h)?(?:(?P<m>[0-9]{1,6})m)?(?:(?P<s>[0-9]{1,8})s)?"
)
_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_LONGEST = timedelta(days=366)


class ScheduleSettings(BaseModel):
    """One schedule; its source is its name where none is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = ""
    every: str = ""
    cron: str = ""
    timezone: str = "Asia/Shanghai"
    jitter: str = ""
    full: bool = False

    @field_validator("every", "jitter")
    @classmethod
    def _check_length(cls, text: str) -> str:
        if text:
            length_of(text)
        return text

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r:.60} is no time zone, such as Asia/Shanghai or UTC") from None
        return name

    @model_validator(mode="after")
    def _check_when(self) -> "ScheduleSettings":
        if bool(self.every) == bool(self.cron):
            raise ValueError("it needs either every or cron")
        return self


def length_of(text: str) -> timedelta:
    """A length of time as it is written: ``30s``, ``10m``, ``1h30m``, ``2d``. Raises `ValueError`."""
    found = _LENGTH.fullmatch(text.strip())
    length = timedelta(0)
    if found:
        length = timedelta(seconds=sum(int(found[unit] or 0) * size for unit, size in _UNITS.items()))
    if not timedelta(0) < length <= _LONGEST:
        raise ValueError(f"{text!r:.40} is no length of time, such as 30s, 10m, 1h30m or 2d")
    return length


def schedules_of(configured: Mapping[str, ScheduleSettings], sources: "Sources") -> list[Schedule]:
    """The schedules in force: those configured; without any, each source as often as it says it is worth.

    Raises `UsageError` for a source that there is not, and a cron expression that is none or never comes.
    """
    if not configured:
        return [
            Schedule(source.name, source.name, every=timedelta(minutes=source.every_minutes))
            for source in sources
        ]
    found = [_schedule(name, one) for name, one in configured.items()]
    for schedule in found:
        check(schedule, datetime.now(UTC))
        try:
            sources.check_name(schedule.source)
        except UsageError as error:
            raise UsageError(f"schedule {schedule.name}: {error}") from None
    return found


def _schedule(name: str, options: ScheduleSettings) -> Schedule:
    return Schedule(
        name=name,
        source=options.source or name,
        every=length_of(options.every) if options.every else None,
        cron=options.cron,
        zone=options.timezone,
        jitter=length_of(options.jitter) if options.jitter else timedelta(0),
        full=options.full,
    )
