"""Days and times as pages write them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from archive.documents import SHANGHAI

_FIRST_YEAR, _LAST_YEAR = 1980, 2100
"""What is named before or after these is no day on which a page of the web was published."""
_LONGEST = 500
"""Characters that are looked through."""
_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})(?!\d)\s?日?"
    r"(?:[\sT]{0,4}(?P<before>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|深夜|[AP]M)?\s?"
    r"(?P<hour>\d{1,2})\s?[:：时]\s?(?P<minute>\d\d|\d(?=\s?分))(?:\s?[:：分]\s?(?P<second>\d\d))?"
    r"(?:\.\d{1,9})?\s?[分秒]?\s?(?P<behind>[AP]\.?M\b\.?)?"
    r"(?:\s?\(?(?P<zone>Z\b|(?:UTC|GMT)(?![a-z])(?:[+-]\d{1,2}(?::?\d\d)?(?!\d))?"
    r"|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?(?!\d))\)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_AFTERNOON = frozenset(("下午", "傍晚", "晚上", "晚间", "深夜", "pm"))
_NOON, _DAY = 12, 24


@dataclass(frozen=True, slots=True)
class Dated:
    """A day, aware, with its time if there is one, and the part of a text that names it."""

    moment: datetime
    start: int
    end: int


def dated(text: str) -> Dated | None:
    """The first day that a line names; None where it names none.

    In China's time, which it is taken for where it names no zone; midnight where it names no time.
    """
    for found in _DATE.finditer(text, 0, _LONGEST):
        if moment := _moment(found):
            return Dated(moment, *found.span())
    return None


def date_in(text: str) -> datetime | None:
    """The first day that a text names, also as mail and RSS write it; None where it names none."""
    found = dated(text)
    return found.moment if found else _as_in_mail(text[:_LONGEST])


def _moment(found: re.Match[str]) -> datetime | None:
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    try:
        whole = datetime(year, month, day, tzinfo=SHANGHAI)
    except ValueError:
        return None
    return _with_time(whole, found) if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _with_time(day: datetime, found: re.Match[str]) -> datetime:
    """The day with the time behind it; without one where it is none of the clock's."""
    minute, second = (int(found[name] or 0) for name in ("minute", "second"))
    try:
        moment = day.replace(hour=_hour(found), minute=minute, second=second, tzinfo=_zone(found["zone"]))
    except ValueError:
        return day
    return moment.astimezone(SHANGHAI)


def _hour(found: re.Match[str]) -> int:
    """The hour of 24; 24:00 becomes the beginning of its day, not of the next: the day is what pages mean."""
    hour = int(found["hour"] or 0)
    half = (found["before"] or found["behind"] or "").lower().replace(".", "")
    if half in _AFTERNOON or (half == "中午" and hour < _NOON - 2):
        hour += _NOON if hour < _NOON else 0
    elif half in {"凌晨", "am"} and hour == _NOON:
        hour = 0
    return 0 if hour == _DAY else hour


def _zone(text: str | None) -> timezone:
    """The zone that a name, or how far it is away, stands for; China's where there is neither."""
    if not text:
        return SHANGHAI
    away = text.lstrip("ZUTCGMzutcgm").replace(":", "")
    hours, minutes = (away[1:-2], away[-2:]) if len(away) > 3 else (away[1:], "")
    distance = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return timezone(-distance if away.startswith("-") else distance)


def _as_in_mail(text: str) -> datetime | None:
    """A time as mail and RSS write it (RFC 5322)."""
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
