"""Lists of posts: home page, category pages, feed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from archive.documents import canonical_title
from crawler.normalizer.bounds import MAX_ENTRIES, MAX_TITLE
from crawler.normalizer.decode import decode
from crawler.normalizer.feeds import ATOM, read_entries
from crawler.normalizer.finews.addresses import post_address
from crawler.normalizer.listed import Listed
from crawler.normalizer.markup import href_in, shown
from crawler.normalizer.rejected import Reason, Rejected

_TAG = re.compile(r"<(?:(?P<end>/a|/h2)|(?P<start>a|h2)(?:\s[^<>]*)?)>")


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
    feed = read_entries(data)
    if feed.root != ATOM:
        raise Rejected(Reason.NO_POSTS, "no Atom feed")
    addresses = map(post_address, chain.from_iterable(feed.entries))
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
