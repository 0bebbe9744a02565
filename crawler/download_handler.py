"""Fetching: every request passes here, whoever made it (a spider, a retry, a redirect, robots.txt)."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    StopDownload,
)
from scrapy.http import Request, Response

from archive.store.values import Answer, Truncated
from crawler.bounded_head import BoundedHeadFactory
from crawler.captures import WHY, note_answer
from crawler.context import context_of
from crawler.resolving import is_private, refused

_MOST_KEPT_OF_TOO_LONG = 1 << 20
"""Bytes. The beginning of a body that is longer than is taken tells what it was; more would fill the disk."""
_TIME_SHARE = 0.95
"""Of the timeout: a body that drips is ended by us, and kept so far, just before Scrapy would drop it."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ForeignHost(IgnoreRequest):
    """An address that is not on a host of the source: never fetched, wherever it came from."""


class PrivateAddress(IgnoreRequest):
    """A host of the source whose name leads into the private network."""


class Stopping(IgnoreRequest):
    """The crawl ends: nothing new is asked."""


class CanonicalDownloadHandler(HTTP11DownloadHandler):
    """Fetches canonical addresses from where their mirrors are, and answers under the canonical address.

    Scrapy's own check of hosts is skipped for requests marked ``dont_filter``, which retries set and
    redirects inherit; this one is not. Every response is noted as it was sent, before anything is decoded,
    those included that are too long, too slow or cut short: the error that follows has them dropped.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = BoundedHeadFactory  # noqa: SLF001 Scrapy sets its own there
        context = context_of(crawler)
        self._mirrors, self._counters, self._now = context.plan.mirrors, context.counters, context.now
        self._practice = context.practice
        self._stopping = context.stopping
        self._hosts = context.plan.site.hosts
        self._most_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._most_seconds = crawler.settings.getfloat("DOWNLOAD_TIMEOUT") * _TIME_SHARE
        crawler.signals.connect(self._received, signals.bytes_received)

    async def download_request(self, request: Request) -> Response:
        """The response to a canonical address.

        Raises `ForeignHost`, `PrivateAddress`, `Stopping` and Scrapy's download errors.
        """
        host = self._checked_host(request.url)
        if self._stopping.is_set():
            raise Stopping("the crawl ends")
        if self._mirrors.is_loopback(host):
            request.meta["autothrottle_dont_adjust_delay"] = True
        fetched = self._as_fetched(request, host)
        self._counters.add("requests")
        with self._practice.asking(host, request.url, is_conditional=_is_conditional(request)) as asking:
            response = await self._fetch(fetched, host)
            asking.answered(response.status, len(response.body))
        # What Scrapy measured, for its throttle, belongs to the request that asked.
        request.meta["download_latency"] = fetched.meta.get("download_latency", 0)
        truncated = _truncated(response, fetched)
        self._note(request, response, truncated, asking.took)
        if truncated is not Truncated.NOT:
            del response  # the error's traceback would hold on to 16 MiB
            raise _error_of(truncated, request.url)
        if location := response.headers.get("Location"):
            response.headers["Location"] = self._mirrors.canonical(location.decode("latin-1"), host)
        return _canonical(response, request.url)

    async def _fetch(self, fetched: Request, host: str) -> Response:
        try:
            return await self._until_stopped(super().download_request(fetched))
        except CannotResolveHostError as error:
            if host in refused:
                raise PrivateAddress(f"{host} leads to {refused[host]}") from error
            raise

    def _checked_host(self, address: str) -> str:
        parts = urlsplit(address)
        host = parts.hostname or ""
        try:
            port_is_usual = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme))
        except ValueError:
            port_is_usual = False
        if host not in self._hosts or not port_is_usual:
            raise ForeignHost(f"{address} is not on {', '.join(sorted(self._hosts))}")
        if host not in self._mirrors.bases and is_private(host):
            raise PrivateAddress(f"{host} is not public")
        return host

    def _as_fetched(self, request: Request, host: str) -> Request:
        fetched = request.replace(url=self._mirrors.address(request.url))
        fetched.headers.setdefault("Host", host)
        # The bounds are ours (see `_received`), so that what came within them is kept.
        fetched.meta.update(download_maxsize=0, bytes_received=0, asked_at=monotonic())
        fetched.meta["download_handler"] = self
        return fetched

    def _received(self, data: bytes, request: Request) -> None:
        """Scrapy's signal for each piece of a body, whichever handler it comes through."""
        if request.meta.get("download_handler") is not self:
            return
        request.meta["bytes_received"] += len(data)
        if request.meta["bytes_received"] > self._most_bytes:
            request.meta["truncated"] = Truncated.LENGTH
        elif monotonic() - request.meta["asked_at"] > self._most_seconds:
            request.meta["truncated"] = Truncated.TIME
        else:
            return
        raise StopDownload(fail=False)

    async def _until_stopped(self, download: Coroutine[Any, Any, Response]) -> Response:
        """The download's response, unless the crawl is told to end and waits no longer for it."""
        task, stopping = asyncio.ensure_future(download), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Stopping("the crawl ends")
            return task.result()
        finally:
            stopping.cancel()
            task.cancel()

    def _note(self, request: Request, response: Response, truncated: Truncated, took: float) -> None:
        self._counters.add("bytes", len(response.body))
        if response.status == HTTPStatus.NOT_MODIFIED:
            self._counters.add("not_modified")
        body = response.body[:_MOST_KEPT_OF_TOO_LONG] if truncated is Truncated.LENGTH else response.body
        note_answer(request, _answer(request, response, body, truncated, took, self._now()))


def _is_conditional(request: Request) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers


def _canonical(response: Response, address: str) -> Response:
    """The response under its canonical address, as bytes: of text, Scrapy would guess the charset."""
    return Response(
        address,
        status=response.status,
        headers=response.headers,
        body=response.body,
        flags=response.flags,
        certificate=response.certificate,
        ip_address=response.ip_address,
        protocol=response.protocol,
    )


def _answer(
    request: Request, response: Response, body: bytes, truncated: Truncated, took: float, at: datetime
) -> Answer:
    return Answer(
        address=request.url,
        fetched_at=at.astimezone(UTC),
        status=response.status,
        reason=_phrase(response.status),
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ),
        body=body,
        truncated=truncated,
        ip=str(response.ip_address or ""),
        took=took,
        why=str(request.meta.get(WHY, "")),
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _truncated(response: Response, fetched: Request) -> Truncated:
    if "download_stopped" in response.flags:
        return Truncated(fetched.meta["truncated"])
    return Truncated.DISCONNECT if "dataloss" in response.flags else Truncated.NOT


def _error_of(truncated: Truncated, address: str) -> Exception:
    if truncated is Truncated.LENGTH:
        return DownloadCancelledError(f"{address} is longer than is taken")
    if truncated is Truncated.TIME:
        return DownloadTimeoutError(f"{address} took longer than is waited")
    return ResponseDataLossError(f"{address} ended before it was whole")
