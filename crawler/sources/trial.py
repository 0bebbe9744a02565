"""What comes out of one page by the rules of its source: to show, and to compare with what is expected."""

from collections.abc import Sequence
from dataclasses import dataclass

from archive.documents import SourcedDocument, render
from crawler.normalizer import combine, read_post
from crawler.normalizer.dates import date_in
from crawler.normalizer.declared import (
    Fields,
    ListPage,
    document_in,
    fields_of,
    read_declared_feed,
    read_declared_list,
)
from crawler.normalizer.generic.web_page import read_web_page
from crawler.normalizer.page_text import page_text
from crawler.normalizer.rejected import Rejected
from crawler.sources.declaration import Declaration
from crawler.sources.source import FINEWS, Source

_SHOWN = 3
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
        fields = fields_of(rules, page, address)
    except Rejected as rejected:
        return Trial(DOCUMENT, (), problem=str(rejected))
    shown = _shown(rules, fields, address)
    try:
        return Trial(DOCUMENT, shown, render(document_in(source, rules, fields, address).document))
    except Rejected as rejected:
        return Trial(DOCUMENT, shown, problem=str(rejected))


def _tried_list(rules: Declaration, data: bytes, address: str) -> Trial:
    feeds = rules.feed.start if rules.feed else ()
    try:
        page = (read_declared_feed if address in feeds else read_declared_list)(rules, data, address)
    except Rejected as rejected:
        return Trial(LIST, (), problem=f"{rejected}{_hint(rules, address)}")
    is_feed = address in feeds or rules.lists is None
    fields = [("articles", str(len(page.posts)), "feed" if is_feed or not rules.lists else rules.lists.entry)]
    ids = [place[1] for post in page.posts if (place := rules.article_at(post.address))]
    shown = ", ".join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")
    fields.append(("{id}", shown, ", ".join(rules.article.address)))
    if rules.lists and not is_feed:
        if rules.lists.published:
            days = [date_in(day) for day in page.days]
            found = f"{sum(day is not None for day in days)} of {len(days)} have a day"
            fields.append(("published", found, rules.lists.published[0].select))
        if rules.lists.next:
            fields.append(("next", page.next or "(nothing found)", rules.lists.next))
    return Trial(LIST, fields, list_text(address, page))


def _hint(rules: Declaration, address: str) -> str:
    """Of a page that is neither an article by its address nor the first of a list, what it was taken for."""
    if address in rules.starts:
        return ""
    return f" (its address fits no pattern of article.address, so it was read as a list: {address})"


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


def _shown(rules: Declaration, fields: Fields, address: str) -> list[tuple[str, str, str]]:
    """Each part with what was found, or which rules found nothing."""
    wanted = rules.article
    place = rules.article_at(address)
    shown = [("{id}", place[1] if place else "(nothing found)", ", ".join(wanted.address))]
    for name, found in (
        ("title", fields.title),
        ("published", fields.published),
        ("outlet", fields.outlet),
        ("author", fields.author),
    ):
        rule = getattr(wanted, name)
        nothing = "(nothing found)" if rule else "(no rule)"
        by = found.by or ", ".join(one.select for one in rule or ())
        is_no_date = name == "published" and found.text and date_in(found.text) is None
        shown.append((name, f"(no date in it) {found.text}" if is_no_date else found.text or nothing, by))
    body = fields.body.text or ("(nothing but what is cut)" if fields.body.by else "(nothing found)")
    shown.append(("body", body, fields.body.by or ", ".join(wanted.body)))
    if fields.lost is not None:
        shown.append(("mirrored", f"restored, {fields.lost} characters lost", ""))
    return shown
