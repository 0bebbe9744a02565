"""What every spider has in common: asking what the frontier wants, and leaving each page accounted for."""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from time import monotonic
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.documents import Fidelity
from archive.store.values import Answer, Observation, Page, PageKind, Rejection
from crawler.captures import WHY, answers_of
from crawler.context import CrawlContext
from crawler.decisions import Overflow, Why, decide_long_silence, is_gone
from crawler.download_handler import Stopping
from crawler.failures import is_of_the_site, name_of
from crawler.frontier import Wanted
from crawler.normalizer import Listed, Rejected
from crawler.retries import LONGEST_WAIT, retry_after
from crawler.robots import RobotsUnreachable

logger = logging.getLogger(__name__)
Output = Iterator[Request | Observation]

_PRIORITIES = {PageKind.LIST: 20, PageKind.FEED: 20, PageKind.POST: 0}
"""Lists first, so that what there is to do is known."""
_RECHECKS_AT_ONCE = 100
_MOST_REMARKS = 20
_FAILURES_TO_STOP = 50
"""In a row, and of the site rather than of its pages: then it is left alone until the next run."""
_BODY_WANTED = (Fidelity.PAGE, Fidelity.SOURCE)
"""A document whose text is stored, while its site may have the outlet's own body for it."""
_NEW = (Why.NOT_KNOWN, Why.TITLE_CHANGED)
SITE_FAILING, ASKED_TO_WAIT, HOST_CLOSED = "site-failing", "asked-to-wait", "host-closed"
CLOSED_EARLY = {
    SITE_FAILING: "the site failed again and again: what is left waits for the next run",
    ASKED_TO_WAIT: "the site asks to be left alone for a while: what is left waits",
    HOST_CLOSED: "whether the site may be asked cannot be known just now: everything waits for the next run",
}
"""Why a crawl may end before all is done, and what to tell."""


