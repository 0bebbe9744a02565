"""Trying again, when the server says it may be worth it and not before."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

from crawler.context import context_of

LONGEST_WAIT = 120
"""Seconds. A server that asks for more is left alone until the next run."""


class PatientRetryMiddleware(RetryMiddleware):
    """Scrapy's retries, waiting as long as ``Retry-After`` says (RFC 9110, section 10.2.3)."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """The response, or the request to be made again once the wait is over."""
        again = super().process_response(request, response)
        if isinstance(again, Request) and (wait := retry_after(response, datetime.now(UTC))):
            if wait > LONGEST_WAIT:
                return response
            context, begun = context_of(self.crawler), monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(context.stopping.wait(), wait)
            context.practice.waited(urlsplit(request.url).hostname or "", monotonic() - begun)
        return again


def retry_after(response: Response, now: datetime) -> float:
    """The seconds that ``Retry-After`` asks for, given either as seconds or as a date; 0 without it."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        return max((parsedate_to_datetime(value) - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return 0.0
