"""Names to addresses, without being led into the private network by a name that points there."""

import ipaddress
from collections.abc import Sequence
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

ALLOWED_HOSTS = "RESOLVER_ALLOWED_HOSTS"
"""The setting with the hosts of mirrors: whoever configures one may well mean this machine."""
refused: dict[str, str] = {}
"""Names that led to where nothing may be asked, with the address: Twisted lets no error of ours through."""


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's to ask: not private, loopback, link-local, multicast or reserved."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.is_global and not found.is_multicast


def is_private(host: str) -> bool:
    """Whether a host is given as an address that nobody may ask: no resolver ever sees it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not is_public(host)


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver (IPv4), for which addresses of the private network do not exist.

    What it answers is what is connected to, so there is no second answer that could get past the check.
    """

    def __init__(self, reactor: Any, cache_size: int, timeout: float, allowed: frozenset[str]) -> None:
        super().__init__(reactor, cache_size, timeout)
        self._allowed = allowed

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """Made by Scrapy."""
        settings = crawler.settings
        allowed = frozenset(settings.getlist(ALLOWED_HOSTS))
        return cls(reactor, settings.getint("DNSCACHE_SIZE"), settings.getfloat("DNS_TIMEOUT"), allowed)

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        """Look the name up. Fails with `DNSLookupError` also where its address is not public."""
        found = super().getHostByName(name, timeout)
        return found if name in self._allowed else found.addCallback(self._checked, name)

    @staticmethod
    def _checked(address: str, name: str) -> str:
        if not is_public(address):
            refused[name] = address
            raise DNSLookupError(f"{name} leads to {address}, which is not public")
        return address
