"""Robots rules: asked for as rarely as their server allows, and obeyed."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archive.store import Store
from fixtures.double import NEWS_HOST, Double
from fixtures.requests import Request
from tests.crawler.conftest import Crawl
from tests.crawler.test_resolving import leading_home, port_of
from tests.forked import Crawled

ADDRESS = f"https://{NEWS_HOST}/robots.txt"
OPEN, CLOSED = "User-agent: *\nDisallow: /private/\n", "User-agent: *\nDisallow: /\n"
Later = Callable[..., tuple[Crawled, list[Request]]]


@pytest.fixture
def later(crawl: Crawl) -> Later:
    """Crawl by the site's clock, the minutes later; what came of it, and how robots.txt was asked for."""

    def run(site: Double, *, minutes: float = 0, **options: Any) -> tuple[Crawled, list[Request]]:
        site.requests.clear()
        now = site.clock.advance(minutes=minutes)
        crawled = crawl(site, now=now, **options)
        return crawled, site.requests.matching(NEWS_HOST, "/robots.txt")

    return run


def told(requests: Iterable[Request]) -> list[tuple[bool, int]]:
    return [(request.conditional, request.status) for request in requests]


def test_rules_are_asked_for_once_and_used_for_as_long_as_the_server_allows(later: Later) -> None:
    with Double(posts=20, categories=3, seed=23) as site:
        site.robots[NEWS_HOST] = OPEN
        first, asked = later(site)
        assert told(asked) == [(False, 200)]
        assert later(site, minutes=9)[1] == []
        second, asked = later(site, minutes=2)
        assert told(asked) == [(True, 304)]
        assert later(site, minutes=9)[1] == []
        assert told(later(site, full=True)[1]) == [(True, 304)]  # then nothing is taken for granted
    assert (first.code, second.code) == (0, 0)


def test_that_there_are_none_is_remembered_as_long(later: Later) -> None:
    with Double(posts=20, categories=3, seed=23) as site:
        site.faults.add(path="/robots.txt", status=404, headers={"Cache-Control": "max-age=300"})
        assert told(later(site)[1]) == [(False, 404)]
        assert later(site, minutes=4)[1] == []
        assert told(later(site, minutes=2)[1]) == [(False, 404)]


def test_a_rule_that_changes_is_obeyed_when_what_was_known_is_stale(later: Later) -> None:
    with Double(posts=20, categories=3, seed=23) as site:
        site.robots[NEWS_HOST] = OPEN
        later(site)
        site.robots[NEWS_HOST] = CLOSED
        assert later(site, minutes=5)[0].code == 0
        crawled, asked = later(site, minutes=6)
        assert told(asked) == [(True, 200)]
        assert {request.path for request in site.requests} == {"/robots.txt"}
        assert crawled.code == 4
        assert crawled.counters["failed"] == crawled.counters["failed:robots"] >= 2
        crawled, asked = later(site, minutes=5)  # also from what was kept of it
        assert (asked, crawled.counters["requests"], crawled.code) == ([], 0, 4)
        site.robots[NEWS_HOST] = OPEN
        assert later(site, minutes=60)[0].code == 0


def test_a_rule_for_some_pages_leaves_the_others(later: Later) -> None:
    with Double(posts=30, categories=3, seed=23) as site:
        closed = max({post.outlet for post in site.corpus.posts}, key=lambda outlet: outlet.slug)
        paths = {post.path for post in site.corpus.posts if post.outlet == closed}
        (folder,) = {path.split("/")[1] for path in paths}
        site.robots[NEWS_HOST] = f"User-agent: *\nDisallow: /{folder}/\n"
        crawled, _ = later(site)
        assert paths.isdisjoint(request.path for request in site.requests)
    assert crawled.code == 3
    assert crawled.counters["failed"] == crawled.counters["failed:robots"] > 0
    assert crawled.counters["new"] == 30 - len(paths)


def test_rules_whose_capture_is_damaged_are_asked_for_anew(later: Later, store: Store, data: Path) -> None:
    with Double(posts=20, categories=3, seed=23) as site:
        site.robots[NEWS_HOST] = CLOSED
        later(site)
        (capture,) = store.captures(ADDRESS)
        with (data / "warc" / capture.warc_file).open("r+b") as file:
            file.seek((capture.warc_offset or 0) + (capture.warc_length or 0) // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))
        crawled, asked = later(site, minutes=5)
        assert told(asked) == [(False, 200)]
        assert {request.path for request in site.requests} == {"/robots.txt"}
    assert crawled.counters["failed:robots"] >= 2


def gaps(site: Double) -> list[float]:
    """Seconds between requests for pages."""
    at = [one.at for one in site.requests.matching(NEWS_HOST) if one.path != "/robots.txt"]
    return [after - before for before, after in pairwise(at)]


def test_a_mirror_on_this_machine_is_not_asked_slowly_whatever_the_rules_say(later: Later) -> None:
    with Double(posts=3, categories=1, seed=23) as site:
        site.robots[NEWS_HOST] = f"{OPEN}Crawl-delay: 5\n"
        assert later(site)[0].code == 0
        assert sum(gaps(site)) < 5


def as_a_mirror_elsewhere(site: Double) -> dict[str, Any]:
    """Options of a crawl for which the double is not on this machine."""
    return {
        "mirrors": site.mirrors | {NEWS_HOST: "http://mirror.example"},
        "prepare": leading_home("mirror.example", port=port_of(site, NEWS_HOST)),
        "delay": 0.01,
    }


def test_any_other_host_is_asked_as_slowly_as_its_rules_say(later: Later) -> None:
    with Double(posts=8, categories=1, seed=23) as site:
        site.robots[NEWS_HOST] = f"{OPEN}Crawl-delay: 0.3\n"
        assert later(site, **as_a_mirror_elsewhere(site))[0].code == 0
        assert len(gaps(site)) == 10
        assert min(gaps(site)) > 0.1  # Scrapy waits half as long or half as long again


def test_also_when_the_rules_are_known_from_an_earlier_crawl(later: Later) -> None:
    with Double(posts=3, categories=1, seed=23) as site:
        site.robots[NEWS_HOST] = f"{OPEN}Crawl-delay: 0.4\n"
        later(site)
        _, asked = later(site, minutes=9, **as_a_mirror_elsewhere(site))
        assert asked == []
        assert min(gaps(site)) > 0.15
