"""Pages of declared sources: what their rules find there.

Nothing here knows a site: `crawler.sources.declaration` says what rules there are, a source file which ones
hold for its site.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from archive.documents import Fidelity, SourcedDocument, canonical_title
from crawler.normalizer.article import Article, document_of
from crawler.normalizer.block_writer import is_boundary
from crawler.normalizer.bounds import MAX_ADDRESS, MAX_NAME, MAX_TITLE
from crawler.normalizer.cleaning import MAX_PAGE, Block, base_of, before, blocks_of, body_of, parsed
from crawler.normalizer.dates import date_in
from crawler.normalizer.feeds import read_entries
from crawler.normalizer.generic.web_addresses import canonical_address, joined
from crawler.normalizer.listed import Listed
from crawler.normalizer.page_text import PageText, page_text
from crawler.normalizer.rejected import Reason, Rejected
from crawler.normalizer.version import version_of
from crawler.sources.declaration import Declaration, TextRule

_LONGEST_TEXT = 5_000
"""Characters of an element's text that a rule looks through, and nodes at the most."""
_MOST_ELEMENTS = 100
"""Elements that a rule looks through."""
_SOURCE_BREAK = re.compile(r"[ \t]*+[\r\n]\s*+")
_LABEL_END = r"[^\S\n]{0,4}[:：][^\S\n]{0,4}"
_LABELS = (
    "来源 稿源 出处 转自 作者 记者 撰文 时间 日期 责任编辑 编辑 责编 校对 审核 摄影 阅读 浏览 点击 "
    "评论 字号 字体 分享 关键词 标签 发布 发表 更新"
)
"""What begins the next part of a line under a title."""
_VALUE_END = re.compile(
    r"[^\S\n]{2}|[\u3000\n|丨│]"
    rf"|[^\S\n]?(?=(?:{'|'.join(_LABELS.split())})(?:人|量|数|者|时间|日期)?[^\S\n]?[:：])"
    r"|(?<=\S)[^\S\n](?=(?:19|20)\d\d[-/.年])"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: the text, and the rule as the file has it; both empty where none found anything."""

    text: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """The parts of an article's page, each with the rule that found it."""

    title: Found
    published: Found
    outlet: Found
    author: Found
    body: Found
    """Its text is how many paragraphs there are."""
    blocks: tuple[Block, ...]
    lost: int | None
    """Characters that a mirror has cost; None for a page that no mirror has changed."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """What a page of a list names: articles, in its order, each once; and the page that follows it."""

    posts: tuple[Listed, ...]
    days: tuple[str, ...]
    """Of the entries, in the order of `posts`, as found; empty without a rule for them."""
    next: str | None


def read_declared(source: str, rules: Declaration, page: PageText, address: str) -> SourcedDocument:
    """The document of an article's page, given its canonical address. Raises `Rejected`."""
    return document_in(source, rules, fields_of(rules, page, address), address)


def document_in(source: str, rules: Declaration, fields: Fields, address: str) -> SourcedDocument:
    """The document that the parts of an article's page make. Raises `Rejected`."""
    article = _article(rules, fields)
    place = rules.article_at(address)
    if place is None:
        raise Rejected(Reason.NO_CODE, f"{address} fits no pattern of article.address")
    tags = tuple(tag.replace("{outlet}", article.outlet) for tag in rules.document.tags)
    return SourcedDocument(
        source=source,
        source_id=place[1],
        address=address,
        share_address="",
        fidelity=Fidelity.PAGE,
        document=document_of(article, address, slug=rules.document.slug, tags=tags),
        author=article.author,
        normalizer=version_of(rules),
    )


def fields_of(rules: Declaration, page: PageText, address: str) -> Fields:
    """What each rule for articles finds on a page. Raises `Rejected` for one that is too large."""
    soup = parsed(page.text)
    wanted = rules.article
    body_by, elements = _first_found(soup, wanted.body)
    title = _found(soup, wanted.title, MAX_TITLE)
    published = _found(soup, wanted.published, MAX_NAME)
    outlet, author = (_found(soup, rule, MAX_NAME) for rule in (wanted.outlet, wanted.author))
    for selector in wanted.cut:
        for element in elements:
            for unwanted in _outermost(element.select(selector)):
                unwanted.extract()
    blocks = before(blocks_of(elements, base_of(soup, address)), wanted.ends_before) if elements else ()
    body = Found(f"{len(blocks)} paragraphs", body_by) if blocks else Found(by=body_by)
    return Fields(title, published, outlet, author, body, blocks, page.lost)


def _article(rules: Declaration, fields: Fields) -> Article:
    if not fields.title.text:
        raise Rejected(Reason.NO_ARTICLE, f"article.title finds nothing: {_shown(rules.article.title)}")
    if not fields.blocks:
        what = "is empty" if fields.body.by else "finds nothing"
        raise Rejected(Reason.NO_ARTICLE, f"article.body {what}: {', '.join(rules.article.body)}")
    return Article(
        title=fields.title.text,
        outlet=fields.outlet.text or rules.document.outlet or rules.title,
        author=fields.author.text,
        published=date_in(fields.published.text),
        body=body_of(fields.blocks),
        lost=fields.lost or 0,
    )


def read_declared_list(rules: Declaration, data: bytes, address: str) -> ListPage:
    """The articles on a page of a list, given its address. Raises `Rejected` where there are none."""
    if rules.lists is None:
        raise Rejected(Reason.NO_POSTS, "the source has no table [list]")
    soup = parsed(page_text(data).text)
    base = base_of(soup, address)
    entries = _outermost(soup.select(rules.lists.entry))
    if not entries:
        raise Rejected(Reason.NO_POSTS, f"list.entry finds nothing: {rules.lists.entry}")
    found: dict[str, tuple[Listed, str]] = {}
    for entry in entries:
        if link := _article_linked(rules, entry, base):
            place, element = link
            title = _title_listed(entry, element, rules.lists.title)
            day = _found(entry, rules.lists.published, MAX_NAME).text
            found.setdefault(place, (Listed(place, title or None), day))
    if not found:
        expected = " or ".join(rules.article.address)
        seen = next((str(link["href"]) for one in entries for link in one.select("a[href]", limit=1)), "none")
        told = f"none of {len(entries)} entries links to an article: {expected}; the first has {seen:.100}"
        raise Rejected(Reason.NO_POSTS, told)
    posts, days = zip(*found.values(), strict=True)
    return ListPage(posts, days, _next_page(rules, soup, base))


def read_declared_feed(rules: Declaration, data: bytes, address: str) -> ListPage:
    """The articles in a feed, RSS or Atom, given its address. Raises `Rejected` for what is no feed.

    Titles are not told: feeds set them in typography of their own.
    """
    if len(data) > MAX_PAGE:
        raise Rejected(Reason.TOO_LONG, f"a feed of {len(data)} bytes, more than {MAX_PAGE}")
    entries = read_entries(data).entries
    places = ((rules.article_at(link, address) for link in links) for links in entries)
    articles = (next(filter(None, those), None) for those in places)
    found = tuple(dict.fromkeys(article[0] for article in articles if article))
    if entries and not found:
        expected = " or ".join(rules.article.address)
        raise Rejected(Reason.NO_POSTS, f"none of {len(entries)} links leads to an article: {expected}")
    return ListPage(tuple(Listed(place, None) for place in found), ("",) * len(found), None)


def _article_linked(rules: Declaration, entry: Tag, base: str) -> tuple[str, Tag] | None:
    """The address of the article that an entry leads to, and its link: of several the first that does."""
    links = [entry] if entry.name == "a" else entry.select(rules.lists.link) if rules.lists else []
    for link in links:
        if place := rules.article_at(str(link.get("href", "")), base):
            return place[0], link
    return None


def _title_listed(entry: Tag, link: Tag, wanted: Sequence[TextRule] | None) -> str:
    """The title; where the rule finds several links, a section's for one, that is the article's own."""
    if wanted and any(one is link for rule in wanted for one in entry.select(rule.select)):
        title = canonical_title(link.get_text())
        return title if len(title) <= MAX_TITLE else ""
    return _found(entry, wanted, MAX_TITLE).text


def _next_page(rules: Declaration, soup: BeautifulSoup, base: str) -> str | None:
    if rules.lists is None or rules.lists.next is None:
        return None
    for link in soup.select(rules.lists.next):
        href = str(link.get("href", "")).strip()
        if not href or href.startswith("#") or len(href) > MAX_ADDRESS:
            continue
        address = canonical_address(joined(base, href))
        parts = urlsplit(address or "")
        if parts.hostname in rules.hosts:
            return parts._replace(scheme=urlsplit(rules.starts[0]).scheme).geturl()
    return None


def _first_found(soup: BeautifulSoup, selectors: Sequence[str]) -> tuple[str, list[Tag]]:
    """The first selector that finds anything to read, and the elements; else the first that finds any."""
    found: tuple[str, list[Tag]] | None = None
    for selector in selectors:
        elements = _outermost(soup.select(selector))
        if any(one.get_text(strip=True) or one.img for one in elements):
            return selector, elements
        found = found or (selector, elements) if elements else found
    return found or ("", [])


def _outermost(elements: Iterable[Tag]) -> list[Tag]:
    """The elements, in their order, without those within another: nothing is looked at twice."""
    kept, within = [], set[int]()
    for element in elements:
        if id(element) not in within:
            kept.append(element)
            within.update(map(id, element.descendants))
    return kept


def _found(within: Tag, rules: Sequence[TextRule] | None, longest: int) -> Found:
    """What the first of the rules finds that finds anything."""
    for rule in rules or ():
        for text in _texts(within, rule):
            shown = canonical_title(text)
            if shown and len(shown) <= longest:
                return Found(shown, _shown((rule,)))
    return Found()


def _texts(within: Tag, rule: TextRule) -> Iterator[str]:
    for element in within.select(rule.select, limit=_MOST_ELEMENTS):
        text = str(element.get(rule.attribute, "")) if rule.attribute else _text_of(element)
        text = text[:_LONGEST_TEXT]
        if rule.after:
            yield from _after(text, rule.after)
        elif rule.pattern:
            found = re.search(rule.pattern, text)
            yield (found[1] or "") if found else ""
        else:
            yield text


def _text_of(element: Tag) -> str:
    """The element's text, with line breaks where it breaks lines; those of the source are spaces."""
    parts = []
    for one in islice(element.descendants, _LONGEST_TEXT):
        if isinstance(one, Tag):
            parts.append("\n" if one.name == "br" or is_boundary(one) else "")
        elif type(one) is NavigableString:  # what is of another type is a comment, or a script
            parts.append(_SOURCE_BREAK.sub(" ", one))
    return "".join(parts).replace("\xa0", " ")


def _after(text: str, labels: Sequence[str]) -> Iterator[str]:
    """What stands behind the first of the labels: up to a wide space, a bar, the next label, or a day."""
    for label in labels:
        plain = label.rstrip(":： ")
        found = re.search(re.escape(plain) + _LABEL_END, text)
        if found:
            rest = text[found.end() :]
            end = _VALUE_END.search(rest)
            yield rest[: end.start()] if end else rest


def _shown(rules: Sequence[TextRule]) -> str:
    """Rules as a message names them."""
    return ", ".join(
        f"{rule.select} after {'/'.join(rule.after)}" if rule.after else rule.select for rule in rules
    )
