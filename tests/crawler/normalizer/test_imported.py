"""Files of a corpus that exists already."""

from datetime import datetime
from pathlib import Path

import pytest

from archive.documents import SHANGHAI, Document, Fidelity, canonical_text
from archive.errors import DocumentError
from crawler.normalizer import Reason, Rejected, read_imported
from crawler.normalizer.files.owners import Owners
from crawler.normalizer.files.treated import TREATED, Treatment

SHARED = Path(__file__).parents[4] / "shared"

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
    found = read_imported("000_7cff3305603cb649.txt", text.encode()).found
    assert (found.source, found.source_id) == ("finews", "NW202201222257607797")
    assert (found.document.title, found.document.outlet, found.document.body) == ("题", "鲁网", "<p>正文</p>")
    assert found.fidelity is Fidelity.IMPORT


def test_a_post_with_an_empty_source_link_is_identified_by_its_file_name() -> None:
    link = "<http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201222257607797>"
    data = POST.replace(link, "<>").encode()
    read = read_imported("_posts/2022-01-22-NW202201222257607799.md", data)
    assert read.found.source_id == "NW202201222257607799"
    assert read.treatments == (Treatment.EMPTY_LINK,)


def test_a_document_of_no_known_site_is_identified_by_what_it_says() -> None:
    data = b"---\ntitle: a\n---\n<p>x</p>"
    one, same = (read_imported(name, data).found for name in ("a.md", "b/c.md"))
    assert one.source == "import"
    assert one.source_id == same.source_id
    assert read_imported("a.md", data.replace(b"x", b"y")).found.source_id != one.source_id


def test_plain_text_gives_title_outlet_day_and_paragraphs_without_what_a_mirror_did() -> None:
    read = read_imported("004_b3f52bfd8ea51a45.txt", MIRRORED.encode())
    document = read.found.document
    assert document.title == "精准扶贫 抵“疫”前行"
    assert document.outlet == "中国产业网"
    assert document.published == datetime(2021, 1, 5, tzinfo=SHANGHAI)
    assert document.body == "<p>12月27日,中国电信召开会议 &amp; &lt;重点&gt;。</p>\n<p>第二段。</p>"
    assert document.slug == "zhongguochanyewang"
    assert read.treatments == (Treatment.RESTORED_MIRROR, Treatment.NO_LINK)
    assert read.leaves


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared seeds are not beside the project")
def test_the_mirrored_seed_reads_as_the_article_did() -> None:
    (path,) = SHARED.glob("seeds/004_*.txt")
    read = read_imported(path.name, path.read_bytes())
    article = (SHARED / "pages" / "cinic" / "article.txt").read_text(encoding="utf-8")
    assert f"{read.found.document.title}\n{read.text}" == article.rstrip("\n")
    assert read.found.document.lost == 0


def test_what_stands_behind_the_article_is_not_of_it() -> None:
    text = "题\n作者:张三 时间:2021-01-05 08:30\n文\n 转 自: 他报\n【版权及免责声明】\n延伸阅读"
    found = read_imported("a.txt", text.encode()).found
    assert (found.document.body, found.author, found.document.outlet) == ("<p>文</p>", "张三", "")


def test_front_matter_documents_that_a_mirror_changed_are_restored_and_tell_what_is_lost() -> None:
    body = "".join(f"<p>{line}</p>" for line in MIRRORED.split() if line)
    data = f'---\ntitle: "精準(zhǔn)扶貧"\ntags: 中國(guó)產(chǎn)業(yè)網(wǎng)新闻\n---\n{body}<p>們?cè)?021年</p>\n\n<http://x/漢(hàn)>'
    document = read_imported("a.md", data.encode()).found.document
    assert (document.title, document.outlet) == ("精准扶贫", "中国产业网")
    assert document.body.endswith("<p>们?021年</p>")
    assert document.lost == 1


def test_a_text_with_a_few_readings_stays_as_it_is() -> None:
    lesson = "---\ntitle: 汉(hàn)语(yǔ)\n---\n<p>漢(hàn)語(yǔ)</p>"
    document = read_imported("a.md", lesson.encode()).found.document
    assert (document.title, document.body) == ("汉(hàn)语(yǔ)", "<p>漢(hàn)語(yǔ)</p>")


