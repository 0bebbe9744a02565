"""The spider of all sources that a file declares: from lists and feeds to articles."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from scrapy.http import Response

from archive.documents import SourcedDocument
from archive.store.values import Answer, Observation, Page, PageKind
from crawler.captures import answers_of
from crawler.decisions import Overflow, Why
from crawler.frontier import Wanted
from crawler.normalizer.dates import date_in
from crawler.normalizer.declared import ListPage, read_declared, read_declared_feed, read_declared_list
from crawler.normalizer.listed import Listed
from crawler.normalizer.page_text import PageText
from crawler.normalizer.rejected import Reason, Rejected
from crawler.sources.declaration import Declaration
from crawler.spiders.incremental import Output, new_pages
from crawler.spiders.whole_page import WholePageSpider

logger = logging.getLogger(__name__)
_FORBIDDEN = "robots"


@dataclass(frozen=True, slots=True)
class _Reading:
    """A list that is being read, page by page."""

    first: Page
    """Its first page, as it stood before this crawl."""
    answer: Answer
    """What the first page answered."""
    depth: int = 1
    """How many pages of it have been asked."""


class DeclaredSpider(WholePageSpider):
    """Reads lists page by page, down to what was known when they were last read, and all that is new on them.

    A list counts as read when its last page that matters has been read. Until then its first page stands as
    it stood, but without validators: so a run that ends in between, in whatever way, is followed by one that
    reads the list from its beginning, down to the same point.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._readings: dict[str, _Reading] = {}
        """By the address of the page that follows, the lists that are being read."""
        self._places = {one.source_id: address for address, one in self.frontier.known.items()}
        """By their source_id, the addresses of articles."""

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
        reading = self._readings.get(wanted.page.address) or _Reading(wanted.page, answers[-1])
        try:
            read = read_declared_feed if is_feed else read_declared_list
            page = read(self.rules, response.body, response.url)
        except Rejected as rejected:
            if reading.depth > 1 and rejected.reason is Reason.NO_POSTS:  # as behind the end of a list
                yield self._ended(reading, answers)
            else:
                yield self.rejection(wanted.page, "list", rejected, answers)
            return
        self.counters.add("lists")
        logger.info("list: %d articles", len(page.posts), extra={"url": response.url})
        posts = self._without_twins(page.posts)
        seen = [self._was_seen(post, reading) for post in posts]
        found = self.wanted_of(posts)
        if is_feed and seen and not any(seen) and reading.first.checked_at:
            self._tell_of_gap(reading, "none of what the feed shows was known")
        following = self._following(page, reading, all_seen=all(seen))
        stands = self._half_read(reading) if following else self._read_to_its_end(reading)
        yield self.observed(answers, pages=(*new_pages(found), stands))
        for one in (*found, *following):
            yield from self.ask(one)

    def absent_list(self, wanted: Wanted, answers: tuple[Answer, ...], reason: str) -> Observation:
        """A page of a list that is not there."""
        reading = self._readings.get(wanted.page.address)
        if reading is None:
            return super().absent_list(wanted, answers, reason)
        self.count_failure(wanted.page.address, reason, "there is no such page of the list")
        return self._ended(reading, answers)

    def page_failed(
        self, page: Page, answers: tuple[Answer, ...], reason: str, detail: str, wait: float = 0
    ) -> Output:
        """A page that did not answer; where it is of a list, that is left half read, but not for ever."""
        reading = self._readings.get(page.address)
        yield from super().page_failed(page, answers, reason, detail, wait)
        if reading is None:
            return
        half_read_since = reading.first.wanted_since
        is_hopeless = (
            reading.first.why == Why.NO_OVERLAP and self.now() - half_read_since > self.site.window.length
        )
        if reason == _FORBIDDEN or is_hopeless:
            self._tell_of_gap(reading, f"{page.address} cannot be read ({reason})")
            yield self.observed((), pages=(self._read_to_its_end(reading),))

    def after_failure(self, page: Page, wait: float = 0) -> dict[str, Any]:
        """Of pages that follow, nothing is written: their list is read from its beginning."""
        return {} if page.address in self._readings else super().after_failure(page, wait)

    def document_of(self, page: PageText, address: str) -> SourcedDocument:
        """What the source's rules find on the page. A date that was known is not given up for none."""
        found = read_declared(self.site.name, self.rules, page, address)
        if found.document.published or not self.rules.article.published:
            return found
        logger.warning("no date: article.published finds none", extra={"url": address})
        if self.counters.add_once("undated"):
            self.context.remarks.append(
                f"article.published finds no date, as at {address}: does it still fit?"
            )
        known = self.frontier.known.get(address)
        published = known.published if known else None
        return replace(found, document=replace(found.document, published=published))

    def _was_seen(self, post: Listed, reading: _Reading) -> bool:
        """Whether a post was known when its list was last read; or was, and is gone but for the list."""
        last = reading.first.checked_at
        known = last is not None and self.frontier.was_known(post.address, last)
        return known or self.context.is_gone(self.site.source_id_in(post.address) or "")

    def _without_twins(self, posts: Iterable[Listed]) -> list[Listed]:
        """The posts, of two addresses with one source_id the first: else each would overwrite the other."""
        alone = []
        for post in posts:
            first = self._places.setdefault(self.site.source_id_in(post.address) or "", post.address)
            if first == post.address:
                alone.append(post)
            elif self.counters.add_once("twins"):
                one_id = f"{first} and {post.address} have one id: the first alone is read"
                self.context.remarks.append(f"{one_id}; is article.address right?")
        return alone

    def _following(self, read: ListPage, reading: _Reading, *, all_seen: bool) -> list[Wanted]:
        """The page that follows, where there may be more on it that is new."""
        if read.next is None or self.frontier.is_taken(read.next):
            return []
        if (all_seen and not self.plan.full) or self._is_before_window(read):
            return []
        if reading.depth >= self.site.most_pages:
            why = f"{reading.depth} pages of {reading.first.address} had something new, and no more are read"
            self._tell_of_gap(reading, why)
            return []
        self._readings[read.next] = replace(reading, depth=reading.depth + 1)
        return [Wanted(self.frontier.page(read.next, PageKind.LIST), Why.NO_OVERLAP)]

    def _ended(self, reading: _Reading, answers: tuple[Answer, ...]) -> Observation:
        """A list that leads to nothing: that is its end the second time; once, it may be a fault."""
        is_end = reading.first.why == Why.NO_OVERLAP
        return self.observed(answers, pages=(self._read_to_its_end(reading),) if is_end else ())

    def _half_read(self, reading: _Reading) -> Page:
        """The first page of a list for as long as more of it is to be read."""
        first = reading.first
        again = first.why == Why.NO_OVERLAP
        return replace(
            first,
            why=Why.NO_OVERLAP,
            wanted_since=first.wanted_since if again else self.now(),
            etag="",
            last_modified="",
            next_check=None,
        )

    def _read_to_its_end(self, reading: _Reading) -> Page:
        return self.frontier.read_list(reading.first, self.now(), reading.answer, every_time=True)

    def _is_before_window(self, read: ListPage) -> bool:
        """Whether all articles of the page have a day, and one that is before the window."""
        days = [date_in(day) for day in read.days]
        oldest = self.now() - self.site.window.length
        return all(day is not None and day < oldest for day in days)

    def _tell_of_gap(self, reading: _Reading, why: str) -> None:
        """Say that articles may have come and gone unseen; of a first look merely how far it went."""
        last_look = reading.first.checked_at
        if last_look is None or self.plan.full:
            self.context.remarks.append(why)
        elif not self.plan.is_part:
            self.tell_overflow(Overflow(last_look, self.now(), why))
