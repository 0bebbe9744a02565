"""When are two articles the same: the canonical text and the content hash."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.documents import canonical_text, canonical_title, content_hash

CHART = (
    '<!-- EM_StockImg_Start --><p><a href="http://quote.eastmoney.com/"><img src="https://x/GetPic.aspx?'
    'token={token}&at=1" alt="K图"/></a>图</p><!-- EM_StockImg_End -->'
)


def test_the_hash_is_that_of_title_and_text() -> None:
    expected = hashlib.sha256("标 题\n一\n二".encode()).hexdigest()
    assert content_hash(" 标\u3000题 ", "<p>一</p><p>二</p>") == expected


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>一</p><p>二</p>", "一\n二"),
        ("<p>一</p>\n <p>二</p>", "一\n二"),
        ("一<br/>二<hr>三", "一\n二\n三"),
        ("<p>\u3000\u3000一\u00a0\u200b二  三</p>", "一 二 三"),
        ("<p>R&amp;D &lt;b&gt; &nbsp;&#20013;</p>", "R&D <b> 中"),
        ("<p>R&D 营收<10亿</p>", "R&D 营收<10亿"),
        ('<p style="DISPLAY : none;height:1px">暗</p><p>明</p>', "明"),
        ('<p>a<span style="display:none">b<b>c</b></span>d</p>', "ad"),
        ("<script>x()</script><style>p{}</style><template>t</template><p>明</p>", "明"),
        ("<!-- 注 --><p>明</p><!-- <p>注</p> -->", "明"),
        (CHART.format(token="a") + "<p>正文</p>", "正文"),
        ("<!-- EM_StockImg_Start --><p>没有结束</p>", "没有结束"),
        ("<ul><li>甲</li><li>乙</li></ul><table><tr><td>1</td><td>2</td></tr></table>", "甲\n乙\n1\n2"),
        ("<p>e\u0301</p>", "é"),
        ("<p></p><p> </p>", ""),
        ("> 摘要第一句。\n\n<p>正文</p>", "摘要第一句。\n正文"),
        ("> 摘要<10亿>\n> 第二行\n\n<p>正文</p>", "摘要<10亿> 第二行\n正文"),
    ],
)
def test_the_text_is_what_a_reader_sees_block_by_block(body: str, text: str) -> None:
    assert canonical_text(body) == text


def test_a_body_without_text_counts_its_images() -> None:
    assert canonical_text('<p><img src="a.jpg?x=1&y=2"><img src="b.jpg"></p>') == "a.jpg?x=1&y=2\nb.jpg"
    assert canonical_text('<p>字<img src="a.jpg"></p>') == "字"
    assert canonical_text(CHART.format(token="a")) == ""


def test_a_new_stock_chart_makes_no_other_article() -> None:
    old, new = (f"{CHART.format(token=token)}<p>正文</p>" for token in ("28dfeb41", "99ffee00"))
    assert content_hash("题", old) == content_hash("题", new)


def test_one_changed_character_makes_another_article() -> None:
    assert content_hash("题", "<p>增长5%</p>") != content_hash("题", "<p>增长6%</p>")
    assert content_hash("题", "<p>正文</p>") != content_hash("题目", "<p>正文</p>")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_has_a_canonical_form_that_is_its_own(text: str) -> None:
    assert canonical_title(canonical_title(text)) == canonical_title(text)
    assert "\n" not in canonical_title(text)
    canonical_text(text)


@pytest.mark.timeout(30)  # takes well under a second; anything quadratic takes minutes
@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 100_000 + "深",
        "<!-- EM_StockImg_Start -->" * 50_000,
        "<p " * 100_000,
        "&" * 500_000,
        "<" * 500_000,
    ]
    + ["<!--" * 100_000, "> " * 200_000, "<b>" * 200_000 + "</i>" * 200_000]
    + ["<div><p>" * 100_000 + "</p>" * 200_000, "e" + "\u0301" * 300_000 + "\u0316" * 300_000],
    ids=["nesting", "charts", "tags", "entities", "brackets", "comments", "quotations"]
    + ["ends of nothing", "ends of too much", "marks out of order"],
)
def test_hostile_markup_takes_time_in_proportion_to_its_length(hostile: str) -> None:
    canonical_text(hostile)


def test_text_below_any_depth_of_nesting_is_seen() -> None:
    assert canonical_text("<div>" * 20_000 + "深" + "</div>" * 20_000) == "深"


def test_a_long_body_reads_like_its_parts() -> None:
    part = "<p>一 <b>二</b> <i>三</i>\n<i>四</i></p> <!-- a > b --> <p>营收<10亿 &amp; 5></p>\n"
    assert canonical_text(part * 2_000) == "\n".join([canonical_text(part)] * 2_000)


def test_a_lone_surrogate_is_no_error() -> None:
    assert canonical_text("<p>a\ud800b</p>") == "a?b"


def test_marks_beyond_what_any_language_writes_are_dropped_once_and_for_all() -> None:
    title = canonical_title("e" + "\u0344" * 1_000)
    assert canonical_title(title) == title
    assert len(title) < 40
    assert canonical_title("e" + "\u0323\u0301" * 10) == canonical_title("e" + "\u0301\u0323" * 10) != "e"
