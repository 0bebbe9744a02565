"""Articles of pages of any make: where no rules for a site are declared, what most sites do is looked for."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from htmldate import find_date

from crawler.normalizer.article import Article
from crawler.normalizer.cleaning import Block, base_of, blocks_of, body_of, parsed
from crawler.normalizer.dates import date_in
from crawler.normalizer.generic.datelines import Dateline, first_of, read_dateline
from crawler.normalizer.generic.endings import without_ending
from crawler.normalizer.generic.locating import elements_of_article
from crawler.normalizer.generic.page_facts import facts_for_machines, lines_of, title_of
from crawler.normalizer.rejected import Reason, Rejected

_MAX_TAGS = 20_000
"""Signs ``<`` in a page that trafilatura may read: its time grows with the square of the elements that stand
side by side, and is 2 s for so many. Pages of portals have under 10,000."""
_HEAD_LINES = 12
_ABOVE_TITLE = 3
"""Lines above and below a title in which to look for who published an article."""
_MAX_HEAD = 100
_TOOLS = re.compile(
    r"[【\[]?(?:分享|字号|字体|打印|收藏|阅读|点击|评论|微信|微博|当前位置|您的位置|您所在的位置|首页|原标题|大\s中\s小)"
)
_REPORTER = re.compile(
    r"[（(](?:本报|本网|本刊)?(?:见习|实习)?记者[:：\s]*(?P<name>[^\s()（）。，]{2,12})[)）]\Z"
)
_NO_ARTICLE = re.compile(
    r"\s*(?:404|403|50\d)\s*(?:\Z|[-_—:：|｜，,]|页面|网页|错误|error|not|forbidden|bad|internal|service|gateway)"
    r"|.*(?:(?:页面|网页|文章|内容)\S{0,4}(?:不存在|找不到|已删除)|not found)"
    r"|(?=.*(?:登录|登陆|注册|跳转|log\s?in|sign\s?(?:in|up)))(?:登录|登陆|注册|跳转|log\s?in|sign\s?(?:in|up)|用户|会员"
    r"|账号|账户|帐号|帐户|系统|平台|页面|网页|页|正在|立即|免费|自动|手机|快速|新|请先|请|您|后|为|中|与|和|或|or"
    r"|[\s.…/|·,，、!！-])++\Z",
    re.IGNORECASE,
)
"""Titles of errors, of forms and of pages that lead on. What merely names a login is an article's."""
_PROSE = re.compile(r"[。！？；，,.;!?”]")
_SENTENCE_END = re.compile(r"[。！？.!?…][”’」\"]?\Z")
_MIN_PROSE = 100
"""Characters of sentences that make an article of a page which does not say when it was published."""
_SENTENCES = 400
"""Characters of sentences that make an article whatever the title is."""


def read_generic(page: str, address: str) -> Article:
    """The article of a page, the text of which is decoded and, where a mirror had changed it, restored.

    Raises `Rejected`: ``NO_ARTICLE`` for a list, an error or a form, ``TOO_LONG`` for what no article is.
    """
    if (tags := page.count("<")) > _MAX_TAGS:
        raise Rejected(Reason.TOO_LONG, f"a page of {tags} tags, more than {_MAX_TAGS}")
    tree = parsed(page)
    lines = list(lines_of(tree))
    title, site = title_of(tree, lines)
    if not title:
        raise Rejected(Reason.NO_ARTICLE, f"{len(page)} characters without a title")
    said = first_of((_said_below(title, lines), facts_for_machines(tree)))
    blocks = without_ending(_without_head(_blocks(tree, address), title))
    _check(title, said, blocks)
    return Article(
        title=title,
        outlet=said.outlet or said.rest or site or urlsplit(address).hostname or title,
        author=said.author or _reporter(blocks),
        published=said.published or _guessed(page, address),
        body=body_of(blocks),
    )


def _guessed(page: str, address: str) -> datetime | None:
    """The day that htmldate finds in the page's markup or address."""
    try:
        day = find_date(page, False, url=address or None, min_date="1980-01-01", max_date="2100-12-31")
    except Exception:  # noqa: BLE001 a day is not worth an article, whatever the libraries of htmldate may raise
        return None
    return date_in(day or "")


def _said_below(title: str, lines: Sequence[str]) -> Dateline:
    """What the lines around the title's last place among the lines say."""
    at = max((number for number, line in enumerate(lines) if line == title), default=0)
    near = (*lines[at + 1 : at + _HEAD_LINES], *reversed(lines[max(at - _ABOVE_TITLE, 0) : at]))
    return first_of(map(read_dateline, near))


def _blocks(tree: BeautifulSoup, address: str) -> tuple[Block, ...]:
    return blocks_of(elements_of_article(tree), base_of(tree, address))


def _without_head(blocks: tuple[Block, ...], title: str) -> tuple[Block, ...]:
    """The blocks below the title and what is said under it."""
    head = 0
    for number, block in enumerate(blocks[:_HEAD_LINES], 1):
        if len(block.text) <= max(_MAX_HEAD, len(title)) and _is_head(block.text, title):
            head = number
        elif _SENTENCE_END.search(block.text):
            break
    return blocks[head:]


def _is_head(text: str, title: str) -> bool:
    return text == title or bool(read_dateline(text)) or _TOOLS.match(text) is not None


def _check(title: str, said: Dateline, blocks: Sequence[Block]) -> None:
    """Raise `Rejected` for what is no article."""
    headlines = sum(block.html.startswith(("<h2><a", "<h3><a", "<h4><a")) for block in blocks)
    prose = sum(len(block.text) for block in blocks if _PROSE.search(block.text))
    least = 0 if said.published else _MIN_PROSE
    if _NO_ARTICLE.match(title):
        least = _SENTENCES
    if not blocks or headlines > 1 or prose < least:
        raise Rejected(Reason.NO_ARTICLE, f"{title!r}: {prose} characters of sentences")


def _reporter(blocks: Sequence[Block]) -> str:
    """Who signed the article at its end."""
    found = _REPORTER.search(blocks[-1].text[-40:]) if blocks else None
    return found["name"] if found else ""
