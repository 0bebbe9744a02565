"""What a crawl asks for when most is known, and what it makes of the answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from archive.documents import Fidelity
from archive.store.values import Stored
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from fixtures.post import Change
from tests.crawler.conftest import Again

SCALE = (pytest.mark.scale, pytest.mark.timeout(1200))


def paths(site: Double) -> list[str]:
    return [request.path for request in site.requests]


def with_late_arrivals(site: Double, categories: int, each: int) -> set[str]:
    """Have the newest posts of the largest categories come in an hour; their codes."""
    posts = site.corpus.posts
    by_outlet: dict[str, list[int]] = {}
    for index, post in enumerate(posts):
        if not post.outlet.spaced:
            by_outlet.setdefault(post.outlet.slug, []).append(index)
    largest = sorted(by_outlet.values(), key=len)[-categories:]
    late = [index for indexes in largest for index in sorted(indexes, key=lambda i: posts[i].order)[-each:]]
    arrival = int((site.clock.now() + timedelta(hours=1)).timestamp())
    for index in late:
        posts[index] = replace(posts[index], arrived_unix=arrival)
    return {posts[index].code for index in late}


def test_a_crawl_right_after_another_asks_three_pages_at_most_and_receives_no_body(again: Again) -> None:
    with Double(posts=60, categories=6, seed=1) as site:
        again(site)
        second = again(site)
        assert len(site.requests) <= 3
        assert site.requests.sent == 0
    assert (second.code, second.counters["not_modified"], second.counters["bytes"]) == (0, 2, 0)


@pytest.mark.parametrize(("posts", "categories"), [(200, 20), pytest.param(20_000, 500, marks=SCALE)])
def test_new_posts_in_three_categories_cost_two_requests_each_and_little_else(
    posts: int, categories: int, again: Again
) -> None:
    with Double(posts=posts + 30, categories=categories, seed=2) as site:
        late = with_late_arrivals(site, 3, 10)
        assert again(site).counters["new"] == posts
        site.clock.advance(minutes=59)
        assert again(site, recheck_time=0).counters["new"] == 0
        site.clock.advance(minutes=1)
        crawled = again(site, recheck_time=0)
        asked = {request.path.rpartition("/")[2].removesuffix(".html") for request in site.requests}
        assert len(site.requests) <= 30 * 2 + 3 + 5
    assert (crawled.code, crawled.counters["new"], crawled.counters["stored"]) == (0, 30, 30)
    assert late <= asked


def test_a_changed_title_has_the_post_fetched_at_once(again: Again, stored: Callable[[str], Stored]) -> None:
    with Double(posts=60, categories=3, seed=7, edits=16) as site:
        again(site)
        site.clock.advance(hours=25)
        crawled = again(site, recheck_time=0)
        listed = {
            post.code
            for post in site.corpus.visible(site.clock.now())
            if post.code in " ".join(paths(site)) and len(post.edits) == 1
        }
    assert crawled.counters["changed"] == len(listed) > 0
    assert {stored(code).revisions for code in listed} == {2}


def test_a_post_that_failed_is_fetched_by_a_later_run_though_no_list_changed(again: Again) -> None:
    with Double(posts=40, categories=4, seed=3) as site:
        broken = site.corpus.visible(site.clock.now())[0]
        fault = site.faults.add(host=NEWS_HOST, path=broken.path, status=500)
        first = again(site)
        assert (first.code, first.counters["new"], first.counters["failed:http-500"]) == (3, 39, 1)
        site.faults.remove(fault)
        assert again(site).counters["new"] == 0  # it was asked for three times just now
        site.clock.advance(minutes=6)
        second = again(site)
        assert site.requests.count(status=304) >= 2  # no list has changed
        assert site.requests.count(status=200) == 2  # page and body
    assert (second.code, second.counters["new"], second.counters["failed"]) == (0, 1, 0)


def test_what_a_limited_run_left_is_fetched_by_the_next(again: Again) -> None:
    with Double(posts=60, categories=4, seed=4) as site:
        assert again(site, limit=7).counters["new"] == 7
        assert again(site, limit=20).counters["new"] == 20
        assert again(site).counters["new"] == 33
        assert again(site).counters["requests"] == 2


def test_a_post_that_arrives_late_below_the_newest_is_found_within_a_day_or_so(again: Again) -> None:
    with Double(posts=100, categories=4, seed=5) as site:
        now, posts = site.clock.now(), site.corpus.posts
        of_largest = [post for post in posts if post.outlet == site.corpus.visible(now)[0].outlet]
        late = sorted(of_largest, key=lambda post: post.order)[-9]
        assert late.expires > now + timedelta(hours=32)
        arrival = int((now + timedelta(hours=1)).timestamp())
        posts[late.index] = replace(late, arrived_unix=arrival)
        assert again(site).counters["new"] == 99
        site.clock.advance(hours=2)
        assert again(site).counters["new"] == 0
        site.clock.advance(hours=29)
        assert again(site).counters["new"] == 1


def test_a_post_that_is_gone_is_kept_and_not_asked_for_any_more(
    again: Again, stored: Callable[[str], Stored]
) -> None:
    with Double(posts=40, categories=4, seed=6) as site:
        again(site)
        oldest = min(site.corpus.posts, key=lambda post: post.expires)
        site.clock.set(oldest.expires + timedelta(minutes=20))
        crawled = again(site)
        assert oldest.path in paths(site)
        assert (crawled.code, crawled.counters["gone"]) == (0, 1)
        document = stored(oldest.code)
        assert document.gone_since == site.clock.now()
        assert document.text
        site.clock.advance(hours=3)
        again(site)
        assert oldest.path not in paths(site)


def test_an_edit_is_a_revision_the_way_back_another_and_new_furniture_none(
    again: Again, stored: Callable[[str], Stored]
) -> None:
    with Double(posts=90, categories=3, seed=8, edits=20, furniture_edits=6) as site:
        begin = site.clock.now()
        edited = begin + timedelta(hours=25)
        for hours, shown in ((0, begin), (25, edited), (26, begin)):  # A, B, A
            site.clock.set(shown)
            again(site, at=begin + timedelta(hours=hours), full=hours > 0)
        posts = [post for post in site.corpus.posts if post.edits and post.visible(edited.timestamp())]
    assert len(posts) > 20
    for post in posts:
        is_furniture = post.edits[0].change is Change.CHART
        assert stored(post.code).revisions == (1 if is_furniture else 3), post


def test_a_document_taken_from_its_page_gains_fidelity_when_the_api_answers(
    again: Again, stored: Callable[[str], Stored]
) -> None:
    with Double(posts=12, categories=2, seed=9) as site:
        fault = site.faults.add(host=SHARE_HOST, path="/NewsData/*", status=500)
        assert again(site).code == 3
        code = site.corpus.posts[0].code
        poor = stored(code)
        site.faults.remove(fault)
        site.clock.advance(hours=1)
        crawled = again(site)
        rich = stored(code)
    assert (poor.found.fidelity, rich.found.fidelity) == (Fidelity.PAGE, Fidelity.SOURCE)
    assert (poor.content_hash, poor.revisions) == (rich.content_hash, rich.revisions)
    assert (crawled.code, crawled.counters["unchanged"], crawled.counters["changed"]) == (0, 12, 0)
    assert poor.found.document.body != rich.found.document.body


def test_full_looks_at_everything_again(again: Again) -> None:
    with Double(posts=30, categories=3, seed=10) as site:
        again(site)
        crawled = again(site, full=True)
        assert site.requests.count(status=304) == 0
    assert (crawled.counters["unchanged"], crawled.counters["fetched"]) == (30, 30)


def test_a_server_that_asks_for_an_hour_is_left_alone_for_it(again: Again) -> None:
    with Double(posts=10, categories=2, seed=11) as site:
        fault = site.faults.add(host=NEWS_HOST, path="/", status=503, retry_after=1800, times=1)
        first = again(site)
        assert (first.code, fault.struck) == (3, 1)
        site.clock.advance(minutes=20)
        second = again(site)
        assert "/" not in paths(site)
        assert second.counters["failed:asked-to-wait"] == 1
        site.clock.advance(minutes=11)
        assert again(site).code == 0
        assert "/" in paths(site)


def test_a_home_page_that_lists_nothing_any_more_is_told(again: Again) -> None:
    empty = b"<html><body><section></section></body></html>"
    with Double(posts=10, categories=2, seed=11) as site:
        again(site)
        site.faults.add(host=NEWS_HOST, path="/", body=empty)
        crawled = again(site)
    assert (crawled.code, crawled.counters["rejected:list-no-posts"]) == (3, 1)


def test_known_posts_displaced_by_others_are_a_window_overflow(again: Again) -> None:
    """The site's clock runs, ours stands still: nothing but the lists tells that posts were missed."""
    with Double(posts=60, categories=2, seed=13, arriving=60, days=8) as site:
        now = site.clock.now()
        again(site)
        site.clock.advance(days=7)
        crawled = again(site, at=now + timedelta(minutes=5))
    assert crawled.counters["window_overflow"] == 1
    assert "window_overflow" in crawled.detail
