"""Captures: one for each response, taken before decoding, carried by its request to whoever stores it."""

import hashlib

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from archive.store.values import Capture
from crawler.context import CrawlContext, context_of

_KEY = "captures"


class CaptureMiddleware:
    """A downloader middleware: counts requests, and notes each response on its request.

    Retries and redirects copy the request's notes, so that the last of them has the captures of all.
    """

    def __init__(self, context: CrawlContext) -> None:
        self._counters = context.counters
        self._now = context.now

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "CaptureMiddleware":
        """Made by Scrapy."""
        return cls(context_of(crawler))

    def process_request(self, request: Request) -> None:
        """Count what is about to be asked."""
        self._counters.add("requests")

    def process_response(self, request: Request, response: Response) -> Response:
        """Note the response. Its body is still as it was sent: the digest is over that."""
        self._counters.add("bytes", len(response.body))
        capture = Capture(
            address=request.url,
            fetched_at=self._now(),
            status=response.status,
            payload_digest=f"sha256:{hashlib.sha256(response.body).hexdigest()}",
            payload_bytes=len(response.body),
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
        )
        request.meta[_KEY] = (*request.meta.get(_KEY, ()), capture)
        return response


def captures_of(request: Request | None) -> tuple[Capture, ...]:
    """What was captured on the way to the answer of this request: the last is the answer itself."""
    found: tuple[Capture, ...] = request.meta.get(_KEY, ()) if request else ()
    return found


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else ""
