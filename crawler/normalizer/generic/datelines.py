"""Who published an article, when, and who wrote it: what its page says in words, and for machines.

Below the title stands a line such as ``来源：NAME 时间：YYYY-MM-DD HH:MM``, in any order, with any of the
labels, or none. Where it says nothing, what the page's head has for machines does.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time

from archive.documents import canonical_title
from crawler.normalizer.dates import dated

_OUTLET_LABELS = "文章来源 信息来源 新闻来源 稿件来源 来源 来 源 稿源 出处 转载自 转自 source".replace(
    "来 源", r"来\s源"
)
_AUTHOR_LABELS = "作者 作 者 文/图 撰文 本报记者 本网记者 记者 author by".replace("作 者", r"作\s者")
_OTHER_LABELS = (
    "发布时间 发表时间 更新时间 发布日期 发布于 发表于 时间 日期 责任编辑 编辑 责编 校对 审核 阅读量 阅读 "
    "浏览量 浏览 点击量 点击 评论 字号 字体 分享到 分享 打印 收藏 updated published"
)
_LABEL = re.compile(
    rf"(?P<outlet>{'|'.join(_OUTLET_LABELS.split())})\s?[:：]"
    rf"|(?P<author>(?:{'|'.join(_AUTHOR_LABELS.split())})(?:\s?[:：]|\s))"
    rf"|(?P<other>(?:{'|'.join(_OTHER_LABELS.split())})\s?[:：]?)"
    r"|(?P<none>\|)",
    re.IGNORECASE,
)
_VALUE_ENDS = re.compile(r"[|｜丨【\[(（]")
_TRIMMED = " \t,，;；:：·|｜/-—()（）[]【】「」<>《》"
_SENTENCE = re.compile(r"[。！？；，,;]")
_IMPRINT = re.compile(r"版权所有|©|copyright|ICP备", re.IGNORECASE)
_MAX_LINE = 150
"""Characters of a line that may say who published an article; longer ones are its paragraphs."""
_MAX_VALUE = 40


@dataclass(frozen=True, slots=True)
class Dateline:
    """What a line under a title says; empty or None where it does not."""

    outlet: str = ""
    author: str = ""
    published: datetime | None = None
    rest: str = ""

    def or_else(self, other: "Dateline") -> "Dateline":
        """This one, completed by another."""
        return Dateline(
            self.outlet or other.outlet,
            self.author or other.author,
            _more_exact(self.published, other.published),
            self.rest or other.rest,
        )

    def __bool__(self) -> bool:
        return bool(self.outlet or self.author or self.published)


def _more_exact(one: datetime | None, other: datetime | None) -> datetime | None:
    """The first, unless that is a day of which the other has the time."""
    if one is None or other is None:
        return one or other
    return max(one, other) if one.time() == time.min and one.date() == other.date() else one


def read_dateline(line: str) -> Dateline:
    """What a line says of an article; nothing where it reads like a sentence of it."""
    if len(line) > _MAX_LINE or _IMPRINT.search(line):
        return Dateline()
    found = dated(line)
    published = found.moment if found else None
    if found:
        line = f"{line[: found.start]}|{line[found.end :]}"
    values = dict.fromkeys(("outlet", "author", "other", "none"), "")
    for label, value in _labelled(line):
        values[label] = values[label] or _name(value)
    if "。" in line or (not published and _SENTENCE.search(line) and not values["outlet"]):
        return Dateline()
    rest = values["none"] if published else ""
    return Dateline(values["outlet"], values["author"], published, rest)


def _labelled(line: str) -> Iterator[tuple[str, str]]:
    """Each value with the kind of its label; "none" is that of what no label precedes."""
    kind, start = "none", 0
    for label in _LABEL.finditer(line):
        yield kind, line[start : label.start()]
        kind, start = label.lastgroup or "none", label.end()
    yield kind, line[start:]


def _name(value: str) -> str:
    """The name that a value begins with; empty where it is none."""
    value = value.strip(_TRIMMED)
    end = _VALUE_ENDS.search(value)
    value = (value[: end.start()] if end else value).strip(_TRIMMED)
    if not value.isascii():
        value = value.partition(" ")[0]
    return "" if not 1 < len(value) <= _MAX_VALUE or _SENTENCE.search(value) else canonical_title(value)


def first_of(datelines: Iterable[Dateline]) -> Dateline:
    """All that several lines say, the first that says a thing being right."""
    said = Dateline()
    for dateline in datelines:
        said = said.or_else(dateline)
    return said
