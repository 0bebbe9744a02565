"""What every spider has in common: asking what the frontier wants, and leaving each page accounted for."""

import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from time import monotonic
from typing import Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.documents import Fidelity
from archive.store.values import Answer, Observation, Page, PageKind, Rejection
from crawler.captures import answers_of
from crawler.context import CrawlContext
from crawler.decisions import Overflow, Why, decide_long_silence
from crawler.failures import is_of_the_site, name_of
from crawler.frontier import Wanted
from crawler.normalizer import Listed, Rejected
from crawler.retries import retry_after

logger = logging.getLogger(__name__)
Output = Iterator[Request | Observation]

_PRIORITIES = {PageKind.LIST: 20, PageKind.FEED: 20, PageKind.POST: 0}
"""Lists first, so that what there is to do is known."""
_RECHECKS_AT_ONCE = 100
_FAILURES_TO_STOP = 50
"""In a row, and of the site rather than of its pages: then it is left alone until the next run."""
_NEW = (Why.NOT_KNOWN, Why.TITLE_CHANGED)
SITE_FAILING = "site-failing"
"""Why such a crawl closes."""


class IncrementalSpider(Spider):
    """Asks what is new, what earlier runs left, and what is due; yields an `Observation` for each page asked.

    A subclass says where every crawl begins and reads pages.
    """

    hosts: ClassVar[frozenset[str]]
    """Where addresses may lead; nothing else is ever fetched."""
    roots: ClassVar[tuple[tuple[str, PageKind], ...]]
    """Addresses that every crawl asks; the first shows what is newest."""

    def __init__(self, context: CrawlContext, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.context, self.plan, self.frontier = context, context.plan, context.frontier
        self.counters, self.now = context.counters, context.now
        self._listed_already: set[str] = set()
        self._posts_left = context.plan.limit
        self._failures = 0
        self._begun = monotonic()
        self._rechecks: Iterator[Wanted] = iter(())

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Made by Scrapy."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.go_on, signals.spider_idle)
        crawler.signals.connect(spider.failed_here, signals.spider_error)
        return spider

    @abstractmethod
    def read_list(self, response: Response, wanted: Wanted) -> Output:
        """Read a list or a feed."""

    @abstractmethod
    def read_post(self, response: Response, wanted: Wanted) -> Output:
        """Read an article's page."""

    @abstractmethod
    def lists_asked_for(self) -> Iterable[Page]:
        """The lists of the categories that the plan names."""

    def leftovers(self) -> Iterable[Wanted]:
        """What could not be decided before everything else was read."""
        return ()

    async def start(self) -> AsyncIterator[Request]:
        """Where every crawl begins, and what earlier runs left; or the categories that were asked for."""
        wanted = [Wanted(page, Why.ASKED_FOR) for page in self.lists_asked_for()]
        if not self.plan.categories:
            pages = (self.frontier.page(*root) for root in self.roots)
            wanted = [Wanted(page, Why.START) for page in pages if self._may_ask_again(page)]
            wanted += self.frontier.urgent()
            again = self.frontier.everything() if self.plan.full else self.frontier.rechecks()
            self._rechecks = iter(again)
        for one in wanted:
            for request in self.ask(one):
                yield request

    def go_on(self) -> None:
        """When nothing is left to do: what was put off; then, while there is time, what is due."""
        requests = [request for one in self.leftovers() for request in self.ask(one)]
        has_time = self.plan.full or monotonic() - self._begun < self.plan.recheck_time
        while not requests and has_time and (some := list(islice(self._rechecks, _RECHECKS_AT_ONCE))):
            requests = [request for one in some for request in self.ask(one)]
        for request in requests:
            self.crawler.engine.crawl(request)

    def ask(self, wanted: Wanted) -> Iterator[Request]:
        """The request for a page, unless it was asked before in this crawl or the limit is reached."""
        page = wanted.page
        if self.frontier.is_taken(page.address) or (page.kind is PageKind.POST and self._posts_left == 0):
            return
        self.frontier.take(page.address)
        if page.kind is PageKind.POST and self._posts_left is not None:
            self._posts_left -= 1
        logger.info("ask: %s", wanted.why, extra={"url": page.address, "reason": wanted.why})
        conditions = self._conditions(wanted)
        # Each address is asked for once by our own account; Scrapy's filter would also drop a redirect to
        # an address seen before, without a word to anybody.
        yield Request(
            page.address,
            self.answered,
            headers=conditions,
            errback=self.failed,
            priority=_PRIORITIES[page.kind],
            dont_filter=True,
            cb_kwargs={"wanted": wanted},
            meta={"handle_httpstatus_list": [304]} if conditions else None,
        )

    def answered(self, response: Response, wanted: Wanted) -> Output:
        """A page came, or word that it has not changed."""
        self._failures = 0
        if wanted.page.address == self.roots[0][0]:
            self.tell_overflow(decide_long_silence(wanted.page.checked_at, self.now()))
        if response.status == 304:
            yield self._unchanged(wanted.page, answers_of(response.request))
        elif response.status != 200:
            yield from self._failed(wanted.page, response.request, response, f"http-{response.status}", "")
        elif wanted.page.kind is PageKind.POST:
            yield from self.read_post(response, wanted)
        else:
            yield from self.read_list(response, wanted)

    def failed(self, failure: Failure, *_: Any) -> Output:
        """A page did not answer as it should."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value
        response = error.response if isinstance(error, HttpError) else None
        answered = response.request if response else request
        page = request.cb_kwargs["wanted"].page
        known = self.frontier.known.get(page.address)
        if response and response.status in {404, 410} and (known or self._is_swept(page)):
            yield self._gone(page, answers_of(answered))
        else:
            yield from self._failed(page, answered, response, name_of(error), str(error))

    def failed_here(self, failure: Failure, response: Response | None) -> None:
        """An error of ours while a page was read: Scrapy logs it and goes on; it is counted here."""
        address = response.url if response else self.roots[0][0]
        self.count_failure(address, f"error-{name_of(failure.value)}", str(failure.value))

    def wanted_of(self, posts: Iterable[Listed], leading_on: frozenset[str] = frozenset()) -> list[Wanted]:
        """Those of a list's posts that are to be fetched."""
        wanted = []
        for post in posts:
            if post.address in self._listed_already:
                continue
            self._listed_already.add(post.address)
            self.counters.add("found")
            decision = self.frontier.decide(post, full=self.plan.full)
            if not decision.fetch:
                self.counters.add(decision.why)
            elif not self.frontier.is_taken(post.address):
                leads_on = post.address in leading_on
                page = self.frontier.wanted_post(post.address, decision.why, self.now(), leads_on=leads_on)
                wanted.append(Wanted(page, decision.why))
        return wanted

    def observed(self, answers: tuple[Answer, ...], **learned: Any) -> Observation:
        """What was learned just now, and by which answers."""
        return Observation(seen_at=self.now(), answers=answers, **learned)

    def observed_list(self, wanted: Wanted, answers: tuple[Answer, ...], found: list[Wanted]) -> Observation:
        """A list that was read, in one piece with what it made known: so that none of it can be lost."""
        new = tuple(one.page for one in found if one.why in _NEW)
        every_time = self._is_root(wanted.page)
        read = self.frontier.read_list(wanted.page, self.now(), answers[-1], every_time=every_time)
        return self.observed(answers, pages=(*new, read))

    def rejection(
        self, page: Page, stage: str, rejected: Rejected, answers: tuple[Answer, ...]
    ) -> Observation:
        """A page that came and cannot become what it should be: kept with its reason, tried again later."""
        self.counters.add_reason("rejected", f"{stage}-{rejected.reason}")
        about = {"url": page.address, "reason": rejected.reason, "stage": stage}
        logger.warning("rejected: %s", rejected, extra=about)
        rejection = Rejection(page.address, stage, rejected.reason, rejected.detail)
        return self.observed(answers, rejection=rejection, **self._after_failure(page, 0))

    def count_failure(self, address: str, reason: str, detail: str) -> None:
        """Count and log that something failed."""
        self.counters.add_reason("failed", reason)
        about = {"url": address, "reason": reason, "detail": detail[:300]}
        logger.warning("failed: %s", reason, extra=about)

    def tell_overflow(self, overflow: Overflow | None) -> None:
        """Say that posts may have come and gone unseen; the first finding of a run stands for all."""
        if overflow is None:
            return
        if not self.context.overflows:
            self.counters.add("window_overflow")
        self.context.overflows.append(overflow)
        about = {"source": self.name, "since": overflow.since, "until": overflow.until}
        logger.warning("window_overflow: %s", overflow.why, extra=about)

    def _conditions(self, wanted: Wanted) -> dict[str, str]:
        """Headers that spare the site the answer we have: only where all that came of it is stored."""
        page = wanted.page
        known = self.frontier.known.get(page.address)
        poor = page.kind is PageKind.POST and (known is None or known.fidelity is Fidelity.PAGE)
        if self.plan.full or page.checked_at is None or page.attempts or poor:
            return {}
        conditions = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
        return {name: value for name, value in conditions.items() if value}

    def _unchanged(self, page: Page, answers: tuple[Answer, ...]) -> Observation:
        if page.kind is PageKind.POST:
            return self.observed(answers, pages=(self.frontier.unchanged_post(page, self.now()),))
        self.counters.add("lists")
        every_time = self._is_root(page)
        return self.observed(
            answers, pages=(self.frontier.read_list(page, self.now(), None, every_time=every_time),)
        )

    def _gone(self, page: Page, answers: tuple[Answer, ...]) -> Observation:
        self._failures = 0
        logger.info("gone", extra={"url": page.address})
        known = self.frontier.known.get(page.address)
        if known is None:
            return self.observed(answers, forgotten=((page.source, page.address),))
        return self.observed(answers, gone=((page.source, known.source_id),))

    def _failed(
        self, page: Page, answered: Request | None, response: Response | None, reason: str, detail: str
    ) -> Output:
        if reason == "stopped":  # by us: the page stands as it stood
            return
        self.count_failure(page.address, reason, detail)
        wait = retry_after(response, self.now()) if response else 0
        yield self.observed(answers_of(answered), **self._after_failure(page, wait))
        self._failures += is_of_the_site(reason)
        if self._failures == _FAILURES_TO_STOP:
            logger.error("%s fails: it is left alone until the next run", self.name)
            self.crawler.engine.close_spider(self, SITE_FAILING)

    def _after_failure(self, page: Page, wait: float) -> dict[str, Any]:
        """How the page stands from now on, as part of an observation."""
        after = self.frontier.failed(page, self.now(), wait, every_time=self._is_root(page))
        return {"pages": (after,)} if after else {"forgotten": ((page.source, page.address),)}

    def _may_ask_again(self, page: Page) -> bool:
        """Whether the server has not asked for more time than has passed."""
        if page.next_check is None or page.next_check <= self.now() or self.plan.full:
            return True
        self.count_failure(page.address, "asked-to-wait", f"until {page.next_check}")
        return False

    def _is_root(self, page: Page) -> bool:
        return any(page.address == address for address, _ in self.roots)

    def _is_swept(self, page: Page) -> bool:
        """Whether a list was only looked at because it is looked at daily: it may well be there no more."""
        return page.kind is PageKind.LIST and page.why == Why.DUE and not self._is_root(page)
