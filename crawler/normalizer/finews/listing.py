"""Lists of posts: home page, category pages, feed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml import etree

from archive.documents import canonical_title
from crawler.normalizer.bounds import MAX_ENTRIES, MAX_TITLE
from crawler.normalizer.decode import decode
from crawler.normalizer.finews.addresses import post_address
from crawler.normalizer.listed import Listed
from crawler.normalizer.markup import href_in, shown
from crawler.normalizer.rejected import Reason, Rejected

_TAG = re.compile(r"<(?:(?P<end>/a|/h2)|(?P<start>a|h2)(?:\s[^<>]*)?)>")
_ATOM = "{http://www.w3.org/2005/Atom}"


def read_listing(data: bytes) -> tuple[Listed, ...]:
    """The posts that the home page or a category page lists, in its order, each once in each group.

    Titles of category pages are often another outlet's name and are not read. Raises `Rejected` for a
    page without a section, which is no list, or with too many posts; an empty list is one.
    """
    page = decode(data)
    start, end = page.rfind("<section"), page.rfind("</section>")
    if start < 0:
        raise Rejected(Reason.NO_POSTS, f"{len(page)} characters without a section")
    if end < start:
        raise Rejected(Reason.TRUNCATED, f"the page ends after {len(page)} characters, within the list")
    return _each_once(_entries(page, start, end))


def read_feed(data: bytes) -> tuple[Listed, ...]:
    """The posts of the Atom feed, in its order. Raises `Rejected` for what is no feed."""
    if not data.strip():
        raise Rejected(Reason.EMPTY, "no bytes")
    reader = _FeedReader()
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        target=reader,  # type: ignore[arg-type]
    )
    try:
        etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Rejected(Reason.NO_POSTS, f"no XML: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise Rejected(Reason.NO_POSTS, "no XML: a character that is none") from error
    if reader.root != f"{_ATOM}feed":
        raise Rejected(Reason.NO_POSTS, "no Atom feed")
    addresses = (post_address(href) for href in reader.links)
    return _each_once(Listed(address, None) for address in addresses if address)


def groups_of(posts: Iterable[Listed]) -> Mapping[str, tuple[Listed, ...]]:
    """The posts of each group, both in the order of the list."""
    groups: dict[str, list[Listed]] = {}
    for post in posts:
        groups.setdefault(post.group, []).append(post)
    return {group: tuple(listed) for group, listed in groups.items()}


def _each_once(entries: Iterable[Listed]) -> tuple[Listed, ...]:
    """The entries without what a group has twice."""
    found: dict[tuple[str, str], Listed] = {}
    for number, entry in enumerate(entries, 1):
        if number > MAX_ENTRIES:
            raise Rejected(Reason.TOO_MANY, f"a list of more than {MAX_ENTRIES} posts")
        found.setdefault((entry.group, entry.address), entry)
    return tuple(found.values())


def _entries(page: str, start: int, end: int) -> Iterator[Listed]:
    """Each link to a post between two positions of the page; a title may hold the like of any other tag."""
    group = ""
    opened: re.Match[str] | None = None
    for tag in _TAG.finditer(page, start, end):
        if tag["start"] and (opened is None or opened["start"] == "h2"):
            opened = tag
        elif opened and tag["end"] == f"/{opened['start']}":
            text = page[opened.end() : tag.start()]
            if opened["start"] == "h2":
                group = canonical_title(shown(text)) if len(text) <= MAX_TITLE else ""
            elif address := post_address(_unescaped_once(href_in(opened[0]) or "")):
                yield Listed(address, text.strip() if len(text) <= MAX_TITLE else None, group)
            opened = None


def _unescaped_once(href: str) -> str:
    """A path as the site has it: the home page escapes the ampersand, category pages do not."""
    return href.replace("&amp;", "&")


class _FeedReader:
    """Collects the addresses of entries from parser events: a tree of 16 MiB of tags would need a GB.

    It takes no texts: recovering, libxml2 lets the surrogates among them pass, which lxml cannot decode.
    """

    def __init__(self) -> None:
        self.root: Any = ""
        self.links: list[str] = []
        self._open: list[Any] = []

    def start(self, tag: Any, attributes: Any) -> None:
        """A link to a post is an alternate one that stands right within an entry."""
        self.root = self.root or tag
        if tag == _LINK and self._open[-1:] == [_ENTRY] and attributes.get("rel") == "alternate":
            self.links.append(attributes.get("href", ""))
        self._open.append(tag)

    def end(self, tag: Any) -> None:
        """The element that was opened last ends."""
        self._open.pop()

    def close(self) -> None:
        """Nothing remains to be done."""


_ENTRY, _LINK = f"{_ATOM}entry", f"{_ATOM}link"
