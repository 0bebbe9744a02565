"""A document's text as people read it: by its markup, filled on a terminal, a block a line in a pipe."""

import pytest

from archive.documents import canonical_text
from ops.views.texts import text_lines


def lines(body: str, width: int | None = None) -> list[str]:
    shown = text_lines(body, canonical_text(body), width)
    return ["".join(text for text, _ in line) for line in shown]


LIST = "<p>一</p><ul><li>甲<br>续</li><li>乙<ol><li>子</li></ol></li></ul><p>二</p>"


@pytest.mark.parametrize(
    ("body", "piped", "filled"),
    [
        ("<p>一</p><p>二</p>", ["一", "二"], ["一", "", "二"]),
        ("<h2>业绩</h2><p>正文</p>", ["## 业绩", "正文"], ["## 业绩", "", "正文"]),
        (
            LIST,
            ["一", "- 甲", "  续", "- 乙", "  1. 子", "二"],
            ["一", "", "- 甲", "  续", "- 乙", "  1. 子", "", "二"],
        ),
        (
            "<blockquote><p>引用的话引用的话引用</p></blockquote>",
            ["> 引用的话引用的话引用"],
            ["> 引用的话引用的话引", "> 用"],
        ),
        (
            "<ol start=10><li>中国电信山东公司年度</ol>",
            ["10. 中国电信山东公司年度"],
            ["10. 中国电信山东公司", "    年度"],
        ),
        (
            "<table><tr><th>项目<th>金额<tr><td>收入<td>3亿</table>尾",
            ["项目 | 金额", "收入 | 3亿", "尾"],
            ["项目 | 金额", "收入 | 3亿", "", "尾"],
        ),
        ("<table><tr><td><p>一</p><p>二</p><td>栏</table>", ["一", "二", "栏"], ["一", "二", "栏"]),
        ("", [], []),
    ],
    ids=["paragraphs", "heading", "lists", "quotation", "hanging", "table", "layout", "empty"],
)
def test_the_markup_is_recognized(body: str, piped: list[str], filled: list[str]) -> None:
    assert lines(body) == piped
    assert lines(body, 20) == filled


def test_what_stands_out_is_strong_and_marks_are_dim() -> None:
    body = "<h3>一</h3><p><b>二</b></p><p>三<b>四</b></p><ul><li>五</ul>"
    shown = list(text_lines(body, canonical_text(body), None))
    assert [line[-1][1] for line in shown] == ["bold", "bold", "", ""]
    assert [line[0] for line in shown] == [("### ", "dim"), ("", "dim"), ("", "dim"), ("- ", "dim")]


def test_no_depth_of_lists_leaves_the_terminal() -> None:
    (line,) = lines("<ul><li>" * 60 + "深", 80)
    assert line == "  " * 8 + "- 深"
