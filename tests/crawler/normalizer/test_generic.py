"""Articles of pages of any make: `pages_of_many_makes` holds pages, and beside each what must come out."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.documents import canonical_text
from crawler.normalizer.article import Article, document_of
from crawler.normalizer.cleaning import Block
from crawler.normalizer.dates import date_in
from crawler.normalizer.decode import decode
from crawler.normalizer.generic.datelines import Dateline, read_dateline
from crawler.normalizer.generic.endings import without_ending
from crawler.normalizer.generic.extractor import read_generic
from crawler.normalizer.mirrored import restored_markup
from crawler.normalizer.rejected import Reason, Rejected

PAGES = Path(__file__).parent / "pages_of_many_makes"
SHARED = Path(__file__).parents[4] / "shared"
ADDRESS = "https://www.unknown.example/2022/a.html"
NOTHING = "no article\n"
SENTENCE = "记者获悉，东港市的十七家面粉厂今年多收了两成小麦，价格与去年持平。"


def told(article: Article) -> str:
    """What an article says, in the form of the files beside the pages."""
    published = f"{article.published:%Y-%m-%d %H:%M:%S}".removesuffix(":00") if article.published else ""
    head = {
        "title": article.title,
        "outlet": article.outlet,
        "author": article.author,
        "published": published,
    }
    lines = "".join(f"{name}: {value}".rstrip() + "\n" for name, value in head.items())
    return f"{lines}\n{canonical_text(article.body)}\n"


def a_page(
    story: str, *, title: str = "小麦收购价格平稳", dateline: str = "来源：麦田报 2022-06-01 08:00"
) -> str:
    return (
        f"<html><head><title>{title}_粮食网</title></head><body><ul><li><a href=/>首页</a></li>"
        f"<li><a href=/a>行情</a></li></ul><div class=c><h1>{title}</h1><p>{dateline}</p>{story}</div>"
        "<div class=side><h3>热点</h3><ul><li><a href=1>玉米期货三连涨</a></li>"
        "<li><a href=2>大豆进口创新高</a></li></ul></div><div>关于我们 联系我们</div></body></html>"
    )


def read(story: str, **parts: str) -> Article:
    return read_generic(a_page(story, **parts), ADDRESS)


def texts(article: Article) -> list[str]:
    return canonical_text(article.body).splitlines()


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.html")))
def test_of_each_page_comes_what_a_reader_would_copy_from_it(name: str) -> None:
    page, expected = ((PAGES / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "txt"))
    if expected != NOTHING:
        assert told(read_generic(page, ADDRESS)) == expected
        return
    with pytest.raises(Rejected) as rejected:
        read_generic(page, ADDRESS)
    assert rejected.value.reason is Reason.NO_ARTICLE


def test_pictures_come_with_their_true_addresses_in_their_places() -> None:
    page = (PAGES / "pictures.html").read_text(encoding="utf-8")
    body = read_generic(page, "http://www.shancheng.example/tp/2018/0409/a.html").body.splitlines()
    pictures = [f'<p><img src="http://www.shancheng.example/tp/2018/0409/{n}.jpg"></p>' for n in (1, 2, 3, 4)]
    assert [line for line in body if "img" in line] == pictures
    assert body[1] == "<p>4月8日，茶农在雨后的山坡上采摘。</p>"


def test_tables_and_lists_keep_their_form() -> None:
    body = read_generic((PAGES / "statistics.html").read_text(encoding="utf-8"), ADDRESS).body
    assert "<tr><td><p>指标</p></td><td><p>3月</p></td><td><p>1—3月</p></td></tr>" in body
    assert "\n<ol><li>增速按可比价格计算。</li><li>" in body


@pytest.mark.parametrize("name", ["article", "mirrored"])
def test_a_page_of_a_known_source_at_an_unknown_address_gives_the_same_article(name: str) -> None:
    folder = SHARED / "pages" / "cinic"
    if not folder.is_dir():
        pytest.skip("the recorded pages are not at hand")
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    restored = restored_markup(page)
    article = read_generic(restored.text if restored else page, ADDRESS)
    expected = (folder / "article.txt").read_text(encoding="utf-8").splitlines()
    assert [article.title, *texts(article)] == expected
    assert (article.outlet, f"{article.published:%F %T}") == ("中国产业经济信息网", "2021-01-05 00:00:00")


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("big5", "big5", "央行今日公布利率，市場反應平淡。"),
        ("Big5-HKSCS", "big5hkscs", "恒生指數收市升𠝹一百點。"),
        ("windows-1252", "cp1252", "Crédit Agricole’s café – 5 €"),
        ("iso-8859-1", "gb18030", "央行今日公布利率。"),
        ("big5", "gb18030", "央行今日公布利率，市场反应平淡。"),
        ("big5", "utf-8", "央行今日公布利率。"),
        ("gb2312", "gb18030", "央行今日公布利率。"),
    ],
)
def test_a_page_is_decoded_as_it_says_only_where_its_bytes_bear_that_out(
    declared: str, codec: str, text: str
) -> None:
    page = f'<html><head><meta charset="{declared}"><title>{text}</title>'
    assert decode(page.encode(codec)) == page


PARAGRAPHS = st.lists(
    st.sampled_from(
        [
            "一、背景",
            "01",
            "“好。”",
            "答：可以。",
            "小麦",
            SENTENCE,
            SENTENCE * 3,
            "编辑部按：略",
            "来自产区的消息",
        ]
    ),
    max_size=12,
)
WRITTEN = {
    "paragraphs": lambda lines: "<div id=x>" + "".join(f"<p>　　{line}</p>" for line in lines) + "</div>",
    "unclosed": lambda lines: "<div>" + "".join(f"<P>{line}\n" for line in lines) + "</div>",
    "breaks": lambda lines: "<div>" + "<br>".join(f"　　{line}" for line in lines) + "</div>",
    "divisions": lambda lines: (
        "<div>" + "".join(f"<div><span>{line}</span></div>" for line in lines) + "</div>"
    ),
    "nested": lambda lines: (
        "<div>" + "".join(f"<section><section><p>{line}</p></section></section>" for line in lines) + "</div>"
    ),
    "beside": lambda lines: "".join(f"<p>{line}</p>" for line in lines),
}


@settings(max_examples=60, deadline=None)
@given(PARAGRAPHS, PARAGRAPHS, st.sampled_from(sorted(WRITTEN)))
def test_no_paragraph_is_dropped_merged_or_moved_however_short_or_often(
    first: list[str], last: list[str], written: str
) -> None:
    lines = [SENTENCE, *first, SENTENCE * 2, *last, SENTENCE]
    assert texts(read(WRITTEN[written](lines))) == lines


@pytest.mark.parametrize(
    "ending",
    [
        "转自：某报",
        "【版权及免责声明】凡本网",
        "（责任编辑：某）",
        "延伸阅读：",
        "原标题：麦",
        "（来源：某报）",
        "声明：本文",
    ],
)
def test_the_article_ends_where_its_page_goes_on(ending: str) -> None:
    story = f"<p>{SENTENCE}</p><p>据{ending}报道</p><p>完</p><p>{ending}</p><p>{SENTENCE}</p>"
    assert texts(read(f"<p>{SENTENCE}</p>{story}")) == [SENTENCE, SENTENCE, f"据{ending}报道", "完"]


def test_what_may_end_an_article_does_not_end_it_before_its_middle() -> None:
    lines = [
        "来源：农户老李说，今年的麦子好。",
        SENTENCE,
        "原标题：怎么来的？",
        SENTENCE * 3,
        "打印机卖得好。",
    ]
    assert texts(read("".join(f"<p>{line}</p>" for line in lines))) == lines


PARAGRAPHS_OF_TEN = [f"第{number}段：{SENTENCE}" for number in range(10)]


@pytest.mark.parametrize(
    "lines",
    [
        ["编辑：您如何看今年的行情？", "专家：看好。"],
        ["编辑：请谈谈今年的行情"],
        ["审核：粮食局对申请材料进行审核，流程如下。"],
        ["声明：“我们将依法维权。”该公司在公告中称。"],
        ["版权所有者表示，将继续开放授权。"],
        ["Copyright reform is on its way, said the minister."],
        ["免责声明不能免除责任，律师说。"],
        ["延伸阅读能力是孩子们最缺的，老师说。"],
        ["责任编辑制度要改，他说。"],
        ["责任编辑：这个说法，是从报社来的，" + SENTENCE],
        ["特别声明：" + SENTENCE],
        ["来源：粮食局"],
        ["作者：您怎么看？"],
        ["分享"],
    ],
    ids=lambda lines: lines[0][:12],
)
@pytest.mark.parametrize("place", [1, 6])
def test_what_an_article_may_say_as_well_does_not_end_it_while_much_follows(
    lines: list[str], place: int
) -> None:
    story = [*PARAGRAPHS_OF_TEN[:place], *lines, *PARAGRAPHS_OF_TEN[place:]]
    assert texts(read("".join(f"<p>{line}</p>" for line in story))) == story


@pytest.mark.parametrize(
    "ending",
    [
        ["编辑：张三"],
        ["来源：麦田报", "作者：张三", "编辑：李四"],
        ["版权所有 麦田报", "未经授权不得转载"],
        ["声明：本文仅代表作者个人观点，与本网无关，请读者仅作参考，并自行承担全部责任，本网概不负责。"],
        ["Copyright 2022 China Farm Wire. All rights reserved.", "About us"],
        ["（責任編輯：張三）", SENTENCE * 20],
        ["免责声明", SENTENCE * 20],
        ["延伸阅读", *PARAGRAPHS_OF_TEN],
        ["来源：麦田报", "责任编辑：张三", SENTENCE * 20],
    ],
    ids=lambda lines: lines[0][:12],
)
def test_credits_and_notices_behind_an_article_are_left_out(ending: list[str]) -> None:
    story = "".join(f"<p>{line}</p>" for line in (*PARAGRAPHS_OF_TEN, *ending))
    assert texts(read(story)) == PARAGRAPHS_OF_TEN


def test_the_source_of_a_chart_near_the_end_ends_no_article() -> None:
    lines = [*PARAGRAPHS_OF_TEN, "来源：粮食局", SENTENCE]
    story = "".join(f"<p>{line}</p>" for line in lines).replace("<p>来源", "<p><img src=c.png></p><p>来源")
    assert texts(read(story)) == lines


def test_endings_are_found_in_time_in_proportion_to_the_text() -> None:
    blocks = tuple(Block(f"<p>{text}</p>", text) for text in ("来源：甲", "", "甲", "编辑：甲") * 20_000)
    begun = time.process_time()
    assert len(without_ending(blocks)) < len(blocks)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("来源：甲报 时间：2021-01-05", ("甲报", "", "2021-01-05 00:00")),
        ("作者：张三 时间:2021年1月5日 8:06", ("", "张三", "2021-01-05 08:06")),
        ("2021/1/5 08:06:00 甲报 记者 张三", ("甲报", "张三", "2021-01-05 08:06")),
        ("发布时间：2021.01.05 来 源：甲报 阅读：100 【大 中 小】", ("甲报", "", "2021-01-05 00:00")),
        (
            "By Zhang San | Source: China Daily | Updated: 2021-01-05 08:06",
            ("China Daily", "Zhang San", "2021-01-05 08:06"),
        ),
        ("版权所有 2021-01-05", ("", "", "")),
        ("时间：2021-02-30", ("", "", "")),
        ("时间：1021-02-03", ("", "", "")),
        ("2021-01-05，甲报的记者发现了一件事。", ("", "", "")),
        ("来源：甲报的记者说，麦子熟了", ("", "", "")),
    ],
)
def test_a_line_under_a_title_says_outlet_author_and_time_in_any_order(
    line: str, said: tuple[str, ...]
) -> None:
    found = read_dateline(line)
    published = f"{found.published:%F %H:%M}" if found.published else ""
    assert (found.outlet or found.rest, found.author, published) == said


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2022-08-02T06:00:00Z", "2022-08-02T14:00:00+08:00"),
        ("2022-08-02", "2022-08-02T00:00:00+08:00"),
        ("2022-08-02 06:00:00.000 +0800", "2022-08-02T06:00:00+08:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("昨天", None),
    ],
)
def test_a_moment_is_aware_or_nothing(text: str, seen: str | None) -> None:
    found = date_in(text)
    assert (found.isoformat() if found else None) == seen


def test_without_a_dateline_the_head_the_markup_and_the_address_say_what_they_can() -> None:
    article = read(f"<p>{SENTENCE * 4}</p>", dateline="")
    assert (article.outlet, article.author, article.published) == ("粮食网", "", None)
    page = f"<h1>小麦</h1><p>{SENTENCE * 4}</p>"
    article = read_generic(page, "https://www.unknown.example/2021/03/04/a.html")
    assert (article.title, article.outlet) == ("小麦", "www.unknown.example")
    assert f"{article.published:%F %T}" == "2021-03-04 00:00:00"


def test_a_documents_parts_follow_from_the_article() -> None:
    document = document_of(read(f"<p>{SENTENCE}</p>"), ADDRESS)
    assert (document.slug, document.tags, document.link) == ("maitianbao", ("麦田报新闻",), ADDRESS)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "甲",
        "<p></p>",
        "<title>题目</title>",
        a_page(""),
        a_page(f"<p>{SENTENCE}</p>", title="404 页面不存在"),
    ],
)
def test_a_page_that_holds_no_article_is_rejected_by_name(page: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read_generic(page, ADDRESS)
    assert rejected.value.reason is Reason.NO_ARTICLE


@pytest.mark.parametrize(
    "title",
    [
        "注册制改革全面落地",
        "某公司登录科创板首日大涨",
        "跳转链接为何失灵",
        "登录日韩",
        "500强企业名单公布",
        "营收超过 500 亿元",
        "500 亿元订单落地",
        "A log in the river",
    ],
)
def test_a_short_article_is_one_whatever_its_title_names(title: str) -> None:
    assert read(f"<p>{SENTENCE}</p>", title=title).title == title


@pytest.mark.parametrize(
    "title",
    [
        *("登录", "用户登录", "注册账号", "页面跳转中", "登录 / 注册", "正在跳转...", "Log in", "请先登录"),
        *("404 Not Found", "500", "403 Forbidden", "您访问的页面不存在", "502错误"),
    ],
)
def test_a_title_that_is_a_forms_or_an_errors_takes_much_text_to_be_an_articles(title: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read(f"<p>{SENTENCE}</p>", title=title)
    assert rejected.value.reason is Reason.NO_ARTICLE
    assert read(f"<p>{SENTENCE * 15}</p>", title=title).title


@pytest.mark.timeout(40)  # each takes about a second; what is quadratic takes minutes
@pytest.mark.parametrize(
    "story",
    [
        f"<div>{SENTENCE}" * 4_000,
        "<span>" * 5_000 + SENTENCE + "<p></span>" * 5_000,
        "来源：时间：2022-01-01 " * 50_000,
        f"<p class='{'shared-' * 100_000}'>{SENTENCE}" + " " * 500_000,
        f"<script type='application/ld+json'>{'[' * 100_000}</script><p>{SENTENCE}",
        "<p>" + "\U00020000\U00020100" * 100_000,
    ],
    ids=["containers", "ends of nothing", "datelines", "classes", "linked data", "marks"],
)
def test_a_page_made_to_take_long_takes_time_in_proportion_to_its_length(story: str) -> None:
    read(story)


PIECES = (
    "<p> </p> <div> </div> <br> <a_href=x> <table> <tr> <td> <h1> <title> <meta_name=author_content=x> <ul> "
    "<li> <time_datetime=2022> <base_href=//[> <script_type=application/ld+json> { "
    '"datePublished": <!-- <body> </html> 来源： 2022-01-01 &#xD800; \0 \U00020000 <svg> <article> <nav>'
).split(" ")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([*PIECES, SENTENCE]), st.text(max_size=3)), max_size=15))
def test_no_page_is_an_error_of_ours(pieces: list[str]) -> None:
    page = "".join(pieces).replace("_", " ")
    for whole in (page, a_page(page)):
        try:
            article = read_generic(whole, ADDRESS)
        except Rejected:
            continue
        assert article.body
        assert article.outlet


def test_nothing_said_is_nothing() -> None:
    assert not Dateline(rest="甲")
