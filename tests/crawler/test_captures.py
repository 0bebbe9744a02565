"""Every response is captured, whole or not, whatever comes of it."""

from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from archive.store import Store
from archive.store.values import Capture, Truncated
from archive.verification import verify_store
from archive.warc import read_record
from crawler import download_handler
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from fixtures.post import Post
from tests.crawler.conftest import Crawl

TIMEOUT = 1.0
MOST_KEPT = 1 << 20


def captures(store: Store) -> list[Capture]:
    return [capture for _, capture in store.kept_captures()]


def usual_posts(site: Double) -> list[Post]:
    return [post for post in site.corpus.visible(site.clock.now()) if not post.outlet.spaced]


def path_of(address: str) -> str:
    return unquote("/" + address.partition("//")[2].partition("/")[2])


def captures_of(store: Store, data: Path, path: str) -> tuple[list[Capture], list[bytes]]:
    """The captures of an address at finews, and their bodies as they stand in the WARC."""
    found = store.captures(f"https://{NEWS_HOST}{quote(path)}")
    return found, [read_record(data / "warc", capture).payload for capture in found]


def test_every_response_of_a_run_is_captured_the_last_of_a_request_and_those_on_the_way(
    crawl: Crawl, store: Store, data: Path
) -> None:
    with Double(posts=40, categories=4, seed=21) as site:
        retried, moved, missing, ring, failing, *_ = usual_posts(site)
        site.faults.add(host=NEWS_HOST, path=retried.path, status=503, times=2)
        site.faults.add(host=NEWS_HOST, path=moved.path, redirect="/moved", times=1)
        site.faults.add(host=NEWS_HOST, path=missing.path, status=404)
        site.misbehave(ring.path, "redirect-ring", host=NEWS_HOST)
        site.faults.add(host=NEWS_HOST, path=failing.path, status=500)
        site.faults.add(host=SHARE_HOST, path="/NewsData/*", status=500, times=3)
        crawled = crawl(site, now=site.clock.now())
        asked = [(request.path, request.status) for request in site.requests]
    kept = [(path_of(capture.address), capture.status) for capture in captures(store)]
    assert sorted(kept) == sorted(asked)
    assert crawled.counters["requests"] == len(kept)
    assert kept.count((retried.path, 503)) == 2
    assert kept.count((failing.path, 500)) == 3
    assert [status for path, status in kept if path == "/robots.txt"] == [404, 404]
    assert len([path for path, status in kept if status == 302]) == 1 + 6
    assert list(verify_store(store, data / "warc")) == []


def test_word_that_nothing_has_changed_is_captured_too(crawl: Crawl, store: Store) -> None:
    with Double(posts=10, categories=2, seed=21) as site:
        crawl(site)
        before = len(captures(store))
        crawl(site)
        asked = len(site.requests)
    assert len(captures(store)) == asked == before + 2
    assert [capture.status for capture in captures(store)].count(304) == 2


@pytest.mark.parametrize(
    ("behaviour", "truncated", "bytes_kept", "times"),
    [
        ("endless-body", Truncated.LENGTH, MOST_KEPT, 1),
        ("page-of-50-mb", Truncated.LENGTH, MOST_KEPT, 1),
        ("endless-gzip", Truncated.LENGTH, MOST_KEPT, 1),
        ("chunks-cut-off", Truncated.DISCONNECT, None, 3),
        ("bad-chunk-size", Truncated.DISCONNECT, None, 3),
    ],
)
def test_what_came_of_a_response_that_is_not_whole_is_kept_and_says_so(
    behaviour: str,
    truncated: Truncated,
    bytes_kept: int | None,
    times: int,
    crawl: Crawl,
    store: Store,
    data: Path,
) -> None:
    with Double(posts=4, categories=1, seed=22) as site:
        struck = usual_posts(site)[0]
        site.misbehave(struck.path, behaviour, host=NEWS_HOST)
        crawled = crawl(site)
    assert (crawled.code, crawled.counters["new"]) == (3, 3)
    found, bodies = captures_of(store, data, struck.path)
    assert [capture.truncated for capture in found] == [truncated] * times
    if bytes_kept is not None:
        assert len(bodies[0]) == bytes_kept
    assert list(verify_store(store, data / "warc")) == []


def patient_for_half_the_timeout() -> None:
    """Else nothing may come in the last twentieth of so short a time."""
    download_handler._TIME_SHARE = 0.5


def test_half_a_body_is_kept_when_the_rest_does_not_come(crawl: Crawl, store: Store, data: Path) -> None:
    with Double(posts=4, categories=1, seed=22) as site:
        short, dripping, *_ = usual_posts(site)
        site.faults.add(host=NEWS_HOST, path=short.path, short=True, times=1)
        site.faults.add(host=NEWS_HOST, path=dripping.path, drip=0.1, times=1)
        crawled = crawl(site, timeout=TIMEOUT, prepare=patient_for_half_the_timeout)
    assert (crawled.code, crawled.counters["new"]) == (0, 4)  # they came whole at the second attempt
    for post, truncated in ((short, Truncated.DISCONNECT), (dripping, Truncated.TIME)):
        (whole, part), (body, beginning) = captures_of(store, data, post.path)
        assert (whole.truncated, part.truncated) == (Truncated.NOT, truncated)
        assert len(body) / 4 < len(beginning) < len(body)
        assert body.startswith(beginning)
    assert list(verify_store(store, data / "warc")) == []


@pytest.mark.parametrize("behaviour", ["status-503", "chunks-cut-off", "redirect-ring", "gzip-bomb"])
def test_a_robots_txt_that_cannot_be_read_is_captured_as_often_as_it_answered(
    behaviour: str, crawl: Crawl, store: Store
) -> None:
    with Double(posts=4, categories=1, seed=22) as site:
        site.misbehave("/robots.txt", behaviour, host=NEWS_HOST)
        crawl(site)
        asked = len(site.requests)
    assert len(captures(store)) == asked
