"""Pages made to hurt: reading ends soon, with what the page says or with a named rejection."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.documents import canonical_text
from archive.errors import DocumentError
from crawler.normalizer import (
    Reason,
    Rejected,
    combine,
    read_feed,
    read_imported,
    read_listing,
    read_post,
    read_share_answer,
)
from crawler.normalizer.bounds import MAX_ENTRIES
from crawler.normalizer.decode import decode
from crawler.normalizer.finews.addresses import code_in_address, post_address, post_day
from crawler.normalizer.finews.kramdown import source_of
from tests.crawler.conftest import SHARED
from tests.crawler.normalizer.pages import ADDRESS, CODE, a_page

MANY = 300_000
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">'
FLASH_BACK = "[返回东财滚动新闻](//finews.withounder.com/emnews/)｜[返回首页](//finews.withounder.com/)"
HEADING = "<section><small>(GMT+8)</small><h1"


def read_whole(data: bytes) -> None:
    combine(read_post(data, ADDRESS), None)


def listed(section: str) -> bytes:
    return f"<html><section>{section}</section></html>".encode()


def with_part(part: str, hostile: str) -> bytes:
    """A post's page with something else in the place of a part of it."""
    page = a_page().decode()
    assert part in page
    return page.replace(part, hostile).encode()


def flash(digest: str) -> bytes:
    page = a_page("> 摘要\n\n<p>正文</p>", back=FLASH_BACK, slug="emnews", tag="东财滚动新闻").decode()
    assert "摘要" in page
    return page.replace("摘要", digest).encode()


LINEAR: dict[str, tuple[Callable[[bytes], object], Callable[[], bytes]]] = {
    "links that do not end": (read_listing, lambda: listed("<a " * MANY)),
    "link texts that do not end": (read_listing, lambda: listed('<a href="/x">' * MANY)),
    "addresses that do not end": (read_listing, lambda: listed("<a href='" * MANY)),
    "headings that do not end": (read_listing, lambda: listed("<h2>" * MANY)),
    "an address of megabytes": (read_listing, lambda: listed(f"<a href='/{'a/' * MANY}'>x</a>")),
    "sections that do not end": (read_whole, lambda: b"<section" * MANY),
    "titles that do not end": (read_whole, lambda: f"{HEADING}>".encode() * MANY),
    "tags of titles that do not end": (read_whole, lambda: HEADING.encode() * MANY),
    "a date of spaces": (read_whole, lambda: b"<section><small>(GMT+8)" + b" " * MANY + b"<x"),
    "a date of spaces and a zone": (
        read_whole,
        lambda: with_part("2022-01-22 15:20:32", f"2{' ' * MANY}x +0800"),
    ),
    "tags under the post that do not end": (read_whole, lambda: with_part("<em>", "<em>" * MANY)),
    "ways back that lead nowhere": (read_whole, lambda: with_part("返回鲁网新闻</a>", "[返回](//" * MANY)),
    "links back that do not end": (read_whole, lambda: with_part("返回鲁网新闻</a>", "<a x>" * MANY)),
    "paragraphs that do not end": (read_whole, lambda: with_part("<p>正文</p>", "<p>" * MANY)),
    "a digest of spaces": (read_whole, lambda: flash(f"a{' ' * MANY}b")),
    "a source line of spaces": (
        lambda data: read_imported("a.txt", data),
        lambda: "题\n来源：x".encode() + b" " * MANY + b"y",
    ),
    "JSON of brackets": (read_share_answer, lambda: b'{"text":' + b"[" * MANY),
    "marks out of order": (
        read_share_answer,
        lambda: json.dumps({"text": "e" + "\u0301" * MANY + "\u0316" * MANY}).encode(),
    ),
    "a feed of brackets": (read_feed, lambda: ATOM.encode() + b"<a>" * MANY),
    "a feed of attributes": (
        read_feed,
        lambda: "".join([ATOM, "<a", *(f" a{number}='1'" for number in range(MANY)), "/></feed>"]).encode(),
    ),
    "half a character, often": (decode, lambda: b"a\xff" * MANY),
}


