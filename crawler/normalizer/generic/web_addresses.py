"""Addresses of pages that no declared source owns, and what identifies such a page."""

import hashlib
import re
from urllib.parse import quote, urljoin, urlsplit

from crawler.normalizer.bounds import MAX_ADDRESS

GENERIC = "web"
"""The source of pages that no declared source owns."""
IMPORTED = "import"
"""The source of imported documents which nothing ties to any page of the web."""
_LONGEST_ID = 500


_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_SAFE = "/%!$&'()*+,;=:@~"


def canonical_address(address: str) -> str | None:
    """The address as it is asked: escaped, its host in ASCII, without a fragment and the usual port.

    What was escaped stays so, whatever charset it is in. None for what is no address of a page of the web.
    """
    try:
        parts = urlsplit(address.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in _PORTS or not host or ":" in host or parts.username is not None:
        return None
    if port not in {None, _PORTS[parts.scheme]}:
        return None
    query = f"?{escaped(parts.query, '?/')}" if parts.query else ""
    found = f"{parts.scheme}://{host}{escaped(parts.path or '/')}{query}"
    return found if len(found) <= MAX_ADDRESS else None


def joined(base: str, href: str) -> str:
    """Where a link on the page `base` leads; empty where it leads nowhere."""
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def escaped(text: str, besides: str = "") -> str:
    """A part of an address with what must be escaped escaped, and nothing else (RFC 3986, section 6.2.2)."""
    return _ESCAPE.sub(_as_needed, quote(text, safe=_SAFE + besides))


def _as_needed(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    is_needless = character.isascii() and (character.isalnum() or character in "-._~")
    return character if is_needless else escape[0].upper()


def web_id(address: str) -> str:
    """Host, path and query without the scheme; a SHA-256 in the place of one longer than 500 characters."""
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    found = f"{(parts.netloc or '').lower()}{parts.path or '/'}{query}"
    return found if len(found) <= _LONGEST_ID else hashlib.sha256(found.encode()).hexdigest()
