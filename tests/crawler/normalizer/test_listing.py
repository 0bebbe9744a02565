"""Lists: the posts that the home page, category pages and the feed name."""

import pytest

from crawler.normalizer import Listed, Reason, Rejected, groups_of, read_feed, read_listing
from crawler.normalizer.finews.addresses import category_address, post_address, slug_of
from fixtures.corpus import Corpus
from fixtures.newssite import NewsSite

ENTRY = '<entry><title>t</title><link href="{}" rel="alternate" type="text/html"/></entry>'


def page(section: str) -> bytes:
    head = '<meta property="og:description" content="<li><a href="/a/2022/01/01/NW1111.html">假</a></li>">'
    return f"<html><head>{head}</head><body><section>{section}</section></body></html>".encode()


def test_every_post_is_listed_once_in_each_group_with_its_title_as_written() -> None:
    one = "https://finews.withounder.com/luwang/2022/01/22/NW2222.html"
    other = "https://finews.withounder.com/career/in/x/2022/01/22/NW3333.html"
    posts = read_listing(
        page(
            '<h2 id="a">R&amp;D\u3000<em>甲</em>新闻</h2><ul>'
            '<li><a href="/luwang/2022/01/22/NW2222.html">A&B <10亿 "引"</a></li></ul>'
            "<ul><li><a class='x' href='/career/in/x/2022/01/22/NW3333.html'></a></li></ul>"
            '<ul><li><a href="/luwang/2022/01/22/NW2222.html">又一次</a></li></ul>'
            '<h2>乙</h2><ul><li><a href="/luwang/2022/01/22/NW2222.html">乙的</a></li></ul>'
        )
    )
    assert posts == (
        Listed(one, 'A&B <10亿 "引"', "R&D 甲新闻"),
        Listed(other, "", "R&D 甲新闻"),
        Listed(one, "乙的", "乙"),
    )
    assert groups_of(posts) == {"R&D 甲新闻": posts[:2], "乙": posts[2:]}


def test_a_list_without_headings_has_no_groups() -> None:
    (post,) = read_listing(page('<a href="/a/2022/01/22/NW2222.html">题<h2>的</h2></a>'))
    assert (post.title, post.group) == ("题<h2>的</h2>", "")


def test_an_ampersand_in_an_address_is_escaped_on_the_home_page_alone() -> None:
    for written in ("&", "&amp;"):
        (post,) = read_listing(page(f'<a href="/r{written}d/2022/01/22/NW2222.html">题</a>'))
        assert post.address == "https://finews.withounder.com/r&d/2022/01/22/NW2222.html"


def test_a_title_longer_than_any_is_not_compared_and_an_address_longer_than_any_is_none() -> None:
    (post,) = read_listing(page(f'<a href="/a/2022/01/22/NW2222.html">{"题" * 10_001}</a>'))
    assert post.title is None
    assert post_address(f"/{'a' * 2_000}/2022/01/22/NW2222.html") is None
    assert post_address(f"/{'甲' * 300}/2022/01/22/NW2222.html") is None


def test_the_copy_in_the_head_and_links_to_elsewhere_are_not_listed() -> None:
    assert (
        read_listing(page('<a href="//evil.example/a/2022/01/01/NW1.html">x</a><a href="/about.html">y</a>'))
        == ()
    )


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "http://[::1",
        "/a/2022/1/1/x.html",
        "{{ post.url }}",
        "file:///a/2022/01/01/NW1.html",
    ]
    + ["//finews.withounder.com.evil.example/a/2022/01/01/NW1111.html", "/2022/01/01/NW1111.html"],
)
def test_what_is_no_post_of_the_site_has_no_address(href: str) -> None:
    assert post_address(href) is None


@pytest.mark.parametrize("folder", ["/甲(b)", "http://finews.withounder.com/%E7%94%B2%28b%29"])
def test_an_address_has_one_form_however_it_is_written(folder: str) -> None:
    expected = "https://finews.withounder.com/%E7%94%B2(b)/2022/01/22/NW2222.html"
    assert post_address(f"{folder}/2022/01/22/NW2222.html") == expected


def test_a_category_page_has_the_slug_as_written() -> None:
    site = "https://finews.withounder.com"
    assert category_address("Career In touxingPEVC") == f"{site}/category/Career%20In%20touxingPEVC.html"
    assert category_address("emnews") == f"{site}/emnews/"
    assert category_address("../../etc/passwd?x#y") == f"{site}/category/..%2F..%2Fetc%2Fpasswd%3Fx%23y.html"


def test_a_slug_is_read_from_every_kind_of_return_link() -> None:
    for link in (
        "//finews.withounder.com/category/a b.html",
        "http://finews.withounder.com/a b.html",
        "//x/a b/",
    ):
        assert slug_of(link) == "a b"


def test_a_list_without_posts_is_a_list() -> None:
    assert read_listing(page("<ul>\n</ul>")) == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"<html>502</html>", Reason.NO_POSTS), (page("")[:-20], Reason.TRUNCATED), (b"", Reason.EMPTY)],
)
def test_a_page_without_a_whole_section_is_no_list(data: bytes, reason: Reason) -> None:
    with pytest.raises(Rejected) as rejected:
        read_listing(data)
    assert rejected.value.reason is reason


def test_the_feed_lists_addresses_in_its_order_without_titles() -> None:
    urls = [f"https://finews.withounder.com/a/2022/01/22/NW{number}.html" for number in (3333, 1111, 2222)]
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(map(ENTRY.format, urls))}</feed>'
    assert read_feed(feed.encode()) == tuple(Listed(url, None) for url in urls)


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"not xml", b"<feed/>", b"\x00"])
def test_what_is_no_feed_is_rejected(data: bytes) -> None:
    with pytest.raises(Rejected):
        read_feed(data)


def test_entities_in_the_feed_reach_no_file_and_do_not_explode() -> None:
    bomb = (
        b'<!DOCTYPE feed [<!ENTITY f SYSTEM "file:///etc/passwd">'
        b'<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>'
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>&f;&b;</title></feed>'
    )
    assert read_feed(bomb) == ()


def test_the_lists_of_the_double_are_read_whole() -> None:
    corpus = Corpus(posts=300, categories=12, seed=5)
    site, now = NewsSite(corpus), corpus.plan.start
    outlets = {post.outlet for post in corpus.visible(now)}
    listed = set()
    for outlet in outlets:
        answer = site.answer(outlet.page, {}, now)
        listed |= {post.address for post in read_listing(answer.body)}
    listed |= {post.address for post in read_listing(site.answer("/", {}, now).body)}
    assert len(listed) == 300
