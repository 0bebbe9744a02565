"""Where an article ends and its page goes on: credits, disclaimers, lists of other articles.

What no article says ends it wherever it stands. What an article may say as well (编辑：… opens an answer in
an interview, 来源：… stands under a chart) ends it only where it is a short line and little follows.
"""

import re
from collections.abc import Sequence
from itertools import accumulate

from crawler.normalizer.cleaning import Block, before_line, folded

_SHORT = 40
"""Characters, white space apart, of a line that may be a credit or a heading; paragraphs have more."""
_LITTLE = 6
"""The part of the text, one in so many, that may follow an ambiguous ending: pages have less there, and
where it was a paragraph after all, most of the article is kept."""
_FEW = 3
"""Short blocks that may follow as well: a flash of one paragraph has hardly more text than its page's end."""


def _beginnings(words: str) -> tuple[str, ...]:
    return tuple(map(folded, words.split()))


_NOTICES = _beginnings(
    "转自： 转载自： 【版权 版权及免责声明： 免责声明： 【免责 轉自： 轉載自： 【版權 免責聲明： 【免責"
)
"""The end at once, however long the line is."""
_CREDITS = _beginnings(
    "责任编辑： （责任编辑 [责任编辑 【责任编辑 （责编 责编： [责编 （编辑： [编辑： 延伸阅读： 相关阅读： "
    "推荐阅读： 相关新闻： 相关链接： 上一篇： 下一篇： 責任編輯： （責任編輯 [責任編輯 【責任編輯 "
    "延伸閱讀： 相關閱讀："
)
"""The end at once, where the line is short."""
_HEADINGS = frozenset(_beginnings("免责声明 版权声明 延伸阅读 相关阅读 推荐阅读 免責聲明 延伸閱讀 相關閱讀"))
"""The end at once, where they are the whole line."""
_LATE_NOTICES = _beginnings(
    "版权声明 版权及免责 免责声明 特别声明 郑重声明 声明：本文 声明：本网 声明：本站 声明：凡 声明：以上 "
    "copyright© copyright(c) copyright2 ©2 原标题： （原标题： 免責聲明 聲明：本文"
)
"""The end where little follows, however long the line is."""
_LATE = _beginnings(
    "编辑： 校对： 审核： 责任编辑 声明： 版权所有 copyright © 来源： （来源 文章来源： （文章来源 "
    "稿源： 作者： 标签： 关键词： 分享到 分享： 打印本页 关闭窗口 【打印 [打印 扫描二维码关注 "
    "扫描二维码下载 扫一扫关注 点击进入专题 阅读原文 來源： 責任編輯 編輯： 校對： 審核： 聲明："
)
"""The end where little follows a short line that is no sentence."""
_LATE_HEADINGS = frozenset(
    _beginnings("相关新闻 相关链接 热门推荐 打印 收藏 分享 关闭 上一篇 下一篇 我要反馈 更多精彩")
)
_SOURCES = _beginnings("来源： （来源 來源：")
_SENTENCE_END = re.compile(r"[。！？!?…][”’」\"]?\Z")


def without_ending(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks of an article without what follows it; the first is always kept."""
    kept = (*blocks[:1], *before_line(blocks[1:], _ends_at_once))
    lengths = list(accumulate(len(block.text) for block in kept))
    for number in range(1, len(kept)):
        follow = kept[number + 1 : number + 2 + _FEW]
        is_little = _LITTLE * (lengths[-1] - lengths[number]) <= lengths[-1]
        are_few = len(follow) <= _FEW and all(len(block.text) <= _SHORT for block in follow)
        if (is_little or are_few) and _ends_late(kept[number], kept[number - 1]):
            return kept[:number]
    return kept


def _ends_at_once(line: str) -> bool:
    """Whether a line, `folded`, is of what follows an article, wherever it stands."""
    is_credit = len(line) <= _SHORT and line.startswith(_CREDITS)
    return is_credit or line.startswith(_NOTICES) or line in _HEADINGS


def _ends_late(block: Block, above: Block) -> bool:
    """Whether a block near the end is of what follows an article; the source of a picture or table is not."""
    line = folded(block.text)
    if line.startswith(_LATE_NOTICES) or line in _LATE_HEADINGS:
        return True
    if line.startswith(_SOURCES) and ("<img " in above.html or above.html.startswith("<table>")):
        return False
    return len(line) <= _SHORT and line.startswith(_LATE) and not _SENTENCE_END.search(line)
