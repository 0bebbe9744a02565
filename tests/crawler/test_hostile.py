"""A site that hurts wherever it can: the run ends, the healthy is stored, the rest is counted by name."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from archive.store import Store
from archive.verification import verify_store
from fixtures.behaviour import Place
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from fixtures.hostile import BEHAVIOURS
from tests.forked import Crawled, crawl

HEALTHY = 200
TIMEOUT = 4.0
MOST_MEMORY = 400 << 20
"""Bytes more than a crawl of healthy posts takes, whatever is sent: 16 responses of 16 MiB at a time, and
half as much again while they are put together and decoded."""

ON_THE_WIRE = {
    "hang": "timeout",
    "hang-after-headers": "timeout",
    "hang-in-body": "timeout",
    "endless-drip": "timeout",
    "endless-drip-of-headers": "timeout",
    "endless-body": "too-large",
    "endless-chunks": "too-large",
    "endless-gzip": "too-large",
    "endless-headers": "connection-lost",
    "endless-100": "connection-lost",
    "headers-100000": "connection-lost",
    "no-http": "connection-lost",
    "bad-status-line": "connection-lost",
    "nothing-at-all": "connection-lost",
    "header-of-1-mb": "connection-lost",
    "negative-length": "connection-lost",
    "two-lengths": "connection-lost",
    "status-100-only": "connection-lost",
    "bad-chunk-size": "short-body",
    "chunks-cut-off": "short-body",
    "gzip-that-is-none": "bad-encoding",
    "unknown-coding": "bad-encoding",
    "gzip-bomb": "bomb",
    "nested-gzip-bomb": "bomb",
    "brotli-bomb": "bomb",
    "page-of-50-mb": "too-large",
    "page-of-50-mb-without-length": "too-large",
    **{f"status-{status}": f"http-{status}" for status in (204, 206, 304, 401, 403, 404, 410, 418)},
    **{f"status-{status}": f"http-{status}" for status in (500, 502, 503, 999)},
    **{f"status-429-{wait}": "http-429" for wait in ("seconds", "a-date", "a-year", "nonsense")},
    "redirect-metadata": "foreign-host",
    "redirect-other-host": "foreign-host",
    "redirect-after-503": "foreign-host",
    "redirect-file": "http-302",
    "redirect-loopback": "http-404",  # the port is the mirror's: it stands for the site itself
    "redirect-invalid-bytes": "http-404",
    "redirect-nowhere": "too-many-redirects",  # an empty address is the page's own
    "redirect-to-itself": "too-many-redirects",
    "redirect-ring": "too-many-redirects",
    "redirect-chain": "too-many-redirects",
}
"""By behaviour, the reason of the failure, wherever it strikes."""
IN_PAGES = {
    "length-and-chunks": "truncated",
    "gzip-cut-off": "truncated",
    "page-cut-off": "truncated",
    "json-for-html": "truncated",
    "a-million-open-tags": "truncated",
    "status-200-empty": "empty",
    "invalid-utf-8": "undecodable",
    "png-as-html": "undecodable",
    "login-form": "no-article",
    "script-only-shell": "no-article",
    "meta-refresh": "no-article",
    "nested-200000-deep": "no-article",
    "article-of-another-post": "wrong-article",
    "title-of-1-mb": "too-long",
}
"""By behaviour of a post's page, the reason of its rejection."""
IN_SHARE_ANSWERS = {
    "length-and-chunks": "not-json",
    "gzip-cut-off": "not-json",
    "html-for-json": "not-json",
    "json-deep": "not-json",
    "json-cut-off": "not-json",
    "json-nan": "not-json",
    "json-huge-number": "not-json",
    "status-200-empty": "empty",
    "invalid-utf-8": "undecodable",
    "png-as-html": "undecodable",
    "json-null": "no-body",
    "json-of-another-shape": "no-body",
}
"""By behaviour of the share API, the reason for which the post's page served."""


def behaviours_at(place: Place) -> list[str]:
    return [name for name, behaviour in BEHAVIOURS.items() if place in behaviour.places]


