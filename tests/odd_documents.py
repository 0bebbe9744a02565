"""Documents that are odd in the ways that sites, importers and attackers have been: for exports to bear."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument, canonical_text

SLUGS = [
    *("36", "true", "null", "2022-01-01", "A b", "a  b", "a b", "b a", "a a", "Career In touxingPEVC"),
    *(
        "a/b",
        "../../x",
        "..",
        "a..b",
        "a.",
        "x.html",
        "index",
        "index.html",
        "feed.xml",
        "category",
        "emnews",
    ),
    *("EMNEWS", "100%", "%2e%2e", "a%2Fb", ":title", ":path:", "a:b", "http://x", "#a", "?q", "a#b?c", "[x]"),
    *("~a", "_a", ".a", "a\\b", 'a"b', "a'b", "a&b", "<b>", "a\tb", "a\nb", "x" * 200, "文" * 100, "\u2028"),
    *("21CN", "21cn", "İstanbul", "ﬁ", "é", "e\u0301", "b (c", "(c)", "\u3000", "a\u3000b", "-", "- a"),
    *("{{ x }}", "{% raw %}", "a|b", "vendor", "node_modules", "_posts", "a\x07b", "d0123456789abcdef"),
]
EMPTY_SLUGS = ["", "  "]
CONTROLS = "".join(map(chr, range(1, 32)))
BODIES = [
    *("<p>正文</p>", "{{ x }}{% raw %}{% bad", "---\ntitle: x\n---\n", "text *a* _b_ `c`", "1. t", "# h"),
    *("文<div>" * 3000, "> " * 3000 + "x", "[a](b " * 3000, "`" * 500, "* a\n  * b\n\n    code"),
    "<p>a<10亿 > b & c &lt; &nbsp;x</p>",
    *("<p>未闭合", "<p>x</p></div></section></body>", "<p>x</p><!-- never closed", "<plaintext>x"),
    *("<script>alert(1)</script><p>x</p>", "<p>x\u2028\u2029\u0085y</p>", "\ufeff<p>x</p>", "<中>x</中>"),
    *(CONTROLS + "<p>x</p>", "<p>a</p>\r\n<p>b</p>", "    <p>indented</p>", "> x"),
    *('> 摘要“a"b" -- ...\n\n<p>x</p>', "> 摘要 *a* [b](c) <x> |\n\n<p>x</p>", "> 一\n> 二\n\n<p>x</p>"),
    *("<p><img src='http://x.test/a.png?a=1&b=2'></p>", "<p>$$a$$ |b|</p>", '<p markdown="1">*x*</p>'),
    *('<p>x</p>\n\n<p><a href="http://x">y</a></p>', "<p>x</p><p>返回首页</a></p>", "\n\n  <p>x</p>  \n\n"),
    "<table><tr><td>a|b</td></tr></table><p>&#x110000;&#xD800;&#0;</p>",
    "<p>x</p>\n\n[返回甲新闻](//finews.withounder.com/category/a.html)｜[返回首页](//finews.withounder.com/)",
    *(
        "a\n\n<http://y>",
        "<p>'单' \"双\" -- --- ... << >> (c)</p>",
        "*[HTML]: x\n\n[a]: http://x\n\nHTML [a]",
    ),
    *('{::options parse_block_html="true" /}\n<p>*a*</p>', "<P>大写</P><BR>", "<p>ok</p><p/>", "x{:/}"),
]
TITLES = [
    *("'\"\\: #%{{ x }}{% y %}", "a\nb\r\nc", "<b>x</b> & y &amp; z", "---", "\u2028x", "a\x07b\ufffe"),
    *("true", "123", "“引” 'q' -- ...", " 空 格 ", "长" * 500, "", "- a", "</title>"),
]
TAGS: list[tuple[str, ...]] = [(), ("",), ("a", "b"), ("123",), ("true",), ("{{x}}",), ("<b>",), ("\n",)]
OUTLETS = ["", "b (c", "a*b*", "[x]", "Career In投行", "a|b", '“x”"y"', "x" * 200]
LINKS = ["", "https://x.test/a?b=1&c=<2>", "javascript:x", "http://x.test/a|b", "abc", " ", "*a*"]
BACK = "//finews.withounder.com/category/"
DATES = [
    *(None, datetime(2999, 12, 31, 23, 59, 59, tzinfo=SHANGHAI), datetime(1000, 1, 1, tzinfo=SHANGHAI)),
    # Summer time in Shanghai, and a time before that of the whole zone.
    *(datetime(1988, 7, 1, 0, 30, tzinfo=SHANGHAI), datetime(1900, 1, 1, tzinfo=SHANGHAI)),
]


def odd_documents() -> Iterator[SourcedDocument]:
    """Each is odd in one way, and has a title of its own; all have text, so that a store takes them.

    Tags are to slugs as they are with real ones.
    """
    numbers = count(1)

    def of_finews(**odd: Any) -> SourcedDocument:
        code = f"NW2022012215{next(numbers):08}"
        link = f"http://finews.zning.xyz/html_News/NewsShare.html?infoCode={code}"
        return _sourced("finews", code, {"link": link, "return_url": f"{BACK}luwang.html", **odd})

    def of_web(**odd: Any) -> SourcedDocument:
        source_id = f"x.test/{next(numbers)}.html"
        return _sourced("web", source_id, {"link": f"https://{source_id}", "return_url": None, **odd})

    for number, slug in enumerate((*SLUGS, *EMPTY_SLUGS)):
        # From a home page that has five posts of each tag, more than five categories could not be reached.
        tags = (f"{number}号新闻",)
        if slug not in EMPTY_SLUGS:
            back = f"{BACK}{slug.replace(chr(10), ' ')}.html"
            yield of_finews(slug=slug, return_url=back, tags=tags)
        if slug in EMPTY_SLUGS or number % 4 == 0:
            yield of_web(slug=slug, tags=tags)
    for number, body in enumerate(BODIES):
        yield of_finews(body=body)
        yield of_finews(body=body, link=None) if number % 2 else of_web(body=body, link=None)
    yield from (of_finews(title=title) for title in TITLES)
    yield from (of_web(tags=tags, outlet="别名") for tags in TAGS)
    yield from (of_finews(outlet=outlet, tags=(f"{outlet}新闻",)) for outlet in OUTLETS)
    yield from (make(link=link) for link in LINKS for make in (of_finews, of_web))
    yield from (of_finews(return_url=f"{BACK}{name}.html") for name in ("b (c", "a(b(c", "x ' y", "*"))
    yield from (make(published=date) for date in DATES for make in (of_finews, of_web))
    yield of_finews(title="a\x07b\ufffe", body=f"<p>{CONTROLS}x</p>", published=DATES[1])
    yield of_web(lost=3)
    for source in ("finews", "web"):
        yield _sourced(source, "same/../id?x=1", {"link": "", "return_url": f"{BACK}luwang.html"})
    yield from (_sourced("finews", code, {"link": ""}) for code in ("nw" + "1" * 18, "NW" + "1" * 18))
    yield _sourced("import", "x" * 500, {})


def _sourced(source: str, source_id: str, fields: dict[str, Any]) -> SourcedDocument:
    plain = {
        "title": f"标题 {source} {source_id[:60]}",
        "published": datetime(2022, 1, 22, 15, 20, 32, tzinfo=SHANGHAI),
        "slug": "luwang",
        "outlet": "鲁网",
        "tags": ("鲁网新闻",),
        "body": "<p>正文</p>",
        "link": None,
        "return_url": f"{BACK}luwang.html",
    }
    document = Document(**(plain | fields))
    assert canonical_text(document.body), document.body[:60]
    share = document.link if source == "finews" and document.link else ""
    return SourcedDocument(source, source_id, "", share, Fidelity.SOURCE, document)
