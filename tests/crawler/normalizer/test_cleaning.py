"""What is left of a page's elements: the article's blocks, one a line, and nothing else."""

import re
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.documents import canonical_text
from crawler.normalizer import Reason, Rejected
from crawler.normalizer.block_writer import BlockWriter
from crawler.normalizer.cleaning import MAX_PAGE, MAX_TAGS, before, blocks_of, body_of, parsed

PAGE = "http://www.a.example/hy/tx/1.html"


def cleaned(html: str) -> list[str]:
    return [block.html for block in blocks_of(parsed(html), PAGE)]


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<p>　　甲</p><p>\u00a0乙 \u200b\n 丙</p>", ["<p>甲</p>", "<p>乙 丙</p>"]),
        ("<div>　　甲<br>　　乙<br/><br/>　　丙</div>", ["<p>甲</p>", "<p>乙</p>", "<p>丙</p>"]),
        (
            "<div><div><font>甲</font></div>乙<section>丙</section></div>",
            ["<p>甲</p>", "<p>乙</p>", "<p>丙</p>"],
        ),
        ("<p><span>甲</span><o:p>乙</o:p><unknown>丙</unknown></p>", ["<p>甲乙丙</p>"]),
        ("<span>甲<div>乙</div></span>", ["<p>甲</p>", "<p>乙</p>"]),
        ("<em>甲<div>乙</div></em>丙", ["<p><em>甲</em></p>", "<p><em>乙</em></p>", "<p>丙</p>"]),
        ("<h2 class=x><center>甲<br>乙</center></h2>", ["<h2>甲<br>乙</h2>"]),
        ("<ul><li>甲</li><li> </li><li><p>乙</p><br></li></ul>", ["<ul><li>甲</li><li><p>乙</p></li></ul>"]),
        ("<ul>甲<ul><li>乙</ul></ul>", ["<ul><li>甲</li><li><ul><li>乙</li></ul></li></ul>"]),
        ("<li>甲</li><td>乙</td><dt>丙</dt>", ["<p>甲</p>", "<p>乙</p>", "<p>丙</p>"]),
        (
            "<table border=1><tbody><tr><td>甲<br>乙<td></td></tr></tbody></table>",
            ["<table><tbody><tr><td>甲<br>乙</td><td></td></tr></tbody></table>"],
        ),
        ("<table><tr><td> </td></tr></table>", []),
        ("<blockquote>甲<br><br>乙</blockquote>", ["<blockquote>甲<br>乙</blockquote>"]),
        ("<pre>\n  甲\r\n\n乙\n</pre>", ["<pre>  甲&#10;&#10;乙</pre>"]),
        ("<pre><p>甲</p><p>乙</p></pre>", ["<p>甲</p>", "<p>乙</p>"]),
        ("甲<hr>乙", ["<p>甲</p>", "<hr>", "<p>乙</p>"]),
        ('<p>1 &lt; 2 &amp;amp; "3"</p>', ['<p>1 &lt; 2 &amp;amp; "3"</p>']),
        ("<p>&#55357;&#56832;&#xD83D;&#x4e2d;</p>", ["<p>\U0001f600\ufffd中</p>"]),
    ],
)
def test_the_ways_to_write_a_paragraph_come_out_alike(html: str, blocks: list[str]) -> None:
    assert cleaned(html) == blocks


@pytest.mark.parametrize(
    "html",
    [
        "<script>甲</script>",
        "<style>甲</style>",
        "<noscript>甲</noscript>",
        "<template>甲</template>",
        "<iframe>甲</iframe>",
        "<select><option>甲</select>",
        "<button>甲</button>",
        "<textarea>甲</textarea>",
        "<!-- 甲 -->",
        "<div hidden>甲</div>",
        '<p style="color:red; DISPLAY : none">甲</p>',
        '<span style="visibility:hidden">甲</span>',
        "<p>\u3000\u00a0\u200b</p>",
        "<b></b>",
        "<img alt=甲>",
        "<img src=data:image/gif;base64,R0lGOD>",
        "<img src=/count.gif width=1 height=1px>",
    ],
)
def test_what_no_reader_sees_is_dropped(html: str) -> None:
    assert cleaned(f"<p>前</p>{html}<p>后</p>") == ["<p>前</p>", "<p>后</p>"]


@pytest.mark.parametrize(
    ("html", "block"),
    [
        (
            "<a href='2.html' target=_blank>甲</a>",
            '<p><a href="http://www.a.example/hy/tx/2.html">甲</a></p>',
        ),
        ("<a href='//b.example/?a=1&b=2'>甲</a>", '<p><a href="http://b.example/?a=1&amp;b=2">甲</a></p>'),
        ("<a href='/a b\u3000\n'>甲</a>", '<p><a href="http://www.a.example/a%20b">甲</a></p>'),
        ("<a href='javascript:x()'>甲</a>", "<p>甲</p>"),
        ("<a href='#top'>甲</a>", "<p>甲</p>"),
        ("<a href='http://['>甲</a>", "<p>甲</p>"),
        ("<a name=x>甲</a>", "<p>甲</p>"),
        (
            "<img src=1.jpg alt='一 \"图\"'>",
            '<p><img src="http://www.a.example/hy/tx/1.jpg" alt="一 &quot;图&quot;"></p>',
        ),
        ("<img src=/i/loading.gif data-src=/1.jpg>", '<p><img src="http://www.a.example/1.jpg"></p>'),
        ("<img src=data:x data-original=/1.jpg>", '<p><img src="http://www.a.example/1.jpg"></p>'),
        ("<img src=/1.jpg data-src=/2.jpg>", '<p><img src="http://www.a.example/1.jpg"></p>'),
    ],
)
def test_links_and_pictures_have_whole_addresses(html: str, block: str) -> None:
    assert cleaned(html) == [block]


