"""Addresses of pages that no declared source owns, and what identifies such a page."""

import hashlib
from urllib.parse import urlsplit

GENERIC = "web"
"""The source of pages that no declared source owns."""
IMPORTED = "import"
"""The source of imported documents which nothing ties to any page of the web."""
_LONGEST_ID = 500


def web_id(address: str) -> str:
    """Host, path and query without the scheme; a SHA-256 in the place of one longer than 500 characters."""
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    found = f"{(parts.netloc or '').lower()}{parts.path or '/'}{query}"
    return found if len(found) <= _LONGEST_ID else hashlib.sha256(found.encode()).hexdigest()
