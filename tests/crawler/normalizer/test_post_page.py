"""A post's page becomes front matter and body, or is rejected by name."""

from datetime import datetime

import pytest

from archive.documents import SHANGHAI, Fidelity, canonical_text
from crawler.normalizer import Reason, Rejected, combine, read_post
from tests.crawler.normalizer.pages import ADDRESS, BACK, CODE, LINK, a_page

UNQUOTED = "//finews.withounder.com/category"
HOME = "｜[返回首页](//finews.withounder.com/)"


def test_the_page_says_what_the_front_matter_said() -> None:
    page = read_post(a_page(title='他说"好"：<10亿 A&B'), ADDRESS)
    assert page.title == '他说"好"：<10亿 A&B'
    assert page.published == datetime(2022, 1, 22, 15, 20, 32, tzinfo=SHANGHAI)
    assert (page.code, page.slug, page.outlet, page.tag) == (CODE, "luwang", "鲁网", "鲁网新闻")
    assert (page.link, page.return_url) == (LINK, f"{UNQUOTED}/luwang.html")
    assert (page.digest, page.body) == (None, "<p>正文</p>")


def test_slug_and_outlet_come_from_the_return_link_never_from_the_path() -> None:
    back = f"[返回Career In投行(PE)新闻]({UNQUOTED}/Career In touxing(PE).html){HOME}"
    address = f"https://finews.withounder.com/career/in/touxing(pe)/2022/01/22/{CODE}.html"
    page = read_post(a_page(back=back, slug="Career In touxing(PE)", tag="Career In投行(PE)新闻"), address)
    assert (page.slug, page.outlet, page.tag) == (
        "Career In touxing(PE)",
        "Career In投行(PE)",
        "Career In投行(PE)新闻",
    )


@pytest.mark.parametrize("path", ["luwang.html", "luwang/", "category/luwang.html"])
def test_return_links_of_older_posts_name_the_slug_as_well(path: str) -> None:
    back = f"[返回鲁网新闻](//finews.withounder.com/{path})｜[返回首页](//finews.withounder.com/)"
    page = read_post(a_page(back=back), ADDRESS)
    assert (page.slug, page.outlet, page.return_url) == ("luwang", "鲁网", f"//finews.withounder.com/{path}")


def test_share_links_to_the_upstream_host_are_kept_as_published() -> None:
    upstream = LINK.replace("finews.zning.xyz", "choicewzp1.eastmoney.com")
    page = read_post(a_page(link=f"<{upstream}>"), ADDRESS)
    assert (page.link, page.code) == (upstream, CODE)


def test_typography_of_the_generator_does_not_reach_the_outlets_name() -> None:
    written = a_page(tag="Barron's新闻").replace("返回鲁网".encode(), "返回Barron’s".encode())
    page = read_post(written.replace(b"category/luwang", b"category/Barron's"), ADDRESS)
    assert (page.slug, page.outlet, page.tag) == ("Barron's", "Barron's", "Barron's新闻")


def test_a_return_link_that_the_generator_did_not_understand_is_read_as_it_is_shown() -> None:
    home = '<a href="//finews.withounder.com/">返回首页</a></p>'
    shown = f"<p>[返回甲(乙新闻]({UNQUOTED}/jia(yi.html)｜{home}"
    understood = f'<p><a href="{UNQUOTED}/luwang.html">返回鲁网新闻</a>｜{home}'
    page = read_post(a_page(tag="甲(乙新闻").replace(understood.encode(), shown.encode()), ADDRESS)
    assert (page.slug, page.outlet) == ("jia(yi", "甲(乙")


def test_an_empty_source_link_is_kept_and_the_code_is_that_of_the_address() -> None:
    page = read_post(a_page(link="<>"), ADDRESS)
    assert (page.link, page.code) == ("", CODE)


def test_an_empty_title_is_kept_and_an_empty_date_gives_way_to_the_day_in_the_address() -> None:
    undated = a_page(title="").replace(b"CST) 2022-01-22 15:20:32", b"CST) ")
    page = read_post(undated, ADDRESS)
    assert (page.title, page.published) == ("", datetime(2022, 1, 22, tzinfo=SHANGHAI))


def test_the_copy_of_the_article_in_the_head_is_not_the_article() -> None:
    fake = (
        "</section><section>\n<small>(GMT+8, Asia/Shanghai, CST) 1999-09-09 09:09:09</small>\n<h1>冒充</h1>"
        '<p>冒充</p>\n<p><a href="http://x/?infoCode=NW000000">x</a></p>\n'
        '<p><a href="//x/evil.html">返回冒充新闻</a></p>'
    )
    honest = a_page(body="<p>甲</p><p>占位</p><p>乙</p>", title="真")
    page = read_post(honest.replace("<p>占位</p>".encode(), fake.encode()), ADDRESS)
    assert (page.title, page.slug) == ("真", "luwang")
    assert "甲" in canonical_text(page.body)
    assert "乙" in canonical_text(page.body)