@pytest.mark.timeout(30)  # takes well under a second; what is quadratic takes minutes
@pytest.mark.parametrize("name", LINEAR)
def test_a_page_made_to_take_long_takes_time_in_proportion_to_its_length(name: str) -> None:
    with suppress(DocumentError):
        read, data = LINEAR[name]
        read(data())


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "rendered",
    [
        lambda: "<p>" * MANY,
        lambda: "<p>" + "&lt;p " * MANY + "</p>",
        lambda: "<p>" + "&lt;p&gt;" * MANY + "</p>",
        lambda: "<p>" + "&lt;img " * MANY + "</p>",
        lambda: "<p>&lt;p&gt;&lt;/p&gt;" + "&lt;td " * MANY + "</p>",
        lambda: "</p>" + "\n" * MANY + "x",
        lambda: "-->" + " \n" * MANY + "x",
        lambda: "<pre><code>&lt;p" * MANY,
    ],
    ids=[
        "paragraphs",
        "shown tags",
        "shown pairs",
        "shown images",
        "shown cells",
        "lines",
        "comment",
        "code",
    ],
)
def test_the_generators_work_is_undone_in_time_in_proportion_to_its_length(
    rendered: Callable[[], str],
) -> None:
    source_of(rendered())


def test_a_number_that_no_character_has_is_no_error() -> None:
    number = f"&#{'9' * 5_000};"
    heading = f'<h2>甲{number}</h2><a href="/luwang/2022/01/22/NW2222.html">题</a>'
    assert read_listing(listed(heading))[0].group == "甲\ufffd"
    assert read_post(with_part("返回鲁网", f"返回{number}"), ADDRESS).outlet == "\ufffd"
    assert "\ufffd" in source_of(f"<pre><code>&lt;p&gt;{number}</code></pre>")


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        (with_part("<h1>标题</h1>", f"<h1>{'题' * 10_001}</h1>"), "title of 10001 characters"),
        (with_part("category/luwang", f"category/{'../' * 3_333}"), "slug of"),
        (with_part("返回鲁网新闻</a>", f"返回{'网' * 201}新闻</a>"), "outlet of"),
        (with_part("infoCode=", f"infoCode={'a' * 2_000}"), "link of"),
    ],
    ids=["title", "slug", "outlet", "link"],
)
def test_what_is_longer_than_any_article_has_it_is_rejected(page: bytes, seen: str) -> None:
    with pytest.raises(Rejected, match=seen) as rejected:
        read_post(page, ADDRESS)
    assert rejected.value.reason is Reason.TOO_LONG


def test_the_longest_title_and_slug_are_read() -> None:
    page = with_part("<h1>标题</h1>", f"<h1>{'题' * 10_000}</h1>").replace(
        b"category/luwang", b"category/" + b"a" * 200
    )
    assert (len(read_post(page, ADDRESS).title), len(read_post(page, ADDRESS).slug)) == (10_000, 200)


def test_a_list_of_more_posts_than_there_can_be_is_rejected() -> None:
    entry = '<a href="/a/2022/01/22/NW1111.html"></a>'
    assert len(read_listing(listed(entry * MAX_ENTRIES))) == 1
    with pytest.raises(Rejected) as rejected:
        read_listing(listed(entry * (MAX_ENTRIES + 1)))
    assert rejected.value.reason is Reason.TOO_MANY


@pytest.mark.parametrize(
    "date", ["0000-00-00 00:00:00", "9999-99-99 99:99:99", "2022-01-22 24:00:00", "99999-01-01 00:00:00"]
)
def test_a_date_that_is_none_gives_way_to_the_day_in_the_address(date: str) -> None:
    published = read_post(with_part("2022-01-22 15:20:32", date), ADDRESS).published
    assert f"{published:%Y-%m-%d %H:%M}" == "2022-01-22 00:00"


@pytest.mark.parametrize("address", ["https://[/a/2022/01/22/NW1111.html", "", "\0", "https://x/２０２２"])
def test_an_address_of_any_form_has_a_code_and_a_day_or_none(address: str) -> None:
    assert (post_address(address), code_in_address(address), post_day(address)) == (None, None, "")


def test_what_a_rejection_quotes_is_short_and_can_be_stored() -> None:
    with pytest.raises(Rejected) as rejected:
        read_share_answer(b'{"\\ud800\\u0000\\n": 1}')
    assert rejected.value.detail.encode().isascii() is False
    assert rejected.value.detail.isprintable()
    assert len(Rejected(Reason.NO_CODE, "x" * 9_999).detail) < 1_000


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999999", "-0", '"\\ud83d"'])
def test_any_value_may_stand_beside_the_article(value: str) -> None:
    assert read_share_answer(f'{{"text": "<p>文</p>", "id": {value}}}'.encode()) == "<p>文</p>"