def set_traps(site: Double) -> set[str]:
    """Each behaviour on a post of its own, spread among the healthy ones; the codes of all these."""
    usual = [post for post in site.corpus.posts if not post.outlet.spaced and not post.outlet.flash]
    on_page, on_share = behaviours_at(Place.POST), behaviours_at(Place.SHARE)
    trapped = usual[:: len(usual) // (len(on_page) + len(on_share))]
    for post, name in zip(trapped, on_page, strict=False):
        site.misbehave(post.path, name, host=NEWS_HOST)
    for post, name in zip(trapped[len(on_page) :], on_share, strict=False):
        site.misbehave(f"/NewsData/GetNewsText.do?id={post.code}", name, host=SHARE_HOST)
    return {post.code for post in trapped[: len(on_page) + len(on_share)]}


def reasons(counters: Mapping[str, int]) -> Counter[str]:
    return Counter({name: count for name, count in counters.items() if ":" in name and count})


def expected_reasons() -> Counter[str]:
    on_page, on_share = behaviours_at(Place.POST), behaviours_at(Place.SHARE)
    found = Counter(f"failed:{ON_THE_WIRE[name]}" for name in on_page if name in ON_THE_WIRE)
    found += Counter(f"rejected:post-{IN_PAGES[name]}" for name in on_page if name in IN_PAGES)
    found += Counter(f"failed:share-{ON_THE_WIRE[name]}" for name in on_share if name in ON_THE_WIRE)
    return found + Counter(
        f"failed:share-{IN_SHARE_ANSWERS[name]}" for name in on_share if name in IN_SHARE_ANSWERS
    )


def test_whatever_a_site_does_the_run_ends_and_all_that_is_healthy_is_stored(tmp_path: Path) -> None:
    total = HEALTHY + len(behaviours_at(Place.POST)) + len(behaviours_at(Place.SHARE))
    with Double(posts=total + 40, categories=8, seed=1) as site:
        calm = crawl(tmp_path / "calm", site.mirrors, now=site.clock.now(), limit=50)
        trapped = set_traps(site)
        crawled = crawl(tmp_path, site.mirrors, now=site.clock.now(), timeout=TIMEOUT)
        healthy = {post.code for post in site.corpus.posts} - trapped
    assert (crawled.code, crawled.outcome) == (3, "partial")
    assert reasons(crawled.counters) == expected_reasons()
    assert crawled.memory - calm.memory < MOST_MEMORY
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
        stored = {holding.speaker.source_id for holding in store.holdings()}
        rejected = store.rejections(limit=1000)
        assert list(verify_store(store, tmp_path / "warc")) == []
    assert len(healthy) >= HEALTHY
    assert healthy <= stored
    assert all(one.capture and one.capture.warc_file for one in rejected)


def crawled_with_robots(behaviour: str, data: Path, host: str = NEWS_HOST) -> tuple[Crawled, set[str]]:
    """A crawl of a site whose robots.txt misbehaves, and the paths that the host was asked for."""
    with Double(posts=8, categories=2, seed=1) as site:
        site.misbehave("/robots.txt", behaviour, host=host)
        crawled = crawl(data, site.mirrors, now=site.clock.now(), timeout=TIMEOUT)
        return crawled, {request.path for request in site.requests.matching(host)}


@pytest.mark.parametrize(
    "behaviour", ["status-500", "status-503", "status-429-nonsense", "no-http", "gzip-bomb"]
)
def test_a_host_whose_rules_cannot_be_read_is_left_alone(behaviour: str, tmp_path: Path) -> None:
    crawled, paths = crawled_with_robots(behaviour, tmp_path)
    assert (crawled.code, crawled.outcome) == (4, "unreachable")
    assert paths == {"/robots.txt"}
    assert reasons(crawled.counters) == {"failed:robots-unreachable": 1}


@pytest.mark.parametrize(
    "behaviour", ["status-404", "status-403", "robots-of-10-mb", "robots-in-html", "robots-of-bytes"]
)
def test_a_host_without_usable_rules_is_crawled(behaviour: str, tmp_path: Path) -> None:
    crawled, _ = crawled_with_robots(behaviour, tmp_path)
    assert (crawled.code, crawled.counters["new"]) == (0, 8)


def test_where_the_share_hosts_rules_cannot_be_read_the_pages_serve(tmp_path: Path) -> None:
    crawled, paths = crawled_with_robots("status-503", tmp_path, SHARE_HOST)
    assert (crawled.code, crawled.counters["new"]) == (3, 8)
    assert paths == {"/robots.txt"}


def test_a_list_of_200000_links_is_too_large(tmp_path: Path) -> None:
    with Double(posts=8, categories=2, seed=1) as site:
        site.misbehave("/", "list-of-200000-links", host=NEWS_HOST)
        crawled = crawl(tmp_path, site.mirrors, now=site.clock.now())
    assert crawled.counters["failed:too-large"] == 1
    assert crawled.counters["new"] == 8  # by the feed, and the categories of its posts


def test_an_endless_calendar_is_left_after_one_turn(tmp_path: Path) -> None:
    with Double(posts=8, categories=2, seed=1) as site:
        site.misbehave("/", "endless-calendar", host=NEWS_HOST)
        first = crawl(tmp_path, site.mirrors, now=site.clock.now())
        asked = len(site.requests)
        again = crawl(tmp_path, site.mirrors, now=site.clock.now())
    assert first.outcome in {"complete", "partial"}
    assert asked < 500
    assert again.counters["requests"] < 500
