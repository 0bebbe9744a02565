"""The frontier of one crawl: which pages to ask, and how each stands once it was asked.

It plans and keeps account; it neither fetches nor stores. Whatever is still to be done when a run ends, in
whatever way, is in the pages that its observations had stored.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from archive.store.values import Answer, Known, Page, PageKind
from crawler.decisions import (
    FINEWS_WINDOW,
    Decision,
    Why,
    Window,
    after_failure,
    cut_groups,
    decide_listed,
    next_list_check,
    next_post_check,
    root_after_failure,
)
from crawler.normalizer import Listed
from crawler.normalizer.finews.addresses import code_in_address


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page that is to be asked now, and why."""

    page: Page
    why: Why


class Frontier:
    """What a source is known to have, and what of it is to be asked. Times are aware.

    `code_in` says which document is at an address (its source_id), where the address tells.
    """

    def __init__(
        self,
        source: str,
        known: Mapping[str, Known],
        pages: Iterable[Page],
        now: datetime,
        window: Window = FINEWS_WINDOW,
        code_in: Callable[[str], str | None] = code_in_address,
    ) -> None:
        self._source, self._now, self._window, self._code_in = source, now, window, code_in
        self.known = known
        """Documents by canonical address, as they stood when the crawl began."""
        self._pages = {page.address: page for page in pages if page.kind is not PageKind.ROBOTS}
        self._by_code = {document.source_id: document for document in known.values()}
        self._taken: set[str] = set()

    def urgent(self) -> list[Wanted]:
        """What earlier runs left to be done: posts never read, pages that failed, categories with gaps."""
        due = self._due(lambda page: page.why != Why.DUE)
        return [
            Wanted(page, Why.UNFINISHED if page.why in (Why.NOT_KNOWN, Why.NO_OVERLAP) else Why(page.why))
            for page in due
        ]

    def rechecks(self) -> list[Wanted]:
        """What is looked at again because its time has come, the longest overdue first."""
        return [Wanted(page, Why.DUE) for page in self._due(lambda page: page.why == Why.DUE)]

    def everything(self) -> list[Wanted]:
        """All lists and all known documents."""
        lists = [page for page in self._pages.values() if page.kind is PageKind.LIST]
        posts = [self.page(address, PageKind.POST) for address in self.known]
        return [Wanted(page, Why.FULL) for page in (*lists, *posts)]

    def take(self, address: str) -> None:
        """Note that an address is being asked."""
        self._taken.add(address)

    def is_taken(self, address: str) -> bool:
        """Whether an address was asked before in this crawl."""
        return address in self._taken

    def page(self, address: str, kind: PageKind) -> Page:
        """The page as it stands; a new one where nothing was written of it, or nothing is to be done."""
        if page := self._pages.get(address):
            return page
        page = Page(self._source, address, kind, Why.NOT_KNOWN, self._now, next_check=None)
        # Of posts that were read and are not due, nothing was looked up: but they were read.
        known = self.known.get(address)
        return replace(page, checked_at=known.first_seen) if known else page

    def decide(self, listed: Listed, *, full: bool) -> Decision:
        """Whether to fetch a post that a list names."""
        known = self.known.get(listed.address) or self._by_code.get(self._code_in(listed.address) or "")
        page = self._pages.get(listed.address)
        return decide_listed(listed, known, page, self._now, full=full)

    def opening_categories(self, posts: Sequence[Listed]) -> frozenset[str]:
        """Those of the home page's posts whose categories' own pages are to be read."""
        return cut_groups(posts, self.known.keys() | self._pages.keys())

    def not_listed_yet(self, posts: Iterable[Listed], listed: Iterable[str]) -> list[Listed]:
        """Those of the feed's posts that are neither known, nor waiting, nor `listed`, be it elsewhere."""
        addresses = chain(listed, self._taken, self._pages)
        codes = self._by_code.keys() | {self._code_in(address) for address in addresses}
        return [post for post in posts if self._code_in(post.address) not in codes]

    def superseded(self) -> list[Page]:
        """Posts never read whose code is known from elsewhere: their addresses lead nowhere."""
        return [
            page
            for page in self._pages.values()
            if page.kind is PageKind.POST
            and page.checked_at is None
            and page.address not in self.known
            and page.why != Why.TITLE_CHANGED
            and self._code_in(page.address) in self._by_code
        ]

    def was_known(self, address: str, at: datetime) -> bool:
        """Whether a post was known at that time, be it only that a list had named it."""
        page, known = self._pages.get(address), self.known.get(address)
        known = known or self._by_code.get(self._code_in(address) or "")
        since = [*([known.first_seen] if known else []), *([page.wanted_since] if page else [])]
        return bool(since) and min(since) <= at

    def wanted_post(self, address: str, why: Why, now: datetime, *, opens_category: bool) -> Page:
        """The page of a post that is to be fetched, to be stored with the list that named it."""
        page = self.page(address, PageKind.POST)
        opens_category = opens_category or page.opens_category
        return replace(page, why=why, next_check=now, checked_at=None, opens_category=opens_category)

    def wanted_list(self, address: str, why: Why, now: datetime) -> Page:
        """A list that is to be read now."""
        return replace(self.page(address, PageKind.LIST), why=why, next_check=now)

    def read_post(self, address: str, published: datetime | None, now: datetime, answer: Answer) -> Page:
        """A post's page that has just become a document."""
        due = next_post_check(self._first_seen(address, now), published, now, self._window)
        return _read(self.page(address, PageKind.POST), now, due, answer)

    def unchanged_post(self, page: Page, now: datetime) -> Page:
        """A post's page that has just answered that it has not changed."""
        known = self.known.get(page.address)
        published = known.published if known else None
        due = next_post_check(self._first_seen(page.address, now), published, now, self._window)
        return _read(page, now, due, None)

    def read_list(self, page: Page, now: datetime, answer: Answer | None, *, every_time: bool) -> Page:
        """A list that has just been read; without an answer: that has not changed.

        One that is asked `every_time` is never due by itself.
        """
        return _read(page, now, None if every_time else next_list_check(page.address, now), answer)

    def failed(
        self, page: Page, now: datetime, retry_after: float, *, every_time: bool = False
    ) -> Page | None:
        """A page that failed, or could not be read; None where it is given up."""
        if every_time:
            return root_after_failure(page, now, retry_after)
        return after_failure(page, now, retry_after, self._window)

    def waiting(self) -> int:
        """How many posts failed and were never read, and are not due yet."""
        return sum(
            page.kind is PageKind.POST
            and page.checked_at is None
            and page.next_check is not None
            and page.next_check > self._now
            for page in self._pages.values()
        )

    def sweep_of(self, address: str, now: datetime) -> Page | None:
        """The page of a category that nothing has been written of: to be looked at in a day. Else None."""
        if address in self._pages or address in self._taken:
            return None
        page = Page(self._source, address, PageKind.LIST, Why.DUE, now, next_list_check(address, now))
        self._pages[address] = page
        return page

    def _due(self, which: Callable[[Page], bool]) -> list[Page]:
        return [
            page
            for page in self._pages.values()
            if page.next_check is not None and page.next_check <= self._now and which(page)
        ]

    def _first_seen(self, address: str, now: datetime) -> datetime:
        known = self.known.get(address)
        return known.first_seen if known else now


def _read(page: Page, now: datetime, due: datetime | None, answer: Answer | None) -> Page:
    etag = answer.header("ETag") if answer else page.etag
    last_modified = answer.header("Last-Modified") if answer else page.last_modified
    return replace(
        page,
        why=Why.DUE,
        next_check=due,
        checked_at=now,
        etag=etag,
        last_modified=last_modified,
        attempts=0,
        opens_category=False,
    )
