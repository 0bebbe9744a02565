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
from crawler.captures import answers_of
from crawler.context import context_of
from crawler.download_handler import Stopping
from crawler.rules import ABSENT, is_fresh

logger = logging.getLogger(__name__)
_MOST_READ = 500 * 1024
"""Bytes. RFC 9309, section 2.5: as much must be read; what comes after it need not."""
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
        self._rules: dict[str, asyncio.Future[RobotParser | None]] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host; None where it has none. Raises `RobotsUnreachable`."""
        parts = urlsplit(request.url)
        if parts.netloc not in self._rules:
            address = f"{parts.scheme}://{parts.netloc}/robots.txt"
            self._rules[parts.netloc] = asyncio.ensure_future(self._read(address))
        return await asyncio.shield(self._rules[parts.netloc])

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Let pass what the rules allow. Raises `RobotsRefuse`."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise RobotsRefuse(f"robots.txt does not allow {request.url}") from None

    async def _read(self, address: str) -> RobotParser | None:
        context = self._context
        earlier = context.robots.page(address)
        if earlier and not context.plan.full and is_fresh(earlier, context.now()):
            return self._parsed(address, None if earlier.why == ABSENT else context.robots.body(address))
        # Kept as it is read: the body of a capture is not decoded again.
        headers = {"Accept-Encoding": "identity"}
        if earlier and earlier.etag:
            headers["If-None-Match"] = earlier.etag
        about: dict[str, Any] = {
            "dont_obey_robotstxt": True,
            "max_retry_times": 1,
            "handle_httpstatus_all": True,
        }
        request = Request(
            address, headers=headers, priority=self.DOWNLOAD_PRIORITY, meta=about, callback=NO_CALLBACK
        )
        response = await self._fetched(request)
        answers = answers_of(response.request or request)
        if not answers or response.status >= 500 or response.status == 429:
            raise self._unreachable(address, f"http-{response.status}")
        page = context.robots.answered(address, answers[-1], earlier, context.now())
        context.writer.submit(Observation(seen_at=context.now(), answers=answers, pages=(page,)))
        if page.why == ABSENT:
            return None
        body = context.robots.body(address) if response.status == 304 else response.body
        return self._parsed(address, body)

    async def _fetched(self, request: Request) -> Response:
        try:
            return await self.crawler.engine.download_async(request)
        except Stopping:
            raise
        except Exception as error:
            if answers := answers_of(request):
                self._context.writer.submit(Observation(seen_at=self._context.now(), answers=answers))
            raise self._unreachable(request.url, str(error) or type(error).__name__) from error

    def _unreachable(self, address: str, why: str) -> RobotsUnreachable:
        logger.warning("robots.txt cannot be read: %s", why, extra={"url": address, "reason": why})
        return RobotsUnreachable(f"{address} cannot be read ({why}): the host is left alone until it can")

    def _parsed(self, address: str, body: bytes | None) -> RobotParser | None:
        if not body:
            return None
        rules = self._parserimpl.from_crawler(self.crawler, body[:_MOST_READ])
        self._slow_down(urlsplit(address).hostname or "", rules.crawl_delay(self._default_useragent))
        return rules

    def _slow_down(self, host: str, delay: float | None) -> None:
        downloader = self.crawler.engine.downloader if self.crawler.engine else None
        slot = downloader.slots.get(host) if downloader else None
        if slot and delay and not self._context.plan.mirrors.is_loopback(host):
            slot.delay = max(slot.delay, min(delay, _LONGEST_DELAY))
