"""Fetching: every request passes here, whoever made it (a spider, a retry, a redirect, robots.txt)."""

from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from crawler.context import context_of


class ForeignHost(IgnoreRequest):
    """An address on a host that the source does not name: never fetched, wherever it came from."""


class CanonicalDownloadHandler(HTTP11DownloadHandler):
    """Fetches canonical addresses from where their mirrors are, and answers under the canonical address.

    Scrapy's own check of hosts is skipped for requests marked ``dont_filter``, which retries set and
    redirects inherit; this one is not.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._mirrors = context_of(crawler).plan.mirrors
        self._hosts: frozenset[str] = crawler.spider.hosts  # type: ignore[union-attr]

    async def download_request(self, request: Request) -> Response:
        """The response to a canonical address. Raises `ForeignHost` and Scrapy's download errors."""
        host = urlsplit(request.url).hostname or ""
        if host not in self._hosts:
            raise ForeignHost(f"{request.url} is not on {', '.join(sorted(self._hosts))}")
        if self._mirrors.is_loopback(host):
            request.meta["autothrottle_dont_adjust_delay"] = True
        fetched = request.replace(url=self._mirrors.address(request.url))
        fetched.headers.setdefault("Host", host)
        response = await super().download_request(fetched)
        # What Scrapy measured (the latency, for its throttle) belongs to the request that asked.
        request.meta.update(fetched.meta)
        if location := response.headers.get("Location"):
            response.headers["Location"] = self._mirrors.canonical(location.decode("latin-1"), host)
        return response.replace(url=request.url)
