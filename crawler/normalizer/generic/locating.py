"""Where in a page its article is: what trafilatura keeps says where, our own reading says what.

Trafilatura knows articles by many signs, but gives them back altered: short paragraphs dropped, lines
merged, tables flattened. So each text of the page is marked before trafilatura reads it, by two characters
that no article has; the marks that come back tell which element holds the article, and that is taken whole.
"""

import logging
import re
from collections import defaultdict
from html import escape

import trafilatura
from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag

from crawler.normalizer.block_writer import attribute, is_boundary, is_shown
from crawler.normalizer.rejected import Reason, Rejected

_HIGH, _LOW = 0x20000, 0x20100
"""Rare ideographs, as trafilatura drops what cannot be printed, such as private characters."""
_MARK = re.compile(f"([{chr(_HIGH)}-{chr(_HIGH + 255)}])([{chr(_LOW)}-{chr(_LOW + 255)}])")
_MARKS = re.compile(f"[{chr(_HIGH)}-{chr(_LOW + 255)}]")
_SHARE = 0.85
"""How much of the kept text of an element must be in a part of it for only that to be the article's."""
_PARAGRAPHS = frozenset(
    "p li dt dd h1 h2 h3 h4 h5 h6 a b strong em i blockquote figure figcaption pre".split()
)
_PARTS = frozenset("table caption thead tbody tfoot tr ul ol dl".split())
_SENTENCE = re.compile(r"[。，！？；,;!?]|\.(?:\s|\Z)")
_SENTENCES = 4
_MIN_KEPT = 20 * _SENTENCES
"""Weight of an element beside the article's for it to be a part of that, such as its summary."""
_FURNITURE = re.compile(
    r"(?:^|[-_\s])(?:share|bdshare|related?|recommend|comments?|discuss|copyright|disclaimer|breadcrumbs?|crumbs?|"
    r"toolbar|tools|pagination|pager|tags?|keywords|qrcode|sidebar|ads?|adv|promo|newsletter|subscribe|respond|"
    r"social|hot|rank|statement|gg|guanggao)(?:$|[-_\s])",
    re.IGNORECASE,
)
_FURNITURE_TAGS = frozenset("nav aside footer".split())
_MOSTLY = 0.6
"""The share of links in the text of what is a list of other articles."""
_MAX_NAMES = 200
"""Characters of an element's id and classes that are looked at."""


def elements_of_article(page: BeautifulSoup) -> tuple[Tag, ...]:
    """The elements that hold the article, one most often; none where there is no article.

    What is not of the article becomes hidden in the page. Raises `Rejected` where trafilatura cannot read it.
    """
    body = page.body
    if body is None:
        return ()
    _hide_furniture(body)
    kept = _kept_texts(body)
    if not kept:
        return ()
    weights = _sums(body, {id(text): _weight(text) for text in kept})
    holder = _holder(body, weights)
    if holder is body or holder.parent is None:
        return (holder,)
    return tuple(
        child
        for child in holder.parent.find_all(True, recursive=False)
        if child is holder or (weights[id(child)] >= _MIN_KEPT)
    )


def _kept_texts(body: Tag) -> list[NavigableString]:
    """The texts of a page of which trafilatura keeps any part."""
    html, texts = _marked(body)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # pages without an article are ours to report
    try:
        kept = trafilatura.bare_extraction(html, favor_precision=True, include_comments=False)
    except Exception as error:
        raise Rejected(Reason.NO_ARTICLE, f"trafilatura gives up: {error!r}") from error
    numbers = (
        (ord(high) - _HIGH) * 256 + ord(low) - _LOW
        for high, low in _MARK.findall(getattr(kept, "text", None) or "")
    )
    return [texts[number] for number in numbers if number < len(texts)]


def _marked(body: Tag) -> tuple[str, list[NavigableString]]:
    """The HTML of what a page shows, a mark before each text, and these texts in the order of marks."""
    html: list[str] = []
    texts: list[NavigableString] = []
    todo: list[object] = [body]
    while todo:
        part = todo.pop()
        if isinstance(part, Tag):
            if is_shown(part):
                names = "".join(f' {name}="{escape(attribute(part, name))}"' for name in ("id", "class"))
                html.append(f"<{part.name}{names}>")
                if not part.is_empty_element:
                    todo += (f"</{part.name}>", *reversed(part.contents))
        elif not isinstance(part, NavigableString):
            html.append(str(part))
        elif not isinstance(part, PreformattedString):
            if part.strip():
                html.append(chr(_HIGH + len(texts) // 256) + chr(_LOW + len(texts) % 256))
                texts.append(part)
            html.append(escape(_MARKS.sub("", part)))
    return f"<html>{''.join(html)}</html>", texts


def _weight(text: str) -> int:
    """Sentences count for more than names, numbers and labels, which side columns and footers have."""
    length = len(text.strip())
    return _SENTENCES * length if _SENTENCE.search(text) else length


def _sums(page: Tag, amounts: dict[int, int]) -> dict[int, int]:
    """For each element, by its id, the sum over all that it holds."""
    sums: dict[int, int] = defaultdict(int, amounts)
    for part in reversed(list(page.descendants)):
        if (amount := sums[id(part)]) and part.parent is not None:
            sums[id(part.parent)] += amount
    return sums


def _holder(top: Tag, weights: dict[int, int]) -> Tag:
    """The innermost element of several lines with nearly all that was kept."""
    lines = _sums(top, {id(part): 1 for part in top.find_all(True) if part.name == "br" or is_boundary(part)})

    def holds(child: Tag) -> bool:
        has_most = weights[id(child)] >= _SHARE * weights[id(child.parent)]
        return has_most and child.name not in _PARAGRAPHS and lines[id(child)] > is_boundary(child)

    holder = top
    while inner := next(filter(holds, holder.find_all(True, recursive=False)), None):
        holder = inner
    while holder.name in _PARTS and holder.parent is not None and holder is not top:
        holder = holder.parent
    return holder


def _hide_furniture(top: Tag) -> None:
    """Hide bars to share, comments, lists of other articles; show what scripts would uncover.

    An element with half of the page's text is no furniture, whatever it is called, and not hidden.
    """
    links = top.find_all("a", href=True)
    lengths = _sums(top, {id(text): len(text.strip()) for text in _texts(top)})
    linked = _sums(top, {id(link): lengths[id(link)] for link in links})
    counts = _sums(top, {id(link): 1 for link in links})
    half = lengths[id(top)] / 2

    def is_list_of_links(part: Tag) -> bool:
        dense = linked[id(part)] > _MOSTLY * lengths[id(part)]
        return is_boundary(part) and dense and counts[id(part)] > 1

    for part in top.find_all(True):
        if lengths[id(part)] > half:
            part.attrs.pop("style", None)
            part.attrs.pop("hidden", None)
        elif _is_named_furniture(part) or is_list_of_links(part):
            part["hidden"] = ""


def _texts(element: Tag) -> list[NavigableString]:
    return [
        part
        for part in element.descendants
        if isinstance(part, NavigableString) and not isinstance(part, PreformattedString)
    ]


def _is_named_furniture(part: Tag) -> bool:
    names = " ".join((attribute(part, "id"), attribute(part, "class")))
    return part.name in _FURNITURE_TAGS or _FURNITURE.search(names[:_MAX_NAMES]) is not None
