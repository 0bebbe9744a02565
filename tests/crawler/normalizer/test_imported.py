"""Files of a corpus that exists already."""

from datetime import datetime

import pytest

from archive.documents import SHANGHAI, Fidelity
from archive.errors import DocumentError
from crawler.normalizer import read_imported

POST = """---
layout: post
title: "题"
date: 2022-01-22 15:20:32 +0800
categories: luwang
tags: 鲁网新闻
---
<p>正文</p>

<http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201222257607797>

[返回鲁网新闻](//finews.withounder.com/category/luwang.html)｜[返回首页](//finews.withounder.com/)"""

MIRRORED = """精準(zhǔn)扶貧  抵“疫”前行


來(lái)源:中國(guó)產(chǎn)業(yè)網(wǎng)   時(shí)間:2021-01-05


  12月27日,中國(guó)電信召開(kāi)會(huì)議 & <重點(diǎn)>。


  第二段。
"""


@pytest.mark.parametrize("text", [POST, POST.replace("\n", "\r\n"), "\ufeff" + POST, POST + "\n"])
def test_a_seed_has_the_identity_that_it_has_when_it_is_crawled(text: str) -> None:
    found = read_imported("000_7cff3305603cb649.txt", text.encode())
    assert (found.source, found.source_id) == ("finews", "NW202201222257607797")
    assert (found.document.title, found.document.outlet, found.document.body) == ("题", "鲁网", "<p>正文</p>")
    assert found.fidelity is Fidelity.IMPORT


def test_a_post_with_an_empty_source_link_is_identified_by_its_file_name() -> None:
    link = "<http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201222257607797>"
    data = POST.replace(link, "<>").encode()
    assert (
        read_imported("_posts/2022-01-22-NW202201222257607799.md", data).source_id == "NW202201222257607799"
    )


def test_a_document_of_no_known_site_is_identified_by_what_it_says() -> None:
    data = b"---\ntitle: a\n---\n<p>x</p>"
    one, same = read_imported("a.md", data), read_imported("b/c.md", data)
    assert one.source == "import"
    assert one.source_id == same.source_id
    assert read_imported("a.md", data.replace(b"x", b"y")).source_id != one.source_id


def test_plain_text_gives_title_outlet_day_and_paragraphs() -> None:
    found = read_imported("004_b3f52bfd8ea51a45.txt", MIRRORED.encode())
    document = found.document
    assert document.title == "精準(zhǔn)扶貧  抵“疫”前行"
    assert document.outlet == "中國(guó)產(chǎn)業(yè)網(wǎng)"
    assert document.published == datetime(2021, 1, 5, tzinfo=SHANGHAI)
    assert (
        document.body
        == "<p>12月27日,中國(guó)電信召開(kāi)會(huì)議 &amp; &lt;重點(diǎn)&gt;。</p>\n<p>第二段。</p>"
    )
    assert document.slug == "zhongguochanyewang"


@pytest.mark.parametrize("line", ["来源：新华网 时间：2021-01-05", "來源:新华网   時間: 2021-01-05 08:30"])
def test_the_source_line_is_known_in_both_scripts_and_widths(line: str) -> None:
    assert read_imported("a.txt", f"题\n{line}\n文".encode()).document.outlet == "新华网"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"# README\n\nnot an article",
        "来源：新华网 时间：2021-01-05\n文".encode(),
        b"---\ntitle: a\n---\n",
    ]
    + [
        "题\n来源：新华网 时间：2021-01-05\n".encode(),
        b"\xff\xd8\xff\xe0",
        b"---\ntitle: a\ndate: never\n---\nx",
    ],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        read_imported("a.txt", data)
