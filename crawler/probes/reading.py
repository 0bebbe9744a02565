"""What the pages of a source give, whether a file or a spider of its own says how it is read."""

from dataclasses import dataclass

from archive.documents import Document
from archive.store.values import PageKind
from crawler import normalizer
from crawler.normalizer import Reason, Rejected
from crawler.normalizer.declared import document_in, fields_of, read_declared_feed, read_declared_list
from crawler.normalizer.finews.addresses import code_in_address, post_day
from crawler.normalizer.page_text import page_text
from crawler.sources.source import Source


@dataclass(frozen=True, slots=True)
class Sample:
    """An article as it comes out of its page."""

    document: Document
    missing: str = ""
    """What it should have and has not, with the rule that finds nothing; empty where nothing is missing."""


def roots_of(source: Source) -> list[tuple[str, PageKind]]:
    """The first of each kind of the pages that every crawl asks: the first list, the first feed."""
    by_kind: dict[PageKind, str] = {}
    for address, kind in source.roots:
        by_kind.setdefault(kind, address)
    return [(address, kind) for kind, address in by_kind.items()]


def posts_listed(source: Source, data: bytes, address: str, kind: PageKind) -> list[str]:
    """The addresses of the articles that a list or a feed names, the newest first.

    Raises `Rejected`, which names the rule that finds nothing.
    """
    rules = source.declaration
    if rules is not None:
        read = read_declared_feed if kind is PageKind.FEED else read_declared_list
        return [post.address for post in read(rules, data, address).posts]
    posts = (normalizer.read_feed if kind is PageKind.FEED else normalizer.read_listing)(data)
    if not posts:
        raise Rejected(Reason.NO_POSTS, "no posts are listed")
    found = dict.fromkeys(post.address for post in posts)
    # The home page has the newest of each tag; the number of a code begins with its time.
    return sorted(found, key=_when, reverse=True)


def _when(address: str) -> tuple[str, str]:
    code = code_in_address(address) or ""
    return post_day(address), code.removeprefix("NW")


def sample_of(source: Source, data: bytes, address: str) -> Sample:
    """The document of an article's page. Raises `Rejected`, which names the rule that finds nothing."""
    rules = source.declaration
    if rules is None:
        return Sample(normalizer.combine(normalizer.read_post(data, address), None).document)
    fields = fields_of(rules, page_text(data), address)
    document = document_in(source.name, rules, fields, address).document
    dates = rules.article.published
    if not dates or document.published:
        return Sample(document)
    return Sample(document, f"article.published finds no date: {', '.join(rule.select for rule in dates)}")