def test_the_elements_asked_for_are_shown_even_where_scripts_would_uncover_them() -> None:
    page = parsed('<div id=a style="visibility: hidden"><p>甲</p></div>')
    assert blocks_of(page, PAGE) == ()
    assert body_of(blocks_of(page.find_all(id="a"), PAGE)) == "<p>甲</p>"


@pytest.mark.parametrize("ending", ["转自：报", "转自:报", "　转 自 ：报", "<b>转</b>自:", "&nbsp;转自："])
def test_an_article_ends_before_an_ending_however_it_is_set(ending: str) -> None:
    blocks = blocks_of(parsed(f"<p>甲</p><p>据转自：</p><p>{ending}</p><p>乙</p>"), PAGE)
    assert [block.text for block in before(blocks, ["责任编辑", "转自："])] == ["甲", "据转自："]


def test_an_ending_within_a_block_leaves_what_precedes_it() -> None:
    blocks = blocks_of(parsed("<p>甲</p><blockquote>乙<br><b>丙<br>转自：丁</b></blockquote><p>戊</p>"), PAGE)
    assert body_of(before(blocks, ["转自："])) == "<p>甲</p>\n<blockquote>乙<br><b>丙</b></blockquote>"


@pytest.mark.parametrize(
    "block",
    [
        "<table><tr><td>项目<br>转自：丁</td></tr><tr><td>己</td></tr></table>",
        "<ul><li>乙<br>转自：丁</li><li>己</li></ul>",
        "<blockquote>乙<ul><li>乙<br>转自：丁</li></ul></blockquote>",
    ],
)
def test_a_table_or_a_list_is_never_cut_in_two(block: str) -> None:
    blocks = blocks_of(parsed(f"{block}<p>戊</p><p>转自：丁</p>"), PAGE)
    assert before(blocks, ["转自："]) == blocks[:-1]
    assert body_of(blocks[:1]) == block


@pytest.mark.parametrize("page", ["x" * (MAX_PAGE + 1), "<b>" * (MAX_TAGS + 1)], ids=["characters", "tags"])
def test_a_page_larger_than_any_articles_is_rejected_by_name(page: str) -> None:
    with pytest.raises(Rejected) as rejected:
        parsed(page)
    assert rejected.value.reason is Reason.TOO_LONG


@pytest.mark.timeout(30)  # each takes about a second; what is quadratic takes minutes
@pytest.mark.parametrize(
    "page",
    [
        "<div>甲" * 10_000,
        "<table><tr><td>" * 10_000 + "甲",
        "<ul>" * 10_000 + "</ol>" * 10_000 + "甲",
        "<pre>" + "\n" * 300_000,
        "<b><a href=x>" * 10_000 + "甲",
        "<p>" + "甲 " * 100_000,
        f"<img style='{'display' * 100_000}' data-src='{'/' * 1_000_000}'>",
    ],
    ids=["containers", "tables", "ends of nothing", "lines", "links", "words", "attributes"],
)
def test_cleaning_takes_time_in_proportion_to_the_page(page: str) -> None:
    body_of(blocks_of(parsed(page), PAGE))


PIECES = (
    "<p> </p> <div> </div> <br> <ul> <li> </ul> <ol> <table> <tr> <td> <th> </td> </tr> </table> <b> </b> "
    "<i> </a> <a_href=x> <h2> </h2> <pre> </pre> <blockquote> </blockquote> <dl> <dt> <dd> <figure> <hr> "
    "<figcaption> <img_src=1.jpg> <span> </span> <font> <section> <script> </script> <div_hidden> <center> "
    "<caption> <thead> <tbody> <!-- --> <![CDATA[ &amp; &lt; &#xD800; &#0; &nbsp; <svg> <form> <sup> 甲 乙 < "
    "\" '"
).split(" ")
MARKUP = st.lists(
    st.one_of(
        st.sampled_from(PIECES).map(lambda piece: piece.replace("_", " ")),
        st.sampled_from((" ", "\n", "　", "\u200b", "转自：", "\0", "\x1c", "\u2028", "\ud83d", "e\u0301")),
        st.text(max_size=2),
    ),
    max_size=20,
).map("".join)
ALLOWED = re.compile(
    r"</?(?:p|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th|caption|blockquote|pre|figure"
    r"|figcaption|hr|br|a|strong|b|em|i|sub|sup)>|<a href=\"http[^\"<>]*\">"
    r"|<img src=\"http[^\"<>]*\"(?: alt=\"[^\"<>]*\")?>"
)


@settings(max_examples=400, deadline=None)
@given(MARKUP)
@example("<p>a\x85b</p>")
@example("<pre>a\u2028b\x0c</pre>")
def test_cleaned_is_cleaned_whatever_the_page(markup: str) -> None:
    blocks = blocks_of(parsed(markup), PAGE)
    body = body_of(blocks)
    assert body.splitlines() == [block.html for block in blocks]
    assert blocks_of(parsed(body), PAGE) == blocks
    text = "\n".join(block.text for block in blocks if block.text)
    if text:
        assert canonical_text(body) == text
    assert not set("<>") & set(ALLOWED.sub("", body))
    assert before(blocks, []) == blocks


def test_no_text_is_lost_and_none_is_added() -> None:
    writer = BlockWriter(PAGE)
    writer.write(parsed("<div>甲<p>乙<b>丙</b>丁<br>戊</p>己<ul>庚<li>辛</ul>壬<pre>癸</pre></div>"))
    shown = "".join(re.sub("<[^>]*>", "", html) for html, _ in writer.blocks)
    assert unescape(shown) == "甲乙丙丁戊己庚辛壬癸"
