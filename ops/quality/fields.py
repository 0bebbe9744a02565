"""Fields that are missing and dates that cannot be: what one document shows by itself."""

import re
from datetime import UTC, datetime, timedelta

from archive.documents import SHANGHAI
from archive.documents.canonical import canonical_title
from archive.store.quality import Examined
from ops.quality.rule import Rule, Weight

SHORT = 20
"""Characters of text, of which the shortest flashes have more."""
ENORMOUS = 100_000
"""Characters of text; the longest reports that outlets print have a third of that."""
AHEAD = timedelta(minutes=10)
"""How far clocks may disagree."""
_OLDEST = datetime(2000, 1, 1, tzinfo=SHANGHAI)
_WORD = re.compile(r"\w")
_IMAGE = re.compile(
    r"(?:https?:)?//\S+|data:image/\S+|\S+\.(?:jpe?g|png|gif|webp|svg|bmp|avif)(?:[?#]\S*)?", re.IGNORECASE
)


def at_shanghai(at: datetime) -> str:
    """A time as the corpus has it, to the second."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def has_time_of_day(published: datetime) -> bool:
    """Whether more than the day is known: midnight stands for that."""
    there = published.astimezone(SHANGHAI)
    return (there.hour, there.minute, there.second) != (0, 0, 0)


def is_images_only(text: str) -> bool:
    """Whether the text is nothing but addresses: those of its images count where a body has no text."""
    first = text.partition("\n")[0]
    return bool(_IMAGE.fullmatch(first)) and all(map(_IMAGE.fullmatch, text.split("\n")))


def _without_title(document: Examined) -> str:
    return "" if _WORD.search(document.title) or canonical_title(document.title) else "no title"


def _without_date(document: Examined) -> str:
    return "" if document.published else "no date"


def _without_outlet(document: Examined) -> str:
    return "" if document.outlet.strip() else "no outlet"


def _without_slug(document: Examined) -> str:
    return "" if document.slug.strip() else "no category"


def _without_link(document: Examined) -> str:
    if document.link and document.link.strip():
        return ""
    return "no link" if document.link is None else "an empty link"


def _without_text(document: Examined) -> str:
    return "" if document.text.strip() else "no text"


def _short(document: Examined) -> str:
    text = document.text
    is_short = 0 < len(text.strip()) < SHORT and not is_images_only(text)
    return f"{len(text)} characters: {' '.join(text.split())}" if is_short else ""


def _images_only(document: Examined) -> str:
    if not document.text or not is_images_only(document.text):
        return ""
    count = document.text.count("\n") + 1
    return f"{count} image{'s' * (count > 1)}: {document.text.partition(chr(10))[0][:80]}"


def _enormous(document: Examined) -> str:
    return f"{len(document.text):,} characters" if len(document.text) > ENORMOUS else ""


def _in_future(document: Examined) -> str:
    published = document.published
    if published is None or published - document.first_seen <= AHEAD:
        return ""
    return f"published {at_shanghai(published)}, seen before, at {at_shanghai(document.first_seen)}"


def _at_midnight(document: Examined) -> str:
    published = document.published
    return "" if published is None or has_time_of_day(published) else "published at 00:00:00"


def _before_2000(document: Examined) -> str:
    is_old = document.published is not None and document.published < _OLDEST
    return f"published {at_shanghai(document.published)}" if document.published and is_old else ""


def _gone(document: Examined) -> str:
    return f"gone since {document.gone_since.astimezone(UTC):%Y-%m-%d}" if document.gone_since else ""


FIELDS = (
    Rule("title-missing", Weight.FAULT, "no title", "Nothing but white space in it.", _without_title),
    Rule(
        "text-missing",
        Weight.FAULT,
        "neither text nor images",
        "A reader would see nothing of the body.",
        _without_text,
    ),
    Rule(
        "text-short",
        Weight.DOUBT,
        f"fewer than {SHORT} characters",
        f"1 to {SHORT - 1} characters that are no addresses of images.",
        _short,
    ),
    Rule(
        "text-enormous",
        Weight.DOUBT,
        f"more than {ENORMOUS:,} characters",
        "More than any article: a page that was not cut where its article ends, or a list.",
        _enormous,
    ),
    Rule(
        "images-only",
        Weight.NOTE,
        "images and no text",
        "Each line of the canonical text is an address, as it is where a body has no text.",
        _images_only,
    ),
    Rule(
        "date-missing",
        Weight.FAULT,
        "no date",
        "No published time is known.",
        _without_date,
        reads_text=False,
    ),
    Rule(
        "date-in-future",
        Weight.FAULT,
        "a date after their first sight",
        f"Published more than {AHEAD.seconds // 60} minutes after the first sight: a zone read wrongly, or a "
        "year mistyped.",
        _in_future,
        reads_text=False,
    ),
    Rule(
        "date-midnight",
        Weight.NOTE,
        "a day and no time of day",
        "Published at 00:00:00 of Shanghai, as it is written where a page tells the day alone.",
        _at_midnight,
        reads_text=False,
    ),
    Rule(
        "date-before-2000",
        Weight.DOUBT,
        "a date before 2000",
        "Older than what news sites still have: such dates come of clocks that were never set.",
        _before_2000,
        reads_text=False,
    ),
    Rule(
        "outlet-missing",
        Weight.DOUBT,
        "no outlet",
        "Nothing says whose article it is.",
        _without_outlet,
        reads_text=False,
    ),
    Rule("slug-missing", Weight.DOUBT, "no category", "Its slug is empty.", _without_slug, reads_text=False),
    Rule(
        "link-missing",
        Weight.DOUBT,
        "no link to where they are from",
        "No line with an address stands behind the body, or an empty one (<>), as the site publishes it.",
        _without_link,
        reads_text=False,
    ),
    Rule(
        "gone",
        Weight.NOTE,
        "a source that took them away",
        "The source answered 404 or 410 for them; they are kept.",
        _gone,
        reads_text=False,
    ),
)
