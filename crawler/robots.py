"""Robots rules: obeyed, remembered, and waited for where they cannot be read (RFC 9309)."""

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser

from archive.store.values import Observation
from crawler.captures import LOG, WHY
from crawler.context import context_of
from crawler.download_handler import Stopping
from crawler.rules import ABSENT, MOST_READ, is_fresh

logger = logging.getLogger(__name__)
_LONGEST_DELAY = 30.0
"""Seconds between two requests, however many ``Crawl-delay`` asks for: more, and posts would leave unseen."""


class RobotsRefuse(IgnoreRequest):
    """The host's rules do not allow this address."""


class RobotsUnreachable(IgnoreRequest):
    """Whether the host allows it cannot be known just now: so it is not asked, and tried again later."""


class PatientRobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware for robots.txt, which would fetch a site whose rules cannot be read."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._context = context_of(crawler)
        self._hosts = self._context.plan.site.hosts
        self._rules: dict[str, asyncio.Future[RobotParser | None]] = {}
        self._delays: dict[str, float] = {}
        for host in self._hosts:
            self._context.practice.keeps(host, *self._context.plan.pause_of(host))

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host; None where it has none. Raises `RobotsUnreachable`."""
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        if host not in self._hosts:
            return None  # a redirect: it is refused where it would be fetched, as is another port of the host
        if host not in self._rules:
            self._rules[host] = asyncio.ensure_future(self._read(f"{parts.scheme}://{host}/robots.txt"))
        return await asyncio.shield(self._rules[host])

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Let pass what the rules allow. Raises `RobotsRefuse`."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise RobotsRefuse(f"robots.txt does not allow {request.url}") from None
        self._slow_down(request)

    async def _read(self, address: str) -> RobotParser | None:
        context = self._context
        earlier = context.robots.page(address)
        rules = context.robots.body(address) if earlier and earlier.why != ABSENT else None
        if earlier and earlier.why != ABSENT and rules is None:
            earlier = None  # they cannot be read any more: so they are asked for as at first
        if earlier and not context.plan.full and is_fresh(earlier, context.now()):
            return self._parsed(address, rules)
        # Kept as it is read: the body of a capture is not decoded again.
        headers = {"Accept-Encoding": "identity"}
        if earlier and earlier.etag:
            headers["If-None-Match"] = earlier.etag
        about: dict[str, Any] = {
            "dont_obey_robotstxt": True,
            "max_retry_times": 1,
            "handle_httpstatus_all": True,
            LOG: [],
            WHY: "robots",
        }
        request = Request(
            address, headers=headers, priority=self.DOWNLOAD_PRIORITY, meta=about, callback=NO_CALLBACK
        )
        response = await self._fetched(request)
        answers = tuple(request.meta[LOG])
        if not answers or response.status >= 500 or response.status == 429:
            context.writer.submit(Observation(seen_at=context.now(), answers=answers))
            raise self._unreachable(address, f"http-{response.status}")
        page = context.robots.answered(address, answers[-1], earlier, context.now())
        context.writer.submit(Observation(seen_at=context.now(), answers=answers, pages=(page,)))
        if page.why == ABSENT:
            return None
        return self._parsed(address, rules if response.status == 304 else response.body)

    async def _fetched(self, request: Request) -> Response:
        try:
            return await self.crawler.engine.download_async(request)
        except Stopping:
            raise
        except Exception as error:
            answers = tuple(request.meta[LOG])
            self._context.writer.submit(Observation(seen_at=self._context.now(), answers=answers))
            raise self._unreachable(request.url, str(error) or type(error).__name__) from error

    def _unreachable(self, address: str, why: str) -> RobotsUnreachable:
        logger.warning("robots.txt cannot be read: %s", why, extra={"url": address, "reason": why})
        return RobotsUnreachable(f"{address} cannot be read ({why}): the host is left alone until it can")

    def _parsed(self, address: str, body: bytes | None) -> RobotParser | None:
        if not body:
            return None
        rules = self._parserimpl.from_crawler(self.crawler, body[:MOST_READ])
        host, delay = urlsplit(address).hostname or "", rules.crawl_delay(self._default_useragent)
        if delay and not self._context.plan.mirrors.is_loopback(host):
            self._delays[host] = max(self._context.plan.pause, min(delay, _LONGEST_DELAY))
            if self._delays[host] > self._context.plan.pause:
                self._context.practice.keeps(host, self._delays[host], "robots.txt")
        return rules

    def _slow_down(self, request: Request) -> None:
        """Keep the host's ``Crawl-delay``, which Scrapy's throttle knows nothing of and would undercut."""
        host = urlsplit(request.url).hostname or ""
        downloader = self.crawler.engine.downloader if self.crawler.engine else None
        if downloader is None or host not in self._delays:
            return
        request.meta["autothrottle_dont_adjust_delay"] = True
        downloader.per_slot_settings.setdefault(host, {})["delay"] = self._delays[host]
        if host in downloader.slots:
            downloader.slots[host].delay = self._delays[host]
