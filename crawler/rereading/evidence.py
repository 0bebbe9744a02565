"""What is kept of one document, or of a page that became none: gathered from the store, some at a time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from archive.archive import Archive
from archive.errors import StoreError
from archive.store.rereading import Kept, PageRejected, Rereading, Retrieved
from archive.store.selection import EVERYTHING, Selection
from archive.store.values import Truncated
from archive.warc import read_record
from crawler.normalizer.finews.addresses import code_in_address, share_api_address
from crawler.normalizer.finews.combine import FINEWS

STAGES = frozenset({"post", "article"})
"""Where a crawl rejects the page of an article, rather than a list."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_FOLLOWED = 12
"""Captures that a redirect is followed over: five redirects, and what was tried again between them."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one run retrieved of an article, at the most one of each. In the order of storing."""

    page: Retrieved | None
    share: Retrieved | None
    was_rejected: bool
    """Whether the run could make no document of it."""

    @property
    def order(self) -> int:
        """The number of its first capture: sights follow each other in this order."""
        return min(one.id for one in (self.page, self.share) if one)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is kept of one article."""

    source: str
    address: str
    """Of its page; empty for a document that no crawl has seen."""
    kept: Kept | None
    """The document; None for a page that became none."""
    sights: Sequence[Sight] = ()
    reason: str = ""
    """Why the page was rejected, the last time that it was."""


@dataclass(slots=True)
class _Run:
    """What one run retrieved at the addresses of an article, in the order of storing."""

    pages: list[Retrieved] = field(default_factory=list)
    shares: list[Retrieved] = field(default_factory=list)
    rejected: PageRejected | None = None


class Gathering:
    """Reads what is kept of the articles of one source, in batches of `size`."""

    def __init__(self, archive: Archive, source: str, size: int = 100) -> None:
        self._door: Rereading = archive.store.rereading
        self._warc: Path = archive.warc
        self._source, self._size = source, size

    def documents(self, selection: Selection = EVERYTHING) -> Iterator[list[Evidence]]:
        """The evidence of each selected document, in the order in which they came in."""
        after = 0
        while kept := self._door.documents(self._source, selection, after, self._size):
            after = kept[-1].id
            codes = {
                one.standing.found.address: one.standing.found.source_id
                for one in kept
                if one.standing.found.address
            }
            sights, rejections = self._sights(codes)
            yield [
                Evidence(self._source, address, one, sights.get(address, ()), _reason(rejections, address))
                for one in kept
                for address in [one.standing.found.address]
            ]

    def rejected(self) -> Iterator[list[Evidence]]:
        """The evidence of each page that was rejected and is no document's, in order of the addresses."""
        after = ""
        while pages := self._door.rejected_pages(self._source, STAGES, after, self._size):
            after = pages[-1]
            known = self._door.known_at(self._source, pages)
            codes = {address: code_in_address(address) or "" for address in pages if address not in known}
            sights, rejections = self._sights(codes)
            yield [
                Evidence(self._source, address, None, sights.get(address, ()), _reason(rejections, address))
                for address in codes
            ]

    def _sights(
        self, codes: Mapping[str, str]
    ) -> tuple[Mapping[str, Sequence[Sight]], Mapping[str, list[PageRejected]]]:
        """By address its sights, and how it was rejected; `codes` are the articles' there, if they tell."""
        share_address = {
            address: share_api_address(code)
            for address, code in codes.items()
            if code and self._source == FINEWS
        }
        retrieved = self._door.retrieved(self._source, [*codes, *share_address.values()])
        rejections = self._door.rejections(self._source, codes)
        last_answers = self._door.numbered(
            self._source,
            (one.capture_id for some in rejections.values() for one in some if one.capture_id is not None),
        )
        found = {}
        for address in codes:
            runs: dict[int | None, _Run] = defaultdict(_Run)
            for one in retrieved.get(address, ()):
                runs[one.capture.run_id].pages.append(one)
            for one in retrieved.get(share_address.get(address, ""), ()):
                runs[one.capture.run_id].shares.append(one)
            for rejected in rejections.get(address, ()):
                runs[rejected.run_id].rejected = rejected
            sights = (self._sight(run, last_answers) for run in runs.values())
            found[address] = sorted(filter(None, sights), key=lambda sight: sight.order)
        return found, rejections

    def _sight(self, run: _Run, last_answers: Mapping[int, Retrieved]) -> Sight | None:
        page = self._answer(run.pages)
        share = self._answer(run.shares)
        if page is None and run.rejected and run.rejected.stage == "post":
            # The last answer to a page that is rejected is numbered apart from those that led to it.
            last = last_answers.get(run.rejected.capture_id or 0)
            page = last if last and _is_whole(last) else None
        if page and share and share.id < page.id and not run.rejected:
            share = None  # of an earlier page of this article: not what was asked for this one
        return Sight(page, share, run.rejected is not None) if page or share else None

    def _answer(self, retrieved: Sequence[Retrieved]) -> Retrieved | None:
        """What was answered in the end, if that was whole and 200."""
        if not retrieved:
            return None
        last = retrieved[-1]
        if last.capture.status in _REDIRECTS:
            return self._led_to(last)
        return last if _is_whole(last) else None

    def _led_to(self, redirect: Retrieved) -> Retrieved | None:
        """What a redirect led to: the answers to a page are stored one after the other.

        Itself, where its record cannot be read: whoever then reads its page is told.
        """
        one, leads_to = redirect, self._location(redirect)
        for _ in range(_MOST_FOLLOWED):
            if leads_to is None:
                return one
            following = self._door.following(self._source, one)
            if following is None or not _is_at(following.capture.address, leads_to):
                return None
            one = following
            if one.capture.status in _REDIRECTS:
                leads_to = self._location(one)
            elif _is_whole(one):
                return one
        return None

    def _location(self, redirect: Retrieved) -> str | None:
        """Where it leads to; None where its record cannot be read."""
        try:
            headers = read_record(self._warc, redirect.capture).http_headers
        except StoreError:
            return None
        return next((value for name, value in headers if name.lower() == "location"), "")


def _is_whole(one: Retrieved) -> bool:
    return one.capture.status == 200 and one.capture.truncated is Truncated.NOT


def _is_at(address: str, location: str) -> bool:
    """Whether an address may be the one that a redirect names, which may be relative, or under a mirror."""
    try:
        there, named = urlsplit(address), urlsplit(location)
    except ValueError:
        return False
    is_path = unquote(named.path or "/").endswith(unquote(there.path or "/"))
    return is_path and unquote(there.query) == unquote(named.query)


def _reason(rejections: Mapping[str, Sequence[PageRejected]], address: str) -> str:
    found = rejections.get(address)
    return found[-1].reason if found else ""