class IncrementalSpider(Spider):
    """Asks what is new, what earlier runs left, and what is due; yields an `Observation` for each page asked.

    A subclass says where every crawl begins and reads pages.
    """

    name = "incremental"
    """Scrapy asks for one; the source's takes its place."""

    def __init__(self, context: CrawlContext, **kwargs: Any) -> None:
        super().__init__(context.plan.source, **kwargs)
        self.context, self.plan, self.frontier = context, context.plan, context.frontier
        self.site = context.plan.site
        self.counters, self.now = context.counters, context.now
        self.listed: set[str] = set()
        """Addresses of posts that lists have named so far."""
        self._posts_left = context.plan.limit
        self._failures = 0
        self._has_answered = bool(context.plan.addresses)
        """Of pages asked for by themselves, the answer of each is as good as a root's."""
        self._closed = False
        self._rechecks: Iterator[Wanted] | None = None
        self._looks_since = 0.0

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

    @abstractmethod
    def page_at(self, address: str) -> Page:
        """The page that the plan names by its address: a post, or a list."""

    def leftovers(self) -> Iterable[Wanted]:
        """What could not be decided before everything else was read."""
        return ()

    async def start(self) -> AsyncIterator[Request]:
        """Where every crawl begins; or what was asked for."""
        if self.plan.is_part:
            pages = [*self.lists_asked_for(), *map(self.page_at, self.plan.addresses)]
            wanted = [Wanted(page, Why.ASKED_FOR) for page in pages]
        else:
            pages = [self.frontier.page(*root) for root in self.site.roots]
            wanted = [Wanted(page, Why.START) for page in self._without_waiting(pages)]
            if waiting := self.frontier.waiting():
                self.counters.add("waiting", waiting)
                self.context.remarks.append(f"{waiting} posts that failed before wait for their time")
        for one in wanted:
            for request in self.ask(one):
                yield request

    def go_on(self) -> None:
        """When nothing is left to do: what was put off; then, while there is time, what is due."""
        requests = [request for one in self.leftovers() for request in self.ask(one)]
        if not requests and not self.plan.is_part and self._has_answered:
            requests = self._look_again()
        for request in requests:
            self.crawler.engine.crawl(request)

    def _look_again(self) -> list[Request]:
        """Requests for some of what is due, as long as there is time."""
        if self._rechecks is None:
            again = self.frontier.everything() if self.plan.full else self.frontier.rechecks()
            self._rechecks, self._looks_since = iter(again), monotonic()
        requests: list[Request] = []
        has_time = self.plan.full or monotonic() - self._looks_since < self.plan.recheck_time
        while not requests and has_time and (some := list(islice(self._rechecks, _RECHECKS_AT_ONCE))):
            requests = [request for one in some for request in self.ask(one)]
        return requests

    def ask(self, wanted: Wanted) -> Iterator[Request]:
        """The request for a page, unless it was asked before in this crawl or the limit is reached."""
        page = wanted.page
        if self.frontier.is_taken(page.address):
            return
        if page.kind is PageKind.POST and self._posts_left == 0:
            self.counters.add("left", int(wanted.why not in {Why.DUE, Why.FULL}))
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
            meta={WHY: str(wanted.why)} | ({"handle_httpstatus_list": [304]} if conditions else {}),
        )

    def answered(self, response: Response, wanted: Wanted) -> Output:
        """A page came, or word that it has not changed."""
        self._failures = 0
        page, answers = wanted.page, answers_of(response.request)
        if self._is_root(page) and response.status in {200, 304}:
            yield from self._site_answers(page)
        if response.status == 304:
            yield self._unchanged(page, answers)
        elif response.status != 200:
            yield from self.page_failed(page, answers, f"http-{response.status}", "no answer to this request")
        elif page.kind is PageKind.POST:
            yield from self.read_post(response, wanted)
        else:
            yield from self.read_list(response, wanted)

    def failed(self, failure: Failure, *_: Any) -> Output:
        """A page did not answer as it should."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value
        response = error.response if isinstance(error, HttpError) else None
        answers = answers_of(response.request if response else request)
        page = request.cb_kwargs["wanted"].page
        if isinstance(error, Stopping):  # by us: the page stands as it stood
            return
        is_own_host = urlsplit(request.url).hostname == urlsplit(page.address).hostname
        is_absent = response is not None and response.status in {404, 410}
        if isinstance(error, RobotsUnreachable) and is_own_host:
            self.host_is_closed(page, name_of(error), str(error))
        elif is_absent and page.kind is PageKind.LIST and not self._is_root(page):
            yield self.absent_list(request.cb_kwargs["wanted"], answers, name_of(error))
        elif is_absent and self._has_answered and self._was_here(page):
            yield self._missing(page, answers)
        else:
            wait = retry_after(response, self.now()) if response else 0
            yield from self.page_failed(page, answers, name_of(error), str(error), wait)

    def failed_here(self, failure: Failure, response: Response | None) -> None:
        """An error of ours while a page was read: Scrapy logs it and goes on; it is counted here."""
        request = response.request if response else None
        address = request.url if request else ""
        self.count_failure(address, f"error-{name_of(failure.value)}", str(failure.value))
        if request and "wanted" in request.cb_kwargs:
            after = self.after_failure(request.cb_kwargs["wanted"].page)
            self.context.writer.submit(self.observed(answers_of(request), **after))

    def wanted_of(
        self, posts: Iterable[Listed], opening_categories: frozenset[str] = frozenset()
    ) -> list[Wanted]:
        """Those of a list's posts that are to be fetched."""
        wanted = []
        for post in posts:
            if post.address in self.listed:
                continue
            self.listed.add(post.address)
            self.counters.add("found")
            decision = self.frontier.decide(post, full=self.plan.full)
            if decision.why is Why.KNOWN:
                self.counters.add("known")
            if decision.fetch and not self.frontier.is_taken(post.address):
                opens_category = post.address in opening_categories
                page = self.frontier.wanted_post(
                    post.address, decision.why, self.now(), opens_category=opens_category
                )
                wanted.append(Wanted(page, decision.why))
        return wanted

    def observed(self, answers: tuple[Answer, ...], **learned: Any) -> Observation:
        """What was learned just now, and by which answers."""
        return Observation(seen_at=self.now(), answers=answers, **learned)

    def observed_list(self, wanted: Wanted, answers: tuple[Answer, ...], found: list[Wanted]) -> Observation:
        """A list that was read, in one piece with what it made known: so that none of it can be lost."""
        new = new_pages(found)
        every_time = self._is_root(wanted.page)
        read = self.frontier.read_list(wanted.page, self.now(), answers[-1], every_time=every_time)
        return self.observed(answers, pages=(*new, read))

    def rejection(
        self, page: Page, stage: str, rejected: Rejected, answers: tuple[Answer, ...]
    ) -> Observation:
        """A page that came and cannot become what it should be: kept with its reason, tried again later."""
        self.counters.add_reason("rejected", f"{stage}-{rejected.reason}")
        self.counters.add("rejected_first", int(page.attempts == 0))
        self._remark_of_page(page.address, str(rejected))
        about = {"url": page.address, "reason": rejected.reason, "stage": stage}
        logger.warning("rejected: %s", rejected, extra=about)
        rejection = Rejection(page.address, stage, rejected.reason, rejected.detail)
        return self.observed(answers, rejection=rejection, **self.after_failure(page))

    def count_failure(self, address: str, reason: str, detail: str) -> None:
        """Count and log that something failed."""
        self.counters.add_reason("failed", reason)
        about = {"url": address, "reason": reason, "detail": detail[:300]}
        logger.warning("failed: %s", reason, extra=about)
        self.context.practice.failed(address, reason, detail)
        self._remark_of_page(address, f"{reason} ({detail[:200]})" if reason == "foreign-host" else reason)

    def _remark_of_page(self, address: str, what: str) -> None:
        """Of pages that were asked for by themselves, the run says at its end what became of which."""
        if self.plan.addresses and len(self.context.remarks) < _MOST_REMARKS:
            self.context.remarks.append(f"{address}: {what}")

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
        is_post = page.kind is PageKind.POST
        poor = is_post and (known is None or (known.fidelity, self.site.best) == _BODY_WANTED)
        at_once = self.plan.full or wanted.why is Why.ASKED_FOR
        if at_once or page.checked_at is None or poor:
            return {}
        conditions = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
        return {name: value for name, value in conditions.items() if value}

    def _unchanged(self, page: Page, answers: tuple[Answer, ...]) -> Observation:
        if page.kind is PageKind.POST:
            return self.observed(answers, pages=(self.frontier.unchanged_post(page, self.now()),))
        self.counters.add("lists")
        every_time = self._is_root(page)
        read = self.frontier.read_list(page, self.now(), None, every_time=every_time)
        return self.observed(answers, pages=(read,))

    def _site_answers(self, page: Page) -> Output:
        """A root has answered: the site is there. What earlier runs left goes before what is new."""
        if self._is_first_root(page):
            self.tell_overflow(decide_long_silence(page.checked_at, self.now(), self.site.window))
        if self._has_answered:
            return
        self._has_answered = True
        superseded = self.frontier.superseded()
        if superseded:
            yield self.observed((), forgotten=tuple((one.source, one.address) for one in superseded))
            for one in superseded:
                self.frontier.take(one.address)
        for wanted in self.frontier.urgent():
            yield from self.ask(wanted)

    def absent_list(self, wanted: Wanted, answers: tuple[Answer, ...], reason: str) -> Observation:
        """A category without a page: it has no posts any more, or was misspelt. A post names it anew."""
        address = wanted.page.address
        if wanted.why not in {Why.DUE, Why.FULL}:
            self.count_failure(address, reason, "there is no such list")
        if wanted.why is Why.ASKED_FOR:
            self.counters.add("lists")  # the site is there, and has answered
            self.context.remarks.append(f"{address} does not exist: is the slug right?")
        return self.observed(answers, forgotten=((wanted.page.source, address),))

    def _was_here(self, page: Page) -> bool:
        """Whether a post is known; or was, and is still listed though its source has taken it away."""
        return page.address in self.frontier.known or self.context.is_gone(
            self.site.source_id_in(page.address) or ""
        )

    def _missing(self, page: Page, answers: tuple[Answer, ...]) -> Observation:
        known = self.frontier.known.get(page.address)
        about = {"url": page.address}
        if known is None:
            logger.info("gone already", extra=about)
            return self.observed(answers, forgotten=((page.source, page.address),))
        if not is_gone(known, page, self.now(), self.site.window, full=self.plan.full):
            logger.warning("missing: it is asked for once more", extra=about)
            self.counters.add("missing")
            after = self.frontier.failed(page, self.now(), 0) or page
            return self.observed(answers, pages=(replace(after, why=Why.MISSING),))
        logger.info("gone", extra=about)
        return self.observed(answers, gone=((page.source, known.source_id),))

    def host_is_closed(self, page: Page, reason: str, detail: str) -> None:
        """The rules of the host cannot be read: nothing is asked, and every page stands as it stood."""
        if not self._closed:
            self.count_failure(page.address, reason, detail)
            self._close(HOST_CLOSED)

    def page_failed(
        self, page: Page, answers: tuple[Answer, ...], reason: str, detail: str, wait: float = 0
    ) -> Output:
        """A page that did not answer as it should: it is tried again later, less and less often."""
        self.count_failure(page.address, reason, detail)
        yield self.observed(answers, **self.after_failure(page, wait))
        self._failures += is_of_the_site(reason)
        if self._closed:
            return
        if self._is_first_root(page) and wait > LONGEST_WAIT:
            self._close(ASKED_TO_WAIT)
        elif self._failures >= _FAILURES_TO_STOP:
            self._close(SITE_FAILING)

    def _close(self, why: str) -> None:
        self._closed = True
        logger.warning("the crawl ends early: %s", CLOSED_EARLY[why])
        asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=why))  # noqa: RUF006 as long as it runs

    def after_failure(self, page: Page, wait: float = 0) -> dict[str, Any]:
        """How the page stands from now on, as part of an observation."""
        after = self.frontier.failed(page, self.now(), wait, every_time=self._is_root(page))
        if after:
            return {"pages": (after,)}
        if page.why == Why.NO_OVERLAP:
            why = "a list that may name more could never be read"
            self.tell_overflow(Overflow(page.wanted_since, self.now(), why))
        if page.kind is PageKind.POST and page.address not in self.frontier.known:
            self.counters.add("lost")
            logger.warning("lost: it could never be read", extra={"url": page.address})
        return {"forgotten": ((page.source, page.address),)}

    def _without_waiting(self, roots: Sequence[Page]) -> list[Page]:
        """The roots that may be asked: their server has not asked for time. None without the first."""
        if self.plan.full:
            return list(roots)
        waiting = [page for page in roots if page.next_check is not None and page.next_check > self.now()]
        for page in waiting:
            self.count_failure(page.address, "asked-to-wait", f"until {page.next_check}")
            self.context.remarks.append(
                f"{page.address} asks to be left alone until {page.next_check:%H:%M:%S} UTC"
            )
        return [] if roots[0] in waiting else [page for page in roots if page not in waiting]

    def _is_root(self, page: Page) -> bool:
        return any(page.address == address for address, _ in self.site.roots)

    def _is_first_root(self, page: Page) -> bool:
        return page.address == next((address for address, _ in self.site.roots), "")


def new_pages(found: Iterable[Wanted]) -> tuple[Page, ...]:
    """Those pages of a list's posts that it has made known, or has shown to have changed."""
    return tuple(one.page for one in found if one.why in _NEW)
