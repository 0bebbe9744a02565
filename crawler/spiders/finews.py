"""finews: home page and feed to posts, posts to their categories' pages, share links to the share API."""

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from archive.store.values import Capture, Observation, Rejection
from crawler import normalizer
from crawler.captures import captures_of
from crawler.context import CrawlContext
from crawler.decisions import decide_listed
from crawler.failures import name_of
from crawler.normalizer import Listed, PostPage, Rejected
from crawler.normalizer.addresses import (
    FEED,
    HOME,
    SHARE_HOST,
    SITE,
    category_address,
    code_in_address,
    share_api_address,
)
from crawler.share_api import ShareApiHealth

logger = logging.getLogger(__name__)

_LIST_PRIORITY, _SHARE_PRIORITY, _POST_PRIORITY = 20, 10, 0
"""Lists first, so that what there is to do is known; articles are finished before others are begun."""


class FinewsSpider(Spider):
    """Yields an `Observation` for each post that was read, rejected or failed."""

    name = "finews"
    hosts = frozenset((SITE, SHARE_HOST))

    def __init__(self, context: CrawlContext, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.context = context
        self._plan = context.plan
        self._known = context.known
        self._counters = context.counters
        self._now = context.now
        self._share_api = ShareApiHealth()
        self._found: set[str] = set()
        self._known_codes = frozenset(known.source_id for known in context.known.values())
        self._in_feed: list[Listed] = []
        self._categories: set[str] = set()
        self._posts_left = context.plan.limit

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Made by Scrapy."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.follow_feed, signals.spider_idle)
        crawler.signals.connect(spider.failed_here, signals.spider_error)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Home page and feed; or the pages of the categories that were asked for."""
        if self._plan.categories:
            for slug in self._plan.categories:
                for request in self._category(slug):
                    yield request
            return
        yield self._request(HOME, self.parse_list, _LIST_PRIORITY)
        yield self._request(FEED, self.parse_feed, _LIST_PRIORITY)

    def parse_list(self, response: Response) -> Iterator[Request | Observation]:
        """The home page or a category page."""
        posts: list[Listed] = []
        yield from self._read_list(response, normalizer.read_listing, posts)
        for post in posts:
            yield from self._listed(post)

    def parse_feed(self, response: Response) -> Iterator[Observation]:
        """The feed. Its posts wait until the lists have been read: see `follow_feed`."""
        yield from self._read_list(response, normalizer.read_feed, self._in_feed)

    def follow_feed(self) -> None:
        """Follow the posts that only the feed has, once there is nothing else left to do.

        The feed writes addresses in another normal form than the lists: a slug with full-width
        parentheses has ASCII ones in the feed, at an address where there is nothing.
        """
        in_lists = self._known_codes | {code_in_address(address) for address in self._found}
        waiting = [post for post in self._in_feed if code_in_address(post.address) not in in_lists]
        self._in_feed.clear()
        for post in waiting:
            for request in self._listed(post):
                self.crawler.engine.crawl(request)

    def parse_post(self, response: Response) -> Iterator[Request | Observation]:
        """A post's page: to its category's page, and to the share API for its body."""
        try:
            page = normalizer.read_post(response.body, response.url)
        except Rejected as rejected:
            yield self._rejection(response, "post", rejected)
            return
        self._counters.add("posts")
        yield from self._category(page.slug)
        if not self._share_api.should_ask():
            self._counters.add("share_not_asked")
            yield from self._store(response.request, page, None)
            return
        request = self._request(share_api_address(page.code), self.parse_share, _SHARE_PRIORITY)
        # What was captured of the page is stored together with what comes of it.
        request.meta["captures"] = captures_of(response.request)
        request.meta["max_retry_times"] = 1
        yield request.replace(errback=self.share_failed, cb_kwargs={"page": page})

    def parse_share(self, response: Response, page: PostPage) -> Iterator[Observation]:
        """The share API's answer for a post."""
        try:
            body = normalizer.read_share_answer(response.body)
        except Rejected as rejected:
            yield from self._store_page(response.request, page, rejected.reason, rejected.detail)
            return
        self._share_api.answered()
        yield from self._store(response.request, page, body)

    def share_failed(self, failure: Failure) -> Iterator[Observation]:
        """The share API did not answer: the post's page serves."""
        request: Request = failure.request  # type: ignore[attr-defined]
        reason = name_of(failure.value)
        yield from self._store_page(request, request.cb_kwargs["page"], reason, str(failure.value))

    def failed(self, failure: Failure) -> Iterator[Observation]:
        """A list or a post did not answer."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self._count_failure(request.url, name_of(failure.value), str(failure.value))
        if captures := captures_of(_answered(failure) or request):
            yield Observation(seen_at=self._now(), captures=captures)

    def failed_here(self, failure: Failure, response: Response) -> None:
        """An error of ours while a page was read: Scrapy logs it and goes on; it is counted here."""
        self._count_failure(response.url, f"error-{name_of(failure.value)}", str(failure.value))

    def _read_list(
        self, response: Response, read: Callable[[bytes], Iterable[Listed]], posts: list[Listed]
    ) -> Iterator[Observation]:
        try:
            posts.extend(read(response.body))
        except Rejected as rejected:
            yield self._rejection(response, "list", rejected)
            return
        self._counters.add("lists")
        logger.info("list: %d posts", len(posts), extra={"url": response.url})
        yield Observation(seen_at=self._now(), captures=captures_of(response.request))

    def _listed(self, listed: Listed) -> Iterator[Request]:
        if listed.address in self._found:
            return
        self._found.add(listed.address)
        self._counters.add("found")
        known = self._known.get(listed.address)
        if known and not self._plan.categories:
            yield from self._category(known.slug)
        decision = decide_listed(listed, known, full=self._plan.full)
        if not decision.fetch:
            self._counters.add("known")
        elif self._posts_left is None or self._posts_left > 0:
            self._posts_left = None if self._posts_left is None else self._posts_left - 1
            yield self._request(listed.address, self.parse_post, _POST_PRIORITY)

    def _category(self, slug: str) -> Iterator[Request]:
        asked_for = self._plan.categories
        if slug not in self._categories and (not asked_for or slug in asked_for):
            self._categories.add(slug)
            yield self._request(category_address(slug), self.parse_list, _LIST_PRIORITY)

    def _request(self, address: str, callback: Callable[..., Any], priority: int) -> Request:
        # Each address is asked for once by our own account; Scrapy's filter would also drop a redirect to
        # an address seen before, without a word to anybody.
        return Request(address, callback, errback=self.failed, priority=priority, dont_filter=True)

    def _store_page(
        self, request: Request | None, page: PostPage, reason: str, detail: str
    ) -> Iterator[Observation]:
        self._share_api.failed()
        self._count_failure(share_api_address(page.code), f"share-{reason}", detail)
        yield from self._store(request, page, None)

    def _store(
        self, request: Request | None, page: PostPage, share_body: str | None
    ) -> Iterator[Observation]:
        captures = captures_of(request)
        try:
            document = normalizer.combine(page, share_body)
        except Rejected as rejected:
            yield self._reject(page.address, "article", rejected, captures)
            return
        self._counters.add("fetched")
        about = {"url": page.address, "code": page.code, "fidelity": document.fidelity}
        logger.info("post: %s", page.title, extra=about)
        yield Observation(seen_at=self._now(), document=document, captures=captures)

    def _rejection(self, response: Response, stage: str, rejected: Rejected) -> Observation:
        return self._reject(response.url, stage, rejected, captures_of(response.request))

    def _reject(
        self, address: str, stage: str, rejected: Rejected, captures: tuple[Capture, ...]
    ) -> Observation:
        self._counters.add_reason("rejected", f"{stage}-{rejected.reason}")
        logger.warning(
            "rejected: %s", rejected, extra={"url": address, "reason": rejected.reason, "stage": stage}
        )
        rejection = Rejection(address, stage, rejected.reason, rejected.detail)
        return Observation(seen_at=self._now(), rejection=rejection, captures=captures)

    def _count_failure(self, address: str, reason: str, detail: str) -> None:
        self._counters.add_reason("failed", reason)
        about = {"url": address, "reason": reason, "detail": detail[:300]}
        logger.warning("failed: %s", reason, extra=about)


def _answered(failure: Failure) -> Request | None:
    """The request whose answer failed, when there was an answer: it has the captures."""
    error = failure.value
    return error.response.request if isinstance(error, HttpError) else None
