"""What rules find on pages of declared sources."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import DocumentError
from crawler.normalizer.declared import (
    Fields,
    fields_of,
    read_declared,
    read_declared_feed,
    read_declared_list,
)
from crawler.normalizer.page_text import PageText
from crawler.normalizer.rejected import Reason, Rejected
from crawler.sources.address_pattern import AddressPattern
from crawler.sources.declaration import Declaration, DocumentRules

LIST = "https://a.example/news/"
ARTICLE = "https://a.example/news/7.html"


def rules(**article: object) -> Declaration:
    told = {"address": "/news/{id}.html", "title": "h1", "body": ".text", **article}
    lists = {"start": LIST, "entry": "li", "title": "a", "published": "i", "next": "a.next"}
    feed = {"start": "https://a.example/feed.xml"}
    return Declaration.model_validate(
        {"title": "甲网", "hosts": ["a.example"], "list": lists, "feed": feed, "article": told}
    )


def fields(html: str, **article: object) -> Fields:
    return fields_of(rules(**article), PageText(html), ARTICLE)


LINES = {
    "wide spaces": ("来源：证券日报　　作者：张三  时间：2022-01-22 15:20",),
    "bars": ("2022-01-22 15:20|来源:证券日报|作者:张三",),
    "labels one after another": ("作者：张三 来源：证券日报 时间：2022-01-22 15:20 阅读：7",),
    "no-break spaces": ("来源：证券日报&nbsp;&nbsp;作者：张三&nbsp;&nbsp;2022-01-22&nbsp;15:20",),
    "elements": (
        "<span>来源：<a href='/'>证券日报</a></span>\n  <b>作者：</b> 张三 <i>2022年1月22日 15:20</i>",
    ),
    "lines": ("来源：<br>证券日报", "来源：证券日报<br>作者：张三<br>时间：2022/1/22 15:20"),
    "a space before the colon": ("来源 ：证券日报　作者 ： 张三　时间 ：2022.01.22 15时20分",),
}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_what_stands_behind_a_label_is_found_however_the_line_is_set(lines: tuple[str, ...]) -> None:
    html = "".join(f"<p class=info>{line}</p>" for line in lines)
    told = {
        name: {"select": ".info", "after": label} for name, label in (("outlet", "来源"), ("author", "作者"))
    }
    found = fields(html, published=".info", **told)
    assert (found.outlet.text, found.author.text) == ("证券日报", "张三")
    document = read_declared(
        "a",
        rules(published=[{"select": ".info", "after": "时间"}, ".info"], **told),
        PageText(f"<h1>题</h1>{html}<div class=text>文</div>"),
        ARTICLE,
    ).document
    assert str(document.published) == "2022-01-22 15:20:00+08:00"


def test_of_several_rules_the_first_that_finds_something_counts() -> None:
    found = fields(
        '<h1> </h1><h2 data-t="乙">甲</h2>',
        title=["h1", {"select": "h2", "attribute": "data-t"}, {"select": "h2", "pattern": "(.)"}],
    )
    assert (found.title.text, found.title.by) == ("乙", "h2")
    assert fields("<p>共3页 稿：丙</p>", title={"select": "p", "pattern": "稿：(.+)"}).title.text == "丙"


def test_what_a_page_does_not_name_the_file_does() -> None:
    page = PageText("<h1>题</h1><div class=text>文</div>")
    plain = read_declared("a", rules(), page, ARTICLE).document
    assert (plain.outlet, plain.slug, plain.tags, plain.published) == ("甲网", "jiawang", ("甲网新闻",), None)
    told = DocumentRules.model_validate({"outlet": "乙报", "slug": "yi", "tags": ["{outlet}!", "财"]})
    other = read_declared("a", rules().model_copy(update={"document": told}), page, ARTICLE).document
    assert (other.outlet, other.slug, other.tags) == ("乙报", "yi", ("乙报!", "财"))
    assert other.link == ARTICLE


def test_what_is_cut_and_what_follows_the_end_is_no_part_of_the_body() -> None:
    html = (
        "<div class=text><p>一</p><div class=ad><p>广告</p></div><p>二</p><p>责任编辑: 某</p><p>三</p></div>"
    )
    found = fields(html, cut=".ad", ends_before="责任编辑：")
    assert [block.text for block in found.blocks] == ["一", "二"]


def test_elements_of_the_body_are_joined_and_none_is_read_twice() -> None:
    found = fields("<div class=text>一<div class=text>二</div></div><div class=text>三</div>")
    assert [block.text for block in found.blocks] == ["一", "二", "三"]


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<div class=text>文</div>", "article.title finds nothing: h1"),
        ("<h1>题</h1>", "article.body finds nothing: .text"),
        ("<h1>题</h1><div class=text><script>1</script></div>", "article.body is empty: .text"),
    ],
)
def test_a_page_of_another_layout_is_rejected_by_the_rule_that_finds_nothing(html: str, told: str) -> None:
    with pytest.raises(Rejected, match=told) as error:
        read_declared("a", rules(), PageText(html), ARTICLE)
    assert error.value.reason is Reason.NO_ARTICLE


def test_a_list_names_its_articles_each_once_in_its_order() -> None:
    html = (
        "<base href='/news/'><li><a href='2.html#c'>二</a><i>2022-01-02</i><li><a href='/ad'>广告</a>"
        "<li><a href='//a.example/news/1.html?from=x'>一</a><li><a href='http://b.example/news/3.html'>三</a>"
        "<li>无<li><a href=2.html>又</a></li><a class=next href='javascript:;'></a><a class=next href='?p=2'>"
    )
    page = read_declared_list(rules(), html.encode(), LIST)
    assert [(post.address, post.title) for post in page.posts] == [
        ("https://a.example/news/2.html", "二"),
        ("https://a.example/news/1.html", "一"),
    ]
    assert page.days == ("2022-01-02", "")
    assert page.next == "https://a.example/news/?p=2"


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<p>", "list.entry finds nothing: li"),
        ("<li><a href=/x>x</a>", "none of 1 entries links to an article: /news"),
    ],
)
def test_a_list_of_another_layout_is_rejected_by_name(html: str, told: str) -> None:
    with pytest.raises(Rejected, match=told):
        read_declared_list(rules(), html.encode(), LIST)


RSS = '<rss version="2.0"><channel><link>https://a.example/</link>{}</channel></rss>'
ITEM = "<item><title>题</title><link>{}</link></item>"
FEEDS = {
    "RSS 2.0": RSS.format(ITEM.format("https://a.example/news/1.html?utm=x") + ITEM.format("/news/2.html")),
    "RSS in GBK": '<?xml version="1.0" encoding="gb2312"?>'
    + RSS.format(ITEM.format("/news/1.html") + ITEM.format("/news/2.html")),
    "Atom": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/news/1.html"/></entry>'
    '<entry><link rel="alternate" href="https://a.example/news/2.html"/></entry></feed>',
    "RSS 1.0": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://purl.org/rss/1.0/">'
    "<item><link>/news/1.html</link></item><item><link>/news/2.html</link></item></rdf:RDF>",
    "broken XML": RSS.format(
        ITEM.format("/news/1.html") + "<item><title>a & b</title><link>/news/2.html</link></item>"
    ),
}


@pytest.mark.parametrize("feed", FEEDS, ids=FEEDS)
def test_feeds_of_all_kinds_name_articles(feed: str) -> None:
    data = FEEDS[feed].encode("gbk" if "GBK" in feed else "utf-8")
    page = read_declared_feed(rules(), data, "https://a.example/feed.xml")
    assert [post.address for post in page.posts] == [f"https://a.example/news/{n}.html" for n in (1, 2)]


@pytest.mark.parametrize(
    "data", [b"", b"<html><body>404</body></html>", b"\xff\xfe\x00", RSS.format(ITEM.format("/x")).encode()]
)
def test_what_is_no_feed_of_articles_is_rejected(data: bytes) -> None:
    with pytest.raises(Rejected):
        read_declared_feed(rules(), data, "https://a.example/feed.xml")


PATTERNS = {
    "/news/{id}.html": {
        "/news/7.html": "7",
        "/news/7.html?a=b": "7",
        "/news/a/7.html": None,
        "/news/.html": None,
    },
    "/*/{id}": {"/a/7": "7", "/a/b/7": None, "/7": None, "/a/%E6%96%B0": "新"},
    "/**/{id}.html": {"/a/b/c/7.html": "7", "/7.html": None},
    "/read?id={id}": {"/read?id=7": "7", "/read?x=1&id=7&y=2": "7", "/read?id=": None, "/read": None},
    "/v?id={id}&t=news": {"/v?t=news&id=7": "7", "/v?t=other&id=7": None},
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_address_patterns_say_what_is_an_article_and_which(pattern: str) -> None:
    for address, source_id in PATTERNS[pattern].items():
        found = AddressPattern(pattern).match(f"https://a.example{address}")
        assert (found.source_id if found else None) == source_id, address


def test_an_address_has_one_canonical_form() -> None:
    forms = ("/v?t=news&id=7&utm=x", "/v?id=7&t=news#top", "/%76?id=7&t=news")
    pattern = AddressPattern("/v?id={id}&t=news")
    found = {match.path for form in forms if (match := pattern.match(f"http://a.example{form}"))}
    assert found == {"/v?id=7&t=news"}


HOSTILE = {
    "nested": lambda: "<div>" * 20_000,
    "end tags of nothing": lambda: "<b>" * 9_000 + "</i>" * 9_000,
    "labels": lambda: "<p class=info>" + "来源" * 500_000,
    "colons": lambda: "<p class=info>来源：" + "作者：" * 300_000,
    "spaces": lambda: "<p class=info>来源：" + " \u3000" * 500_000,
    "dates": lambda: "<p class=info>" + "2022-" * 400_000,
    "entries": lambda: "<li><a href=/news/1.html>" * 8_000,
    "entries in entries": lambda: "<ul><li>" * 8_000,
    "bodies in bodies": lambda: "<h1>题</h1>" + "<div class=text>" * 8_000,
    "lines in lines": lambda: "<p class=info>".replace("p", "div") * 8_000,
    "cut in cut": lambda: "<h1>题</h1><div class=text>" + "<div class=ad>" * 8_000,
    "attributes": lambda: "<h1 " + "a=b " * 300_000 + ">",
    "a long page": lambda: "字" * 5_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_take_little_time_and_are_rejected_by_name(name: str) -> None:
    html = HOSTILE[name]()
    told = rules(outlet={"select": ".info", "after": "来源"}, published=".info", cut=".ad")
    begun = time.process_time()
    with pytest.raises(Rejected):
        read_declared("a", told, PageText(html), ARTICLE)
    for read in (read_declared_list, read_declared_feed):
        with suppress(DocumentError):
            read(told, html.encode(), LIST)
    assert time.process_time() - begun < 10


@given(st.text(alphabet="<>/=\"' \n来源：h1div classtext&;#2022-0 ", max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_page_brings_anything_but_a_document_or_a_rejection(html: str) -> None:
    for read in (read_declared_list, read_declared_feed):
        with suppress(DocumentError):
            read(rules(), html.encode(), LIST)
    told = rules(outlet={"select": "*", "after": "来源"}, published="*")
    with suppress(DocumentError):
        read_declared("a", told, PageText(html), ARTICLE)
