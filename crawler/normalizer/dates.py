"""Days and times as pages write them."""

import re
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


def date_in(text: str) -> datetime | None:
    """The first day that a text names, aware, with its time if it has one; None where it names none.

    China's time where no zone is named; midnight where no time is.
    """
    text = text[:_LONGEST].replace("\u3000", " ").replace("\xa0", " ")
    for found in _DATE.finditer(text):
        if moment := _moment(found):
            return moment
    return _as_in_mail(text)


def _moment(found: re.Match[str]) -> datetime | None:
    names = ("year", "month", "day", "hour", "minute", "second")
    year, month, day, hour, minute, second = (int(found[name] or 0) for name in names)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(found["zone"]))
    except ValueError:
        return None
    return moment if _FIRST_YEAR <= year <= _LAST_YEAR else None


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
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
