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
    r"(?:[\sT]{0,4}(?P<hour>\d{1,2})\s?[:：时]\s?(?P<minute>\d\d)(?:\s?[:：分]\s?(?P<second>\d\d))?"
    r"(?:\.\d{1,9})?\s?(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


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
    names = ("year", "month", "day", "hour", "minute", "second")
    year, month, day, hour, minute, second = (int(found[name] or 0) for name in names)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(found["zone"]))
    except ValueError:
        return None
    return moment.astimezone(SHANGHAI) if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _zone(text: str | None) -> timezone:
    if not text:
        return SHANGHAI
    if text == "Z":
        return timezone(timedelta(0))
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(away if text[0] == "+" else -away)


def _as_in_mail(text: str) -> datetime | None:
    """A time as mail and RSS write it (RFC 5322)."""
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
