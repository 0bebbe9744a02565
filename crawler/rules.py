"""What was learned of a host's robots.txt in earlier crawls: asked again only when it may have changed."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from archive.archive import Archive
from archive.errors import StoreError
from archive.store.values import Answer, Page, PageKind, RecordType
from archive.warc import read_record

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(?P<seconds>\d{1,9})", re.IGNORECASE)
_LONGEST = timedelta(days=1)
"""RFC 9309, section 2.4: rules are not to be used for longer without asking."""
MOST_READ = 500 * 1024
"""Bytes. RFC 9309, section 2.5: as much must be read; what comes after it need not."""
ABSENT = "absent"
"""Why such a page is kept: there is none, so all may be asked."""
PRESENT = "present"


class RobotsArchive:
    """Earlier answers for robots.txt of a source's hosts."""

    def __init__(self, source: str, archive: Archive) -> None:
        self._source, self._store, self._folder = source, archive.store, archive.warc

    def page(self, address: str) -> Page | None:
        """What is known of the address; None where it has never answered."""
        page = self._store.page(self._source, address)
        return page if page and page.checked_at else None

    def body(self, address: str) -> bytes | None:
        """The rules as they were last sent; None where they cannot be read any more."""
        capture = self._store.payloads([address]).get(address)
        if capture and capture.record is RecordType.REVISIT:
            capture = self._store.originals([capture.payload_digest]).get(capture.payload_digest)
        if capture is None:
            return None
        with suppress(StoreError, OSError):  # a damaged record is for verification to tell: here we ask again
            record = read_record(self._folder, capture)
            is_plain = not any(name.lower() == "content-encoding" for name, _ in record.http_headers)
            return record.payload if is_plain else None
        return None

    def answered(self, address: str, answer: Answer, earlier: Page | None, now: datetime) -> Page:
        """The page to keep, after this answer."""
        page = earlier or Page(self._source, address, PageKind.ROBOTS, PRESENT, now, next_check=None)
        not_modified = answer.status == 304
        absent = page.why == ABSENT if not_modified else answer.status >= 400
        return replace(
            page,
            why=ABSENT if absent else PRESENT,
            checked_at=now,
            next_check=fresh_until(answer, now),
            etag=page.etag if not_modified else answer.header("ETag"),
            last_modified=page.last_modified if not_modified else answer.header("Last-Modified"),
        )


def fresh_until(answer: Answer, now: datetime) -> datetime:
    """Until when the server allows its answer to be used without asking (RFC 9111, ``max-age``)."""
    control = answer.header("Cache-Control")
    found = _MAX_AGE.search(control)
    if not found or re.search(r"\bno-(?:cache|store)\b", control, re.IGNORECASE):
        return now
    return now + min(timedelta(seconds=int(found["seconds"])), _LONGEST)


def is_fresh(page: Page, now: datetime) -> bool:
    """Whether what is known may be used without asking."""
    return page.next_check is not None and now < page.next_check


class Verdict(StrEnum):
    """What is known of whether a host's rules allow an address."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    NO_RULES = "no-rules"
    """It has none: all may be asked."""
    NOT_CAPTURED = "not-captured"
    """They were never read."""
    NOT_READABLE = "not-readable"
    """They were read, and what was kept of them cannot be had any more."""


@dataclass(frozen=True, slots=True)
class RobotsSay:
    """What the rules that were captured last say of an address."""

    address: str
    rules: str
    """Where the rules are."""
    verdict: Verdict
    as_of: datetime | None
    """When the host last answered with them, or that it has not changed them."""


def robots_say(robots: RobotsArchive, address: str, user_agent: str) -> RobotsSay:
    """What the last captured rules of its host say of an address, as a crawl would read them."""
    parts = urlsplit(address)
    rules = f"{parts.scheme}://{parts.hostname}/robots.txt"
    page = robots.page(rules)
    if page is None:
        return RobotsSay(address, rules, Verdict.NOT_CAPTURED, None)
    if page.why == ABSENT:
        return RobotsSay(address, rules, Verdict.NO_RULES, page.checked_at)
    body = robots.body(rules)
    if body is None:
        verdict = Verdict.NOT_READABLE
    else:
        verdict = Verdict.ALLOWED if allows(body, address, user_agent) else Verdict.REFUSED
    return RobotsSay(address, rules, verdict, page.checked_at)


def allows(rules: bytes, address: str, user_agent: str) -> bool:
    """Whether rules allow an address, by the parser that crawls have (Scrapy's default)."""
    from protego import Protego  # noqa: PLC0415 crawls have Scrapy load it

    text = rules[:MOST_READ].decode("utf-8-sig", errors="ignore")
    return bool(Protego.parse(text).can_fetch(address, user_agent))
