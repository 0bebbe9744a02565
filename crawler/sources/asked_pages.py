"""Pages named by hand: whose they are, and their canonical addresses."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from archive.errors import UsageError
from crawler.normalizer.finews.addresses import post_address
from crawler.normalizer.generic.web_addresses import canonical_address
from crawler.sources.registry import Sources
from crawler.sources.source import FINEWS, Source, web_source


def whose(sources: Sources, urls: Iterable[str]) -> list[tuple[Source, tuple[str, ...]]]:
    """The pages by source, in the order given, each once; those that no source knows are of the web's.

    Raises `UsageError` for what is no address of a page.
    """
    by_source: dict[str, tuple[Source, list[str]]] = {}
    strangers: list[str] = []
    for url in dict.fromkeys(map(canonical_url, urls)):
        owner = sources.owner_of(url)
        address = address_at(owner, url) if owner else None
        if owner is None or address is None:
            strangers.append(url)
        else:
            by_source.setdefault(owner.name, (owner, []))[1].append(address)
    groups = [(source, tuple(dict.fromkeys(pages))) for source, pages in by_source.values()]
    return groups + ([(web_source(tuple(strangers)), tuple(strangers))] if strangers else [])


def canonical_url(url: str) -> str:
    """The address as it is asked: escaped, with its host in ASCII, without a fragment or the usual port.

    Raises `UsageError`, in words, for what is no address of a page of the web.
    """
    found = canonical_address(url)
    if found is None:
        raise UsageError(
            f"--url {url!r:.80}: not asked; expected an address that begins with http:// or https:// and has "
            "no port and no password (where a host is really fetched from is said by ARCHIVE_MIRRORS)"
        )
    return found


def address_at(source: Source, url: str) -> str | None:
    """The address under which the source has the page; None where it knows no such page."""
    roots = {address for address, _ in source.roots}
    if url in roots:
        return url
    if source.declaration:
        place = source.declaration.article_at(url)
        return place[0] if place else None
    is_category = urlsplit(url).path.startswith("/category/")
    return post_address(url) or (url if source is FINEWS and is_category else None)
