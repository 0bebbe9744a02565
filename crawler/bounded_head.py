"""Responses whose head does not end: Twisted would read header lines for as long as they come."""

from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import HEADER, STATUS

_MOST_BYTES = 256 << 10
"""Of status lines and headers, those of every ``100 Continue`` included; browsers take about as much."""


class BoundedHeadProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's protocol, which hangs up on a head that is too long."""

    _head = 0

    def request(self, request: Any) -> Deferred[Any]:
        """Send a request; its response begins with nothing read."""
        self._head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 Twisted's name
        """Take in what came, unless it is more head than anybody needs."""
        if self._parser is not None and self._parser.state in {STATUS, HEADER}:
            self._head += len(data)
            if self._head > _MOST_BYTES and self.transport is not None:
                self.transport.abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class BoundedHeadFactory(_LenientHTTP11ClientFactory):
    """Makes such protocols, for a connection pool."""

    def buildProtocol(self, _address: IAddress | None) -> BoundedHeadProtocol:  # noqa: N802
        """One for a new connection."""
        return BoundedHeadProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