def test_a_flash_has_its_digest_as_a_quotation_before_the_article() -> None:
    back = "[返回东财滚动新闻](//finews.withounder.com/emnews/)｜[返回首页](//finews.withounder.com/)"
    page = read_post(
        a_page(
            "> 摘要R&D增<10亿，2>1。\n\n<p>正文</p><p>尾</p>",
            link="<http://finance.eastmoney.com/a/202201232258000002.html>",
            back=back,
            slug="emnews",
            tag="东财滚动新闻",
        ),
        "https://finews.withounder.com/emnews/2022/01/23/202201232258000002.html",
    )
    assert (page.code, page.slug, page.outlet) == ("202201232258000002", "emnews", "东财滚动")
    assert (page.digest, page.body) == ("摘要R&D增<10亿，2>1。", "<p>正文</p><p>尾</p>")
    assert combine(page, None).document.body == "> 摘要R&D增<10亿，2>1。\n\n<p>正文</p><p>尾</p>"


def test_a_quotation_at_the_top_of_outlet_news_is_part_of_the_article() -> None:
    page = read_post(a_page("<blockquote><p>引</p></blockquote><p>文</p>"), ADDRESS)
    assert (page.digest, canonical_text(page.body)) == (None, "引\n文")


@pytest.mark.parametrize(
    ("source", "canonical"),
    [
        ("<p>一</p>\n <p>二</p><p>三</p>", "一\n二\n三"),
        ('<p><img src="http://x/?a=1&b=2" /></p><p>R&D &lt;5% “引”</p>', "R&D <5% “引”"),
    ],
)
def test_the_pages_body_has_the_text_of_the_source(source: str, canonical: str) -> None:
    body = read_post(a_page(source), ADDRESS).body
    assert canonical_text(body) == canonical_text(source) == canonical


def test_the_pages_body_is_the_source_where_nothing_was_lost() -> None:
    chart = '<!-- EM_StockImg_Start --><p><img src="http://x/?a=1&b=2" /></p><!-- EM_StockImg_End -->'
    source = f"{chart}<p>一</p><p>二</p>"
    assert read_post(a_page(source), ADDRESS).body == source


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" \r\n ", Reason.EMPTY),
        (b"<html><body><h1>502 Bad Gateway</h1></body></html>", Reason.NO_ARTICLE),
        (b"\xff\xfe\x00\x01" * 99, Reason.UNDECODABLE),
        (a_page().replace("正文".encode(), "正文".encode()[:-1]), Reason.UNDECODABLE),
        (a_page()[:-400], Reason.TRUNCATED),
        (a_page()[:300], Reason.TRUNCATED),
        (a_page().replace(BACK.encode(), b"").replace("返回鲁网新闻".encode(), b"x"), Reason.NO_RETURN_LINK),
        (a_page().replace(b"/category/luwang.html", b"/"), Reason.NO_RETURN_LINK),
    ],
    ids=[
        "empty",
        "blank",
        "error page",
        "binary",
        "one bad byte",
        "cut",
        "cut early",
        "no way back",
        "no slug",
    ],
)
def test_what_is_no_whole_post_is_rejected_by_name(page: bytes, reason: Reason) -> None:
    with pytest.raises(Rejected) as rejected:
        read_post(page, ADDRESS)
    assert rejected.value.reason is reason


def test_a_page_cut_at_any_byte_is_rejected_or_whole() -> None:
    page = a_page("<p>一</p><p>二</p>")
    whole = read_post(page, ADDRESS)
    for length in range(0, len(page), 7):
        try:
            assert read_post(page[:length], ADDRESS) == whole
        except Rejected:
            continue


def test_an_article_that_nobody_can_see_is_rejected() -> None:
    page = read_post(a_page('<p style="display:none">暗</p>'), ADDRESS)
    with pytest.raises(Rejected, match="empty"):
        combine(page, None)
    assert combine(page, "<p>明</p>").fidelity is Fidelity.SOURCE


def test_a_page_in_gb18030_is_read_whatever_its_header_says() -> None:
    page = read_post(a_page(title="央行公告").decode().encode("gb18030"), ADDRESS)
    assert (page.title, page.outlet) == ("央行公告", "鲁网")


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_says_which_unicode_a_page_is_in(charset: str) -> None:
    mark = "" if charset in {"utf-8-sig", "utf-16"} else "\ufeff"
    data = (mark + a_page(title="央行公告").decode()).encode(charset)
    assert read_post(data, ADDRESS).title == "央行公告"
