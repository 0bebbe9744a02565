"""What comes out of one page by the rules of its source: to show, and to compare with what is expected."""

from collections.abc import Sequence
from dataclasses import dataclass

from archive.documents import SourcedDocument, render
from crawler.normalizer import combine, read_post
from crawler.normalizer.declared import (
    Fields,
    ListPage,
    fields_of,
    read_declared,
    read_declared_feed,
    read_declared_list,
)
from crawler.normalizer.generic.web_page import read_web_page
from crawler.normalizer.page_text import page_text
from crawler.normalizer.rejected import Rejected
from crawler.sources.declaration import Declaration
from crawler.sources.source import FINEWS, Source

DOCUMENT, LIST = ".md", ".list"
"""What a page can give; the suffixes of the files that hold what is expected of recorded pages."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came out of a page. Without `text`, nothing did, and `problem` says why."""

    kind: str
    fields: Sequence[tuple[str, str, str]]
    """Names, what was found, and the rule that found it."""
    text: str = ""
    """The document's file; or of a list its own address, each article, and what follows, a line each."""
    problem: str = ""


def tried(source: Source, data: bytes, address: str, kind: str = "") -> Trial:
    """Read a page by the rules of its source, given its canonical address and, if it is known, what it is.

    Else the address tells. That of a later page of a list may look like an article's: it is read as both.
    """
    rules = source.declaration
    if rules is None:
        return _tried_without_rules(source, data, address)
    if kind == LIST or rules.article_at(address) is None:
        return _tried_list(rules, data, address)
    article = _tried_article(source.name, rules, data, address)
    as_list = _tried_list(rules, data, address) if article.problem and not kind else article
    return article if as_list.problem else as_list


def _tried_article(source: str, rules: Declaration, data: bytes, address: str) -> Trial:
    try:
        page = page_text(data)
        fields = _shown(rules, fields_of(rules, page, address))
    except Rejected as rejected:
        return Trial(DOCUMENT, (), problem=str(rejected))
    try:
        return Trial(DOCUMENT, fields, render(read_declared(source, rules, page, address).document))
    except Rejected as rejected:
        return Trial(DOCUMENT, fields, problem=str(rejected))


def _tried_list(rules: Declaration, data: bytes, address: str) -> Trial:
    feeds = rules.feed.start if rules.feed else ()
    try:
        page = (read_declared_feed if address in feeds else read_declared_list)(rules, data, address)
    except Rejected as rejected:
        return Trial(LIST, (), problem=str(rejected))
    fields = [("articles", str(len(page.posts)), rules.lists.entry if rules.lists else "feed")]
    if rules.lists and rules.lists.next:
        fields.append(("next", page.next or "(nothing found)", rules.lists.next))
    return Trial(LIST, fields, list_text(address, page))


def list_text(address: str, page: ListPage) -> str:
    """What a list names, as text: its own address, then each article, then the page that follows."""
    lines = [f"{post.address}  {post.title}" if post.title else post.address for post in page.posts]
    return "\n".join([address, *lines, *([f"next {page.next}"] if page.next else [])])


def _tried_without_rules(source: Source, data: bytes, address: str) -> Trial:
    try:
        if source is FINEWS:
            found = combine(read_post(data, address), None)
        else:
            found = read_web_page(page_text(data), address)
    except Rejected as rejected:
        return Trial(DOCUMENT, (), problem=str(rejected))
    return Trial(DOCUMENT, _fields_of_document(found), render(found.document))


def _fields_of_document(found: SourcedDocument) -> list[tuple[str, str, str]]:
    document = found.document
    published = document.published.isoformat(" ") if document.published else "(nothing found)"
    told = (("title", document.title), ("published", published), ("outlet", document.outlet))
    return [(name, value, "") for name, value in (*told, ("author", found.author or "(nothing found)"))]


def _shown(rules: Declaration, fields: Fields) -> list[tuple[str, str, str]]:
    """Each part with what was found, or which rules found nothing."""
    wanted = rules.article
    shown = []
    for name, found in (
        ("title", fields.title),
        ("published", fields.published),
        ("outlet", fields.outlet),
        ("author", fields.author),
    ):
        rule = getattr(wanted, name)
        nothing = "(nothing found)" if rule else "(no rule)"
        by = found.by or ", ".join(one.select for one in rule or ())
        shown.append((name, found.text or nothing, by))
    body = fields.body.text or ("(nothing but what is cut)" if fields.body.by else "(nothing found)")
    shown.append(("body", body, fields.body.by or ", ".join(wanted.body)))
    if fields.lost is not None:
        shown.append(("mirrored", f"restored, {fields.lost} characters lost", ""))
    return shown
