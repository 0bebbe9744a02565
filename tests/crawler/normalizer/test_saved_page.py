"""Pages that a browser saved: whose they are, and what is read of them."""

import base64
import quopri
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from archive.documents import SHANGHAI, Fidelity, SourcedDocument
from archive.errors import DocumentError
from crawler.normalizer import Reason, Rejected, read_imported
from crawler.normalizer.files.owners import Owners
from crawler.normalizer.files.treated import Imported, Treatment
from crawler.normalizer.generic.web_addresses import web_id
from crawler.normalizer.page_text import PageText
from crawler.sources.asked_pages import canonical_url

SHARED = Path(__file__).parents[4] / "shared"
ADDRESS = "https://news.example/a/1.html?id=2"
ARTICLE = "".join(
    f"<p>这是第{number}段，说的是公司今年的订单比去年同期多出不少。</p>" for number in "一二三四五"
)
PAGE = (
    "<!DOCTYPE html><html><head><title>公司订单增加</title>{head}</head><body><h1>公司订单增加</h1>"
    f"<p>2022-01-22 15:20　来源：证券日报</p><div class='article'>{ARTICLE}</div></body></html>"
)
POST_ADDRESS = "https://finews.withounder.com/luwang/2022/01/22/NW202201222257607797.html"
POST = f"""<html><head><link rel="canonical" href="{POST_ADDRESS}"></head><body><section>
<small>(GMT+8, Asia/Shanghai, CST) 2022-01-22 15:20:32</small><h1>题</h1><p>正文</p>
<p><a href="http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201222257607797">x</a></p>
<p><a href="//finews.withounder.com/category/luwang.html">返回鲁网新闻</a>｜<a href="/">返回首页</a></p>
<small>tags: <em>鲁网新闻</em></small></section></body></html>"""


def page(head: str = "") -> bytes:
    return PAGE.format(head=head).encode()


def read(data: bytes, name: str = "公司.html") -> Imported:
    return read_imported(name, data)


def archive(part: bytes, coding: str = "binary", head: str = "", before: bytes = b"") -> bytes:
    """A page in an MHTML archive, as browsers write them."""
    return (
        f"From: <Saved by Blink>\r\n{head}MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
        '\ttype="text/html";\r\n\tboundary="----Boundary--x"\r\n\r\n\r\n'
    ).encode() + b"\r\n".join(
        [
            before,
            b"------Boundary--x",
            f"Content-Type: text/html\r\nContent-Transfer-Encoding: {coding}\r\n"
            f"Content-Location: {ADDRESS}#top\r\n".encode(),
            part,
            b"------Boundary--x",
            b"Content-Type: text/html\r\n\r\n<p>a frame</p>",
            b"------Boundary--x--",
        ]
    )


def test_a_page_of_any_make_becomes_a_document_under_its_address() -> None:
    found = read(page(f'<link href="{ADDRESS}#top" rel=canonical>'))
    document = found.found.document
    assert (found.found.source, found.found.source_id) == ("web", "news.example/a/1.html?id=2")
    assert (found.found.share_address, found.found.fidelity) == (ADDRESS, Fidelity.IMPORT)
    assert (document.title, document.outlet, document.link) == ("公司订单增加", "证券日报", ADDRESS)
    assert document.published == datetime(2022, 1, 22, 15, 20, tzinfo=SHANGHAI)
    assert len(found.text.split("\n")) == 5
    assert found.treatments == ()
    assert not found.leaves


@pytest.mark.parametrize(
    "head",
    [
        f'<meta property="og:url" content="{ADDRESS}">',
        f"<meta content='{ADDRESS.replace('?', '&#63;')}' name='og:url'/>",
        f"<!-- saved from url=(0034){ADDRESS} -->",
        f"<!--\n Page saved with SingleFile \n url: {ADDRESS} \n saved date: Sat Jan 22 2022\n-->",
        '<!-- saved from url=(0034)https://news.example/x --><link rel="canonical" href="/a/1.html?id=2">',
        f'<!-- saved from url=(0034){ADDRESS} --><link rel="canonical" href="https://news.example/">',
        f'<link rel="canonical" href="javascript:x"><meta property="og:url" content="{ADDRESS}">',
        f'<link rel="canonical" href="http://["><!-- saved from url=(0034){ADDRESS} -->',
    ],
)
def test_the_address_is_where_browsers_and_sites_write_it(head: str) -> None:
    assert read(page(head)).found.share_address == ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example/要闻/一.html?页=2",
        "https://NEWS.example:443/要闻/一.html?页=2#top",
        "https://news.example/%e8%a6%81%e9%97%bb/%E4%B8%80.html?%e9%a1%b5=2",
        "http://新闻.example:80/%7Ea",
    ],
)
def test_the_address_has_the_form_in_which_it_is_crawled(address: str) -> None:
    crawled = canonical_url(address)
    found = read(page(f'<link rel="canonical" href="{address}">')).found
    assert (found.source, found.share_address) == ("web", crawled)
    assert found.source_id == web_id(crawled)