@pytest.mark.parametrize("line", ["来源：新华网 时间：2021-01-05", "來源:新华网   時間: 2021-01-05 08:30"])
def test_the_source_line_is_known_in_both_scripts_and_widths(line: str) -> None:
    assert read_imported("a.txt", f"题\n{line}\n文".encode()).found.document.outlet == "新华网"


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


def treated(text: str, name: str = "a.md") -> tuple[Document, tuple[Treatment, ...]]:
    read = read_imported(name, text.encode())
    return read.found.document, read.treatments


def test_the_day_in_a_posts_name_stands_in_for_its_date() -> None:
    undated = POST.replace("2022-01-22 15:20:32", "")
    document, treatments = treated(undated, "site/_posts/2022-01-21-NW202201222257607797.md")
    assert document.published == datetime(2022, 1, 21, tzinfo=SHANGHAI)
    assert treatments == (Treatment.DATE_FROM_NAME,)
    for name in ("a.md", "2022-13-41-x.md"):
        document, treatments = treated(undated, name)
        assert (document.published, treatments) == (None, (Treatment.EMPTY_DATE,))


@pytest.mark.parametrize(
    ("change", "treatment"),
    [
        (("2022-01-22 15:20:32 +0800", "2022/1/22 15:20:32"), Treatment.DATE_REWRITTEN),
        (('"题"', '""'), Treatment.EMPTY_TITLE),
        (('"题"', '"他说"好"。"'), Treatment.FRONT_MATTER_MENDED),
        (("\n", "\r\n"), Treatment.CRLF),
        (("---\nlayout", "\ufeff---\nlayout"), Treatment.BYTE_ORDER_MARK),
        (("NewsShare.html?infoCode=NW202201222257607797>", ">"), None),
    ],
)
def test_what_is_broken_and_can_be_read_is_named(
    change: tuple[str, str], treatment: Treatment | None
) -> None:
    assert treated(POST)[1] == ()
    name = "2022-01-22-NW202201222257607797.md"
    assert treated(POST.replace(*change), name)[1] == ((treatment,) if treatment else ())


def test_text_in_another_encoding_is_named_and_read() -> None:
    read = read_imported("a.md", POST.encode("gb18030"))
    assert read.treatments == (Treatment.NOT_UTF8,)
    assert read.found.document.title == "题"


def test_each_treatment_is_explained() -> None:
    assert set(TREATED) == set(Treatment)


@pytest.mark.parametrize(
    ("front_matter", "slug", "tags"),
    [
        ("categories: [a, b]\ntags: [x, y]", "a b", ("x", "y")),
        ("category: a\ntags:\n- x\n- y z", "a", ("x", "y z")),
        ("categories:\ncategory: a b\ntags: x y新闻\npermalink: /x/", "a b", ("x y新闻",)),
    ],
)
def test_front_matter_as_jekyll_trees_have_it_is_read(
    front_matter: str, slug: str, tags: tuple[str, ...]
) -> None:
    liquid = "{% raw %}{{ page.title }}{% endraw %}"
    document, _ = treated(f"--- \ntitle: t\n{front_matter}\n---\t\n<p>{liquid}</p>")
    assert (document.slug, document.tags) == (slug, tags)
    assert document.body == f"<p>{liquid}</p>"


def test_a_post_that_is_not_published_is_refused_by_name() -> None:
    with pytest.raises(Rejected) as refused:
        treated(POST.replace("layout: post", "published: false"))
    assert refused.value.reason is Reason.UNPUBLISHED


def test_a_link_that_a_source_owns_gives_the_identity_of_its_crawl() -> None:
    owners = Owners(lambda address: None, lambda link: ("cinic", link[-1]) if "cinic" in link else None)
    data = b"---\ntitle: a\n---\n<p>x</p>\n\n<http://cinic/7>"
    found = read_imported("a.md", data, owners).found
    assert (found.source, found.source_id, found.share_address) == ("cinic", "7", "http://cinic/7")
    other = read_imported("a.md", data.replace(b"cinic", b"other"), owners).found
    assert (other.source, other.share_address) == ("import", "http://other/7")


def test_the_canonical_text_is_told_with_the_document() -> None:
    read = read_imported("a.md", POST.encode())
    assert read.text == canonical_text(read.found.document.body)
