"""Posts, lists and roots that answer otherwise than they did: what counts, what waits, and what does not."""

from collections.abc import Callable
from datetime import timedelta

from archive.store.values import Stored
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from tests.crawler.conftest import Again


def test_a_feed_that_asks_to_wait_holds_nobody_else_up(again: Again) -> None:
    with Double(posts=40, categories=3, seed=1) as site:
        site.faults.add(host=NEWS_HOST, path="/feed.xml", status=503, retry_after=3600)
        first = again(site)
        assert (first.code, first.counters["new"]) == (3, 40)
        site.clock.advance(minutes=10)
        again(site)
        assert {request.path for request in site.requests} == {"/", "/robots.txt"}


def test_a_home_page_is_left_alone_for_as_long_as_it_asked_and_no_longer(again: Again) -> None:
    with Double(posts=10, categories=2, seed=1) as site:
        site.faults.add(host=NEWS_HOST, path="/", status=503, retry_after=1, times=3)
        again(site)
        site.clock.advance(seconds=20)
        assert again(site).code == 0


def test_a_run_that_leaves_the_site_alone_says_until_when(again: Again) -> None:
    with Double(posts=10, categories=2, seed=1) as site:
        site.faults.add(host=NEWS_HOST, path="/", status=503, retry_after=1800, times=1)
        again(site)
        waiting = again(site)
    assert waiting.code == 4
    assert "asks to be left alone until 04:30:00 UTC" in waiting.detail


def test_a_post_that_is_gone_and_still_listed_is_no_failure(
    again: Again, stored: Callable[[str], Stored]
) -> None:
    with Double(posts=30, categories=3, seed=2) as site:
        again(site)
        dead = site.corpus.visible(site.clock.now())[0]
        site.faults.add(host=NEWS_HOST, path=dead.path, status=404)
        assert again(site, full=True).counters["gone"] == 1
        for _ in range(2):
            crawled = again(site, full=True)
            assert (crawled.code, crawled.counters["gone"], crawled.counters["failed"]) == (0, 0, 0)
    assert stored(dead.code).gone_since is not None


def test_a_post_that_fails_and_then_answers_404_is_asked_once_more(
    again: Again, stored: Callable[[str], Stored]
) -> None:
    with Double(posts=30, categories=3, seed=2) as site:
        again(site)
        post = site.corpus.visible(site.clock.now())[0]
        site.clock.advance(hours=1)
        for status in (500, 404):
            fault = site.faults.add(host=NEWS_HOST, path=post.path, status=status)
            crawled = again(site)
            site.faults.remove(fault)
            site.clock.advance(minutes=12)
        assert (crawled.counters["gone"], crawled.counters["missing"]) == (0, 1)
        again(site)
    assert stored(post.code).gone_since is None


def test_a_category_that_does_not_exist_is_told_and_forgotten(again: Again) -> None:
    with Double(posts=10, categories=2, seed=1) as site:
        typo = again(site, categories=("nosuch",))
        assert (typo.code, typo.counters["failed:http-404"]) == (3, 1)
        assert "/category/nosuch.html does not exist" in typo.detail
        again(site)
        site.clock.advance(minutes=20)
        assert again(site, full=True).code == 0


def test_what_waits_and_what_is_left_is_said(again: Again) -> None:
    with Double(posts=40, categories=3, seed=1) as site:
        limited = again(site, limit=5)
        assert limited.counters["left"] > 0
        assert f"{limited.counters['left']} posts are left to the next run" in limited.detail
        fault = site.faults.add(host=NEWS_HOST, path="/*/2022/*", status=500)
        again(site)
        site.faults.remove(fault)
        quiet = again(site)
        assert quiet.counters["waiting"] > 0
        assert f"{quiet.counters['waiting']} posts that failed before wait for their time" in quiet.detail
        assert again(site, full=True).counters["new"] == 35


def test_a_post_that_leads_to_the_closed_share_host_closes_nothing(again: Again) -> None:
    with Double(posts=30, categories=3, seed=1) as site:
        site.faults.add(host=SHARE_HOST, path="/robots.txt", status=503)
        led = site.corpus.visible(site.clock.now())[0]
        site.faults.add(host=NEWS_HOST, path=led.path, redirect=f"http://{SHARE_HOST}/")
        crawled = again(site)
    assert crawled.counters["new"] == 29


def test_a_known_post_that_fails_for_days_is_looked_at_once_a_week(
    again: Again, stored: Callable[[str], Stored]
) -> None:
    with Double(posts=10, categories=2, seed=1) as site:
        again(site)
        post = site.corpus.visible(site.clock.now())[0]
        fault = site.faults.add(host=NEWS_HOST, path=post.path, status=403)
        for _ in range(9):
            site.clock.advance(hours=12)
            again(site)
        site.faults.remove(fault)
        site.clock.advance(days=7)
        again(site)
    assert stored(post.code).gone_since == site.clock.now()
    assert site.clock.now() - post.expires > timedelta(days=7)
