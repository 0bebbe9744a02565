"""Lists of posts: home page, category pages, feed."""

import re
from dataclasses import dataclass

from lxml import etree

from crawler.normalizer.addresses import post_address
from crawler.normalizer.decode import decode
from crawler.normalizer.rejected import Reason, Rejected

_ANCHOR = re.compile(r"<a\s[^>]*?href\s*=\s*[\"'](?P<href>[^\"'>]*)[\"'][^>]*>(?P<title>.*?)</a>", re.DOTALL)
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True)
class Listed:
    """One post in a list: its canonical address, and its title as the list has it, unescaped.

    `title` is None in the feed, whose titles are set in other typography than the posts' own.
    """

    address: str
    title: str | None


def read_listing(data: bytes) -> tuple[Listed, ...]:
    """The posts that the home page or a category page lists, in its order, each once.

    Titles of category pages are often another outlet's name and are not read. Raises `Rejected` for a
    page without a section, which is no list; an empty list is one.
    """
    page = decode(data)
    start, end = page.rfind("<section"), page.rfind("</section>")
    if start < 0:
        raise Rejected(Reason.NO_POSTS, f"{len(page)} characters without a section")
    if end < start:
        raise Rejected(Reason.TRUNCATED, f"the page ends after {len(page)} characters, within the list")
    found: dict[str, Listed] = {}
    for anchor in _ANCHOR.finditer(page, start, end):
        if address := post_address(anchor["href"]):
            found.setdefault(address, Listed(address, anchor["title"].strip()))
    return tuple(found.values())


def read_feed(data: bytes) -> tuple[Listed, ...]:
    """The posts of the Atom feed, in its order. Raises `Rejected` for what is no feed."""
    if not data.strip():
        raise Rejected(Reason.EMPTY, "no bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        feed = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Rejected(Reason.NO_POSTS, f"no XML: {error.msg}") from error
    if feed is None or feed.tag != f"{_ATOM}feed":
        raise Rejected(Reason.NO_POSTS, "no Atom feed")
    links = (entry.find(f"{_ATOM}link[@rel='alternate']") for entry in feed.iter(f"{_ATOM}entry"))
    addresses = (post_address(link.get("href", "")) for link in links if link is not None)
    return tuple(Listed(address, None) for address in dict.fromkeys(addresses) if address)