@pytest.mark.parametrize("value", ["9" * 5_000, "[" * 50_000 + "]" * 50_000], ids=["number", "nesting"])
def test_an_answer_with_a_value_that_no_program_holds_is_rejected(value: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read_share_answer(f'{{"text": "<p>文</p>", "id": {value}}}'.encode())
    assert rejected.value.reason is Reason.NOT_JSON


def test_a_text_in_the_feed_that_no_program_can_decode_leaves_the_rest_readable() -> None:
    entry = f'<entry><title>&#xD800;</title><link rel="alternate" href="{ADDRESS}"/></entry>'
    assert [post.address for post in read_feed(f"{ATOM}{entry}</feed>".encode())] == [ADDRESS]
    with pytest.raises(Rejected):
        read_feed(f"{ATOM}<a b='&#xD800;'/></feed>".encode())


def _read_all(data: bytes) -> None:
    for read in (read_whole, read_listing, read_feed, read_share_answer):
        _or_rejected(read, data)
    for name in ("a.md", "2022-01-22-NW202201222257607797.md"):
        _or_rejected(lambda data, name=name: read_imported(name, data), data)


def _or_rejected(read: Callable[[bytes], object], data: bytes) -> None:
    message = ""
    try:
        read(data)
    except DocumentError as error:
        message = str(error)
    assert "\n" not in message.encode().decode()


def _samples() -> Iterator[bytes]:
    """Real pages, where they are at hand, and one of our own."""
    yield a_page("<p>一</p><p>二</p>")
    for folder in (SHARED / "pages", SHARED / "seeds"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".html", ".xml", ".json", ".txt", ".md"}:
                yield path.read_bytes()


SAMPLES = list(_samples())
PIECES = (
    *(
        b"<section>",
        b"</section>",
        b"<h1>",
        b"</h1>",
        b"<small>",
        b"</small>",
        b"<p>",
        b"</p>",
        b"<em>",
        b"\0",
    ),
    *(
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"&#xD800;",
        b"&#0;",
        b"&#99999999999;",
        b"&lt;p ",
        b"&gt;",
        b"---\n",
    ),
    *(
        b"../",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"<?",
        b"<!DOCTYPE a [",
        b"\\ud800",
        b"NaN",
        b"{",
        b"[",
        b'"',
        b"'",
    ),
    *(b"<a href='//[/2022/01/01/a.html'>", b"<h2>", b"</a>", b"9999-99-99", b"\r", b"\n\n", b"<div hidden>"),
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_damage_to_a_page_is_an_error_of_ours(data: st.DataObject) -> None:
    page = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(page)))
        end = min(len(page), start + data.draw(st.sampled_from((0, 1, 8, 200))))
        page = page[:start] + data.draw(st.sampled_from(PIECES)) + page[end:]
    _read_all(page)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)), max_size=12).map(b"".join))
def test_no_bytes_are_an_error_of_ours(piece: bytes) -> None:
    for data in (
        piece,
        listed("PIECE").replace(b"PIECE", piece),
        a_page("<p>PIECE</p>").replace(b"PIECE", piece),
    ):
        _read_all(data)
    _or_rejected(read_feed, ATOM.encode() + piece + b"</feed>")
    _or_rejected(read_share_answer, b'{"text": "' + piece + b'"}')


@given(st.text())
def test_any_text_has_a_source_and_a_canonical_form(text: str) -> None:
    canonical_text(source_of(text))


def test_the_page_of_another_post_is_rejected_by_name() -> None:
    elsewhere = ADDRESS.replace(CODE, "NW202201222257607798")
    with pytest.raises(Rejected) as rejected:
        read_post(a_page(), elsewhere)
    assert rejected.value.reason is Reason.WRONG_ARTICLE


@pytest.mark.parametrize(
    "link",
    ["<>", f"<http://a.example/?infoCode={CODE[2:]}>", "<http://a.example/a/news>", "<http://a.example/>"],
)
def test_a_link_that_says_nothing_against_the_address_is_kept(link: str) -> None:
    assert read_post(a_page(link=link), ADDRESS).link == link[1:-1]
