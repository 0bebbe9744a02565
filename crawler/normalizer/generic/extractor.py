"""Articles of pages of any make: where no rules for a site are declared, what most sites do is looked for."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import accumulate, takewhile
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from bs4.element import Tag
from htmldate import find_date

from crawler.normalizer.article import Article
from crawler.normalizer.cleaning import Block, before, blocks_of, body_of, parsed
from crawler.normalizer.dates import date_in
from crawler.normalizer.generic.datelines import Dateline, first_of, read_dateline
from crawler.normalizer.generic.endings import ENDINGS
from crawler.normalizer.generic.locating import elements_of_article
from crawler.normalizer.generic.page_facts import facts_for_machines, lines_of, title_of
from crawler.normalizer.rejected import Reason, Rejected

LATE_ENDINGS = tuple(
    "来源： （来源 文章来源： （文章来源 稿源： 作者： 原标题： （原标题： 标签： 关键词： 分享到 "
    "分享： 打印本页 关闭窗口 【打印 [打印 扫描二维码关注 扫描二维码下载 扫一扫关注 点击进入专题 "
    "阅读原文".split()
)
"""What may stand above an article as well, or in it: an ending only behind the better half of it."""
_LATE_LINES = frozenset(
    "相关新闻 相关链接 热门推荐 打印 收藏 分享 关闭 上一篇 下一篇 我要反馈 更多精彩".split()
)
"""Whole lines that are as good as those; longer ones that begin so may be of the article."""
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
    r"\s*(?:404|403|50\d)\b|(?:页面|网页|文章|内容)\S{0,4}(?:不存在|找不到|已删除)|登录|登陆|注册|跳转"
    r"|not found|log\s?in",
    re.IGNORECASE,
)
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
    blocks = _without_head(_blocks(tree, address), title)
    blocks = _without_ending(blocks)
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
    base = tree.find("base", href=True)
    if isinstance(base, Tag):
        with suppress(ValueError):
            address = urljoin(address, str(base["href"]))
    return blocks_of(elements_of_article(tree), address)


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


def _without_ending(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    blocks = (*blocks[:1], *before(blocks[1:], ENDINGS))
    read = list(accumulate(len(block.text) for block in blocks))
    half = sum(2 * length <= read[-1] for length in read) + 1
    late = takewhile(lambda block: block.text not in _LATE_LINES, blocks[half:])
    return (*blocks[:half], *before(late, LATE_ENDINGS))


def _check(title: str, said: Dateline, blocks: Sequence[Block]) -> None:
    """Raise `Rejected` for what is no article."""
    headlines = sum(block.html.startswith(("<h2><a", "<h3><a", "<h4><a")) for block in blocks)
    prose = sum(len(block.text) for block in blocks if _PROSE.search(block.text))
    least = 0 if said.published else _MIN_PROSE
    if _NO_ARTICLE.search(title):
        least = _SENTENCES
    if not blocks or headlines > 1 or prose < least:
        raise Rejected(Reason.NO_ARTICLE, f"{title!r}: {prose} characters of sentences")


def _reporter(blocks: Sequence[Block]) -> str:
    """Who signed the article at its end."""
    found = _REPORTER.search(blocks[-1].text[-40:]) if blocks else None
    return found["name"] if found else ""