def test_a_page_that_does_not_say_where_it_is_from_is_identified_by_its_content() -> None:
    found = read(page())
    assert (found.found.source, found.found.address, found.found.document.link) == ("import", "", None)
    assert found.found.source_id == read(page("<meta name='x'>")).found.source_id
    assert found.treatments == (Treatment.NO_ADDRESS,)


def test_a_post_of_finews_has_the_identity_that_it_has_when_it_is_crawled() -> None:
    found = read(POST.encode()).found
    assert (found.source, found.source_id, found.address) == ("finews", "NW202201222257607797", "")
    assert (found.document.body, found.fidelity) == ("<p>正文</p>", Fidelity.IMPORT)
    with pytest.raises(Rejected) as refused:
        read(POST.replace("<section>", "<div>").encode())
    assert refused.value.reason is Reason.NO_ARTICLE


def test_the_page_of_a_declared_source_is_read_by_its_rules() -> None:
    own = read(page(f'<link rel="canonical" href="{ADDRESS}">')).found

    def by_rules(text: PageText, address: str) -> SourcedDocument:
        assert "公司订单增加" in text.text
        return replace(own, source="declared", source_id=address[-1], fidelity=Fidelity.PAGE)

    owners = Owners(lambda address: by_rules if address == ADDRESS else None, lambda link: None)
    found = read_imported("a.HTM", page(f'<link rel="canonical" href="{ADDRESS}">'), owners).found
    assert (found.source, found.source_id, found.fidelity) == ("declared", "2", Fidelity.IMPORT)
    assert read_imported("a.htm", page(), owners).found.source == "import"


@pytest.mark.parametrize("coding", ["quoted-printable", "base64", "binary", "8BIT"])
def test_the_page_in_an_archive_is_read_and_its_address_is_the_archives(coding: str) -> None:
    coded = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes}.get(coding, bytes)
    assert read(archive(coded(page()), coding), "a.mhtml").found.share_address == ADDRESS
    head = "Snapshot-Content-Location: https://news.example/b\r\n"
    found = read(archive(coded(page()), coding, head), "a.mht")
    assert found.found.share_address == "https://news.example/b"
    assert len(found.text.split("\n")) == 5


def test_a_page_within_its_alternatives_within_an_archive_is_found() -> None:
    inner = archive(page()).partition(b"\r\n\r\n")
    nested = inner[0].replace(b"related", b"alternative") + b"\r\n\r\n" + inner[2]
    outer = b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=out\n\n--out\n"
    assert read(outer + nested.partition(b"\r\n")[2] + b"\n--out--", "a.mht").found.share_address == ADDRESS


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\n\n", b"x" * 100_000, b"Content-Type: text/plain\n\nx"),
        *(b"Content-Type: multipart/related; boundary=x\n\n", archive(b"a", "base64"), archive(b"")),
        archive(page()).replace(b"text/html", b"image/png"),
        b"Content-Type: multipart/related; boundary*" + b"9" * 5_000 + b"*=x\n\n",
    ],
)
def test_an_archive_without_a_page_is_refused(data: bytes) -> None:
    with pytest.raises(Rejected):
        read(data, "a.mhtml")


def test_a_post_that_is_written_as_html_is_read_as_what_it_is() -> None:
    found = read_imported("2022-01-22-x.html", b"\xef\xbb\xbf---\r\ntitle: t\r\n---\r\n<p>x</p>")
    assert (found.found.document.title, found.leaves) == ("t", True)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pages are not beside the project")
@pytest.mark.parametrize("name", ["article.html", "mirrored.html"])
def test_the_recorded_page_and_its_mirrored_twin_read_as_one_article(name: str) -> None:
    found = read((SHARED / "pages" / "cinic" / name).read_bytes(), name)
    article = (SHARED / "pages" / "cinic" / "article.txt").read_text(encoding="utf-8")
    assert f"{found.found.document.title}\n{found.text}" == article.rstrip("\n")
    assert (Treatment.RESTORED_MIRROR in found.treatments) == (name == "mirrored.html")


MANY = 200_000
HOSTILE = {
    "tags that do not end": lambda: b"<link rel=canonical " * MANY,
    "attributes without values": lambda: b"<link " + b"a " * MANY + b">",
    "a name that does not end": lambda: b"<link " + b"a" * MANY + b">",
    "quotes that do not end": lambda: b"<meta " + b"a=\" b=' " * MANY + b">",
    "spaces": lambda: b"<!-- saved from url=" + b" " * MANY,
    "saved from nowhere": lambda: b"<!-- saved from url=(0001)" * MANY,
    "boundaries": lambda: b"Content-Type: multipart/x; boundary=b\n\n" + b"--b\n\n" * MANY,
    "levels": lambda: b"Content-Type: multipart/x; boundary=b\n\n--b\n" * MANY,
    "parameters": lambda: b"Content-Type: multipart/x" + b'; a="' * 3_000 + b"\n\n",
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("ending", ["html", "mhtml"])
def test_a_page_made_to_take_long_takes_time_in_proportion_to_its_length(name: str, ending: str) -> None:
    began = time.perf_counter()
    with suppress(DocumentError):
        read(HOSTILE[name](), f"a.{ending}")
    assert time.perf_counter() - began < 10
