"""What a page of any make says of itself: its lines, its title, and what it has for machines."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag

from archive.documents import canonical_title
from crawler.normalizer.block_writer import is_boundary, is_shown
from crawler.normalizer.dates import date_in
from crawler.normalizer.generic.datelines import Dateline

MAX_TITLE = 500
"""Characters of a line that may be the title of a page of unknown make."""
_TIMES = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "pubdate",
    "publishdate",
    "publish_date",
)
_OUTLETS = ("source", "contentsource", "mediaid")
_SITES = ("og:site_name", "application-name")
_AUTHORS = ("author", "article:author", "og:article:author")
_PLATFORMS = frozenset(("微信公众平台",))
"""Names of sites that publish for anybody, and are no outlet."""
_SITE_BEHIND = re.compile(r"\s?[_|｜]\s?|\s[-–—·]\s|[-–—](?=[^-–—\d]{2,12}$)")
_AFTER_TITLE = re.compile(r"\s?[_|｜\-–—·<>:：,，(（【\[]")
_MIN_TITLE = 4
_MAX_JSON = 200_000
_NAMED = {"outlet": "#js_name, #source, .source", "author": "[rel=author], .author, #author"}


def lines_of(page: BeautifulSoup) -> Iterator[str]:
    """Each line that the page shows, canonical, in their order."""
    words: list[str] = []
    todo: list[object] = [page.body or page]
    while todo:
        part = todo.pop()
        if isinstance(part, NavigableString):
            if not isinstance(part, PreformattedString):
                words.append(part)
            continue
        is_end = part is _LINE_END or (isinstance(part, Tag) and (part.name == "br" or is_boundary(part)))
        if is_end:
            if line := canonical_title("".join(words)):
                yield line
            words.clear()
        if isinstance(part, Tag) and (is_shown(part) or part.name == "body"):
            todo += [_LINE_END] if is_end else []
            todo += reversed(part.contents)
    if line := canonical_title("".join(words)):
        yield line


_LINE_END = object()


def title_of(page: BeautifulSoup, lines: list[str]) -> tuple[str, str]:
    """The article's title, and the name of the site where the page's title has it behind that.

    The page's title begins with the article's, so the longest line with which it begins is that.
    """
    whole = canonical_title(page.title.get_text()) if page.title else ""
    beginnings = [line for line in lines if len(line) >= _MIN_TITLE and _is_beginning(line, whole)]
    title, site = max(beginnings, key=len, default=""), ""
    parts = _SITE_BEHIND.split(whole[:MAX_TITLE])
    if len(parts) > 1 and whole != title:
        site = parts[-1].strip()
    headings = [canonical_title(heading.get_text()) for heading in page.find_all("h1", limit=10)]
    candidates = (title, _meta(page).get("og:title", ""), *headings[:1], parts[0])
    return next((text for text in candidates if 0 < len(text) <= MAX_TITLE), ""), site


def _is_beginning(line: str, whole: str) -> bool:
    rest = whole[len(line) :]
    return whole.startswith(line) and (not rest or _AFTER_TITLE.match(rest) is not None)


def facts_for_machines(page: BeautifulSoup) -> Dateline:
    """What the head has: ``meta`` elements and JSON-LD; its `rest` is the site's name."""
    meta, article = _meta(page), _linked_data(page)
    published = (meta.get(name, "") for name in _TIMES)
    times = (*published, _text(article.get("datePublished")), *_times(page))
    outlets = (meta.get(name, "") for name in _OUTLETS)
    authors = (meta.get(name, "") for name in _AUTHORS)
    sites = (_text(article.get("publisher")), *(meta.get(name, "") for name in _SITES))
    return Dateline(
        outlet=_short((_shown(page, "outlet"), *outlets)),
        author=_short((*authors, _text(article.get("author")), _shown(page, "author"))),
        published=next(filter(None, map(date_in, filter(None, times))), None),
        rest=_short(site for site in sites if site not in _PLATFORMS),
    )


def _times(page: BeautifulSoup) -> Iterator[str]:
    for element in page.select("#publish_time, time[datetime]", limit=1):
        yield str(element.get("datetime") or element.get_text())


def _shown(page: BeautifulSoup, what: str) -> str:
    return next((element.get_text() for element in page.select(_NAMED[what], limit=1)), "")


def _short(texts: Any) -> str:
    """The first text that is a name."""
    names = (canonical_title(str(text)) for text in texts if text)
    return next((name for name in names if 1 < len(name) <= 40 and not re.search(r"[。/:：]", name)), "")


def _meta(page: BeautifulSoup) -> Mapping[str, str]:
    """The contents of ``meta`` elements by their names, in lower case."""
    found: dict[str, str] = {}
    for element in page.find_all("meta", content=True):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        if name:
            found.setdefault(str(name).lower(), canonical_title(str(element["content"])[:1_000]))
    return found


def _linked_data(page: BeautifulSoup) -> Mapping[str, Any]:
    """The first object of JSON-LD that has been published."""
    for script in page.find_all("script", type="application/ld+json"):
        with suppress(ValueError, RecursionError):
            data = json.loads(script.get_text()[:_MAX_JSON])
            nested = data.get("@graph", []) if isinstance(data, dict) else data
            for candidate in (data, *(nested if isinstance(nested, list) else ())):
                if isinstance(candidate, dict) and "datePublished" in candidate:
                    return candidate
    return {}


def _text(value: object) -> str:
    """A text, or the name of a thing or of the first of several."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name")
    return value if isinstance(value, str) else ""
