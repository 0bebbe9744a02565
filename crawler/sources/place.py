"""What an address is to the sources: whose it is, what stands there, and how else it may be written."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from archive.store.values import PageKind
from crawler.normalizer.finews.addresses import (
    FLASHES,
    HOME,
    category_address,
    code_in_share_address,
    post_address,
)
from crawler.normalizer.generic.web_addresses import canonical_address, web_id
from crawler.sources.asked_pages import address_at
from crawler.sources.registry import Sources
from crawler.sources.source import FINEWS, Source, web_source


class PlaceKind(StrEnum):
    """What stands at an address, by its form."""

    ARTICLE = "article"
    LIST = "list"
    FEED = "feed"
    SHARE = "share"
    """A share page of finews, or what it gets its text from: asked together with a post alone."""
    ROBOTS = "robots"
    OTHER = "other"
    """Nothing that its source would ever ask."""


@dataclass(frozen=True, slots=True)
class Place:
    """One address among the sources."""

    source: Source
    address: str
    """Canonical, where the source knows such a page; else as it is asked."""
    kind: PlaceKind
    source_id: str = ""
    """Of the article there, or of that which is shared there; empty where the address does not tell."""
    is_owned: bool = True
    """Whether the address is on a host of a source, rather than anybody's."""


def place_of(sources: Sources, url: str) -> Place | None:
    """The place of an address; None for what is no address of a page of the web.

    Raises `UsageError` for a broken source file, where no other source owns the host: it may own it.
    """
    address = canonical_address(url)
    if address is None:
        return None
    if code := code_in_share_address(address):
        return Place(FINEWS, address, PlaceKind.SHARE, code)
    host = urlsplit(address).hostname
    owner = next((one for one in sources if host in one.hosts), None) or sources.owner_of(address)
    if owner is None:
        kind = PlaceKind.ROBOTS if _is_robots(address) else PlaceKind.ARTICLE
        return Place(web_source((address,)), address, kind, web_id(address), is_owned=False)
    return _place_at(owner, address)


def _place_at(owner: Source, address: str) -> Place:
    if _is_robots(address):
        return Place(owner, address, PlaceKind.ROBOTS)
    roots = dict(owner.roots)
    for written in _written(address):
        if written in roots:
            return Place(
                owner, written, PlaceKind.FEED if roots[written] is PageKind.FEED else PlaceKind.LIST
            )
        if owner is FINEWS and (written == _FLASHES or written.startswith(_CATEGORIES)):
            return Place(owner, written, PlaceKind.LIST)
        if found := post_address(written) if owner is FINEWS else address_at(owner, written):
            return Place(owner, found, PlaceKind.ARTICLE, owner.source_id_in(found) or "")
    return Place(owner, address, PlaceKind.OTHER)


def spellings(url: str, place: Place | None) -> tuple[str, ...]:
    """How an address may be written in the store: as given, canonically, in the other scheme, with a slash
    at its end or without."""
    canonical = canonical_address(url)
    found = [url.strip(), *([place.address] if place else [])]
    for one in (*([place.address] if place else []), *([canonical] if canonical else [])):
        found += _written(one)
    return tuple(dict.fromkeys(found))


def _written(address: str) -> tuple[str, ...]:
    """The address, and how it may be written as well, the likeliest first."""
    scheme, _, rest = address.partition(":")
    other = "https" if scheme == "http" else "http"
    slashed = rest.removesuffix("/") if rest.endswith("/") else f"{rest}/"
    return address, f"{other}:{rest}", f"{scheme}:{slashed}", f"{other}:{slashed}"


def _is_robots(address: str) -> bool:
    return urlsplit(address).path == "/robots.txt"


_FLASHES = category_address(FLASHES)
_CATEGORIES = f"{HOME}category/"
