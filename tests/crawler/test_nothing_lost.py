"""What could hide a post for ever: half-read lists, wrong moments, combinations of options."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from archive.store import Store
from archive.store.values import PageKind, Stored
from crawler import normalizer
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from tests.crawler.conftest import Again

BOTH_LISTS = 2


def test_what_a_limited_full_run_left_is_fetched_by_a_plain_one(again: Again) -> None:
    with Double(posts=60, categories=4, seed=4) as site:
        assert again(site, full=True, limit=5).counters["new"] == 5
        assert again(site).counters["new"] == 55


def test_what_a_limited_run_of_a_category_left_is_fetched_by_the_same_again(again: Again) -> None:
    with Double(posts=80, categories=3, seed=6) as site:
        of_flashes = [post for post in site.corpus.posts if post.outlet.flash]
        assert again(site, categories=("emnews",), limit=3).counters["new"] == 3
        assert again(site, categories=("emnews",)).counters["new"] == len(of_flashes) - 3 > 0


def test_a_category_whose_page_is_empty_by_nature_is_no_new_layout(again: Again) -> None:
    with Double(posts=80, categories=6, seed=6) as site:
        (spaced, *_) = (outlet for outlet in site.corpus.outlets if outlet.spaced)
        assert again(site, categories=(spaced.slug,)).code == 0


def test_a_moment_of_404_everywhere_takes_nothing_away(again: Again, stored: Callable[[str], Stored]) -> None:
    with Double(posts=60, categories=4, seed=7) as site:
        again(site)
        site.clock.advance(hours=1)
        fault = site.faults.add(host=NEWS_HOST, path="/?*", status=404)  # all but the home page
        shaken = again(site)
        site.faults.remove(fault)
        assert shaken.counters["gone"] == 0 < shaken.counters["missing"]
        site.clock.advance(minutes=10)
        assert again(site).counters["gone"] == 0
        codes = [post.code for post in site.corpus.visible(site.clock.now())]
    assert all(stored(code).gone_since is None for code in codes)


def test_a_post_that_stays_missing_is_gone(again: Again, stored: Callable[[str], Stored]) -> None:
    with Double(posts=20, categories=2, seed=7) as site:
        again(site)
        withdrawn = site.corpus.visible(site.clock.now())[0]
        site.faults.add(host=NEWS_HOST, path=withdrawn.path, status=410)
        site.clock.advance(hours=1)
        assert again(site).counters["gone"] == 0
        site.clock.advance(minutes=6)
        assert again(site).counters["gone"] == 1
    assert stored(withdrawn.code).gone_since is not None


def test_posts_that_left_before_they_could_be_read_are_told(again: Again) -> None:
    with Double(posts=30, categories=3, seed=8) as site:
        site.faults.add(host=NEWS_HOST, path="/*/2022/*", status=500)
        first = again(site)
        assert first.counters["new"] == 0
        lost = 0
        for hours in (1, 24, 49, 10, 10):
            site.clock.advance(hours=hours)
            lost += again(site).counters.get("lost", 0)
    assert lost == first.counters["found"] > 0  # what no list had named cannot be missed


def test_rules_that_cannot_be_read_for_a_while_cost_nothing_later(again: Again) -> None:
    with Double(posts=40, categories=3, seed=9) as site:
        again(site)
        site.clock.advance(hours=2)
        site.robots[NEWS_HOST] = "User-agent: *\nAllow: /\n"
        fault = site.faults.add(host=NEWS_HOST, path="/robots.txt", status=503)
        closed = again(site)
        assert (closed.code, closed.counters["failed"]) == (4, 1)
        assert {request.path for request in site.requests} == {"/robots.txt"}
        site.faults.remove(fault)
        crawled = again(site)
        assert crawled.counters["not_modified"] == 40 + BOTH_LISTS
        assert site.requests.count(host=SHARE_HOST) == 0


def test_addresses_that_only_the_feed_has_are_dropped_once_the_posts_are_known(again: Again) -> None:
    with Double(posts=60, categories=12, seed=9) as site:
        brackets = [post for post in site.corpus.visible(site.clock.now())[:10] if "（" in post.path]
        assert brackets, "choose a seed whose newest posts have full-width brackets"
        fault = site.faults.add(host=NEWS_HOST, path="/", status=500)
        again(site)
        site.faults.remove(fault)
        site.clock.advance(minutes=10)
        again(site)
        site.clock.advance(minutes=10)
        assert again(site).code == 0
        assert {request.path for request in site.requests} <= {"/", "/feed.xml", "/robots.txt"}


def test_an_error_of_ours_on_a_page_is_tried_again_later_and_less_and_less(
    again: Again, tmp_path: Path
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    def prepare() -> None:
        normalizer.combine = explode

    with Double(posts=5, categories=1, seed=1) as site:
        crawled = again(site, prepare=prepare)
        assert crawled.counters["failed:error-ZeroDivisionError"] == 5
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
            pages = store.frontier("finews", site.clock.now() + timedelta(days=9))
            assert all(page.attempts == 1 for page in pages if page.kind is PageKind.POST)
            assert store.captures(next(page.address for page in pages if page.kind is PageKind.POST))
        assert again(site).counters["new"] == 0
        site.clock.advance(minutes=6)
        assert again(site).counters["new"] == 5
