"""Mirrors: where a host is really fetched from, as curl's ``--connect-to`` says it."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Mirrors:
    """From the host of a canonical address to the base address that stands in for it."""

    bases: Mapping[str, str] = field(default_factory=dict)

    def address(self, canonical: str) -> str:
        """Where to fetch a canonical address from; itself where its host has no mirror."""
        parts = urlsplit(canonical)
        base = self.bases.get(parts.hostname or "")
        if base is None:
            return canonical
        query = f"?{parts.query}" if parts.query else ""
        return f"{base.rstrip('/')}{parts.path or '/'}{query}"

    def canonical(self, address: str, host: str) -> str:
        """The canonical form of an address under the host's mirror, for a redirect that names the mirror."""
        base = self.bases.get(host, "").rstrip("/")
        if not base or not (address == base or address.startswith(f"{base}/")):
            return address
        return f"https://{host}{address.removeprefix(base) or '/'}"

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that the base addresses name."""
        return frozenset(urlsplit(base).hostname or "" for base in self.bases.values())

    def is_loopback(self, host: str) -> bool:
        """Whether the host is fetched from this machine, where there is nobody to be polite to."""
        name = urlsplit(self.bases.get(host, "")).hostname
        if name is None:
            return False
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"
