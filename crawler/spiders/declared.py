"""The spider of all sources that a file declares: from lists and feeds to articles."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from scrapy.http import Response

from archive.documents import SourcedDocument
from archive.store.values import Answer, Observation, Page, PageKind
from crawler.captures import answers_of
from crawler.decisions import Overflow, Why
from crawler.frontier import Wanted
from crawler.normalizer.dates import date_in
from crawler.normalizer.declared import ListPage, read_declared, read_declared_feed, read_declared_list
from crawler.normalizer.page_text import PageText
from crawler.normalizer.rejected import Rejected
from crawler.sources.declaration import Declaration
from crawler.spiders.incremental import Output
from crawler.spiders.whole_page import WholePageSpider

logger = logging.getLogger(__name__)


class DeclaredSpider(WholePageSpider):
    """Reads lists page by page down to what was known before the crawl, and all that is new on them.

    A page that follows is written down with the page that named it, and struck out when it has been read: a
    list that was left half read, by whatever end of a run, is read on by the next one, down to what was known
    before the run that began it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known_since = self.frontier.unfinished_since()
        roots = [self.frontier.page(*root) for root in self.site.roots]
        self._last_look = max((root.checked_at for root in roots if root.checked_at), default=None)
        self._depths: dict[str, int] = {}
        """How many pages of its list were read before a page."""

    @property
    def rules(self) -> Declaration:
        """What the source's file says."""
        if self.site.declaration is None:
            raise AssertionError(f"{self.site.name} is no declared source")
        return self.site.declaration

    def lists_asked_for(self) -> Iterable[Page]:
        """The lists that the plan names, by the path of their first page."""
        for name in self.plan.categories:
            yield self.frontier.page(self.rules.list_named(name), PageKind.LIST)

    def page_at(self, address: str) -> Page:
        """The page of an article, or of a list or feed of the source."""
        roots, place = dict(self.site.roots), self.rules.article_at(address)
        if address in roots:
            return self.frontier.page(address, roots[address])
        return self.frontier.page(place[0] if place else address, PageKind.POST)

    def read_list(self, response: Response, wanted: Wanted) -> Output:
        """A page of a list, or a feed."""
        answers, is_feed = answers_of(response.request), wanted.page.kind is PageKind.FEED
        try:
            read = read_declared_feed if is_feed else read_declared_list
            page = read(self.rules, response.body, response.url)
        except Rejected as rejected:
            yield self.rejection(wanted.page, "list", rejected, answers)
            return
        self.counters.add("lists")
        logger.info("list: %d articles", len(page.posts), extra={"url": response.url})
        seen = [self.frontier.was_seen(post.address, self._known_since) for post in page.posts]
        found = self.wanted_of(page.posts)
        if is_feed and seen and not any(seen):
            self._tell_of_gap("none of what the feed shows was known")
        following = self._following(wanted.page, page, all_seen=all(seen))
        yield self._read(wanted, answers, found, following)
        for one in (*found, *following):
            yield from self.ask(one)

    def document_of(self, page: PageText, address: str) -> SourcedDocument:
        """What the source's rules find on the page."""
        return read_declared(self.site.name, self.rules, page, address)

    def _following(self, page: Page, read: ListPage, *, all_seen: bool) -> list[Wanted]:
        """The page that follows, where there may be more on it that is new."""
        if read.next is None or self.frontier.is_taken(read.next):
            return []
        if (all_seen and not self.plan.full) or self._is_before_window(read):
            return []
        self._depths[read.next] = self._depths.get(page.address, 0) + 1
        if self._depths[read.next] >= self.site.most_pages:
            if not self.plan.full:
                self._tell_of_gap(f"{self.site.most_pages} pages of a list all had something new")
            return []
        following = replace(
            self.frontier.wanted_list(read.next, Why.NO_OVERLAP, self.now()), wanted_since=self._known_since
        )
        return [Wanted(following, Why.NO_OVERLAP)]

    def _read(
        self, wanted: Wanted, answers: tuple[Answer, ...], found: list[Wanted], following: list[Wanted]
    ) -> Observation:
        """What a list has told, in one piece: what is new, how far it was read, and where to go on."""
        observation = self.observed_list(wanted, answers, found)
        pages = (*observation.pages, *(one.page for one in following))
        if wanted.page.address in dict(self.site.roots):
            return replace(observation, pages=pages)
        # Its address is a place in a list, where others will stand tomorrow: no page to look at again.
        pages = tuple(page for page in pages if page.address != wanted.page.address)
        forgotten = ((self.site.name, wanted.page.address),)
        return replace(observation, pages=pages, forgotten=forgotten)

    def _is_before_window(self, read: ListPage) -> bool:
        """Whether all articles of the page have a day, and one that is before the window."""
        days = [date_in(day) for day in read.days]
        oldest = self.now() - self.site.window.length
        return all(day is not None and day < oldest for day in days)

    def _tell_of_gap(self, why: str) -> None:
        """Say that articles may have come and gone unseen, unless this was the first look of all."""
        if self._last_look is not None and not self.plan.is_part:
            self.tell_overflow(Overflow(self._last_look, self.now(), why))
