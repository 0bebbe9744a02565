"""The main job over real HTTP: a site is crawled into a store, whole and once."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.documents import canonical_text
from archive.store.values import Holding
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from tests.command import Archive
from tests.crawler.conftest import SHARED, Command, Crawl, file_of
from tests.postgres import PostgresServer

Holdings = Callable[[], dict[str, Holding]]
API = "/NewsData/*"
"""Of the share host, its robots.txt left alone."""


@pytest.fixture
def pages() -> Path:
    if not (SHARED / "pages").is_dir():
        pytest.skip("the sample pages are not here")
    return SHARED / "pages"


def expected(pages: Path) -> dict[str, bytes]:
    return {
        re.split(r"\d{4}-\d\d-\d\d-", path.stem)[1]: path.read_bytes()
        for path in (pages / "expected").iterdir()
    }


def test_the_sample_site_becomes_the_expected_documents_byte_for_byte(
    pages: Path, command: Command, holdings: Holdings
) -> None:
    with Double.of_pages(pages) as site:
        assert command(site) == 0
    assert {code: file_of(holding) for code, holding in holdings().items()} == expected(pages)


def test_without_the_share_api_the_same_documents_have_the_same_hashes_and_text(
    pages: Path, crawl: Crawl, holdings: Holdings
) -> None:
    with Double.of_pages(pages) as site:
        crawl(site)
        with_api = holdings()
        site.faults.add(host=SHARE_HOST, path=API, status=500)
        crawled = crawl(site, full=True)
        fresh = holdings()
    assert crawled.code == 0
    assert crawled.counters["share_still_failing"] == crawled.counters["unchanged"] == 4
    assert {code: holding.content_hash for code, holding in fresh.items()} == {
        code: holding.content_hash for code, holding in with_api.items()
    }


def test_a_page_serves_where_the_share_api_never_answered(
    pages: Path, crawl: Crawl, holdings: Holdings
) -> None:
    with Double.of_pages(pages) as site:
        site.faults.add(host=SHARE_HOST, path=API, status=500)
        crawl(site)
    for code, file in expected(pages).items():
        document = holdings()[code].speaker.document
        body = file.decode().split("\n---\n", 1)[1].rsplit("\n\n", 2)[0]
        assert canonical_text(document.body) == canonical_text(body)
        assert file_of(holdings()[code]).decode().split("\n---\n")[0] == file.decode().split("\n---\n")[0]


def test_every_kind_of_bad_answer_of_the_share_api_is_counted_and_loses_nothing(
    crawl: Crawl, holdings: Holdings
) -> None:
    with Double(posts=40, categories=4, seed=2) as site:
        site.faults.add(host=SHARE_HOST, path=API, html=True, times=4)
        site.faults.add(host=SHARE_HOST, path=API, empty=True, times=4)
        site.faults.add(host=SHARE_HOST, path=API, keyless=True, times=4)
        site.faults.add(host=SHARE_HOST, path=API, short=True, rate=0.5)
        site.faults.add(host=SHARE_HOST, path=API, reset=True)
        crawled = crawl(site)
        assert holdings().keys() == site.expected_documents().keys()
    assert (crawled.code, crawled.outcome) == (3, "partial")
    reasons = {name for name, count in crawled.counters.items() if name.startswith("failed:share-") and count}
    named = {"not-json", "empty", "no-body", "short-body", "connection-lost"}
    assert reasons == {f"failed:share-{name}" for name in named}


@pytest.mark.parametrize("posts", [800, pytest.param(5000, marks=pytest.mark.scale)])
def test_all_posts_of_50_categories_are_found_and_stored_once(
    posts: int, crawl: Crawl, holdings: Holdings
) -> None:
    with Double(posts=posts, categories=50, seed=1) as site:
        first = crawl(site)
        asked = [(request.host, request.path) for request in site.requests]
        site.requests.clear()
        second = crawl(site)
        asked_again = [(request.host, request.path) for request in site.requests]
        documents = {code: file_of(holding) for code, holding in holdings().items()}
        assert documents == site.expected_documents()
    assert (first.code, first.counters["new"], first.counters["duplicates"]) == (0, posts, 0)
    assert (second.code, second.counters["new"], second.counters["stored"]) == (0, 0, 0)
    # Home page, feed, a page each for 50 categories, as the home page shows none of them whole; robots.txt of
    # two hosts. Nothing is asked twice.
    assert first.counters["requests"] == len(asked) == len(set(asked)) == 2 * posts + 52 + 2
    assert second.counters["requests"] == 2
    assert set(asked_again) == {(NEWS_HOST, "/"), (NEWS_HOST, "/feed.xml")}


def test_posts_that_no_list_and_no_feed_names_cannot_be_found(crawl: Crawl, holdings: Holdings) -> None:
    with Double(posts=60, categories=5, seed=3, unreachable=4) as site:
        crawled = crawl(site)
        missing = site.expected_documents().keys() - holdings().keys()
        assert len(missing) == 4
        assert {" " in site.corpus.find(code).outlet.slug for code in missing} == {True}
    assert crawled.counters["new"] == 60


def test_one_article_under_two_categories_is_one_content_with_two_documents(
    crawl: Crawl, holdings: Holdings
) -> None:
    with Double(posts=60, categories=6, seed=4, twins=7) as site:
        crawled = crawl(site)
        expected_files = site.expected_documents()
    assert (crawled.counters["new"], crawled.counters["duplicates"]) == (60, 7)
    twins = [holding for holding in holdings().values() if holding.others]
    assert len(holdings()) == 53
    assert len(twins) == 7
    assert all(other[1] != twin.speaker.source_id for twin in twins for other in twin.others)
    assert {code: file_of(holding) for code, holding in holdings().items()}.items() <= expected_files.items()


def test_broken_posts_and_old_links_become_the_documents_that_were_published(
    crawl: Crawl, holdings: Holdings
) -> None:
    with Double(posts=60, categories=5, seed=5, broken=9, old_links=9) as site:
        crawled = crawl(site)
        assert {code: file_of(holding) for code, holding in holdings().items()} == site.expected_documents()
    assert crawled.code == 0


def test_one_category_alone_can_be_crawled_and_its_number_limited(
    command: Command, holdings: Holdings
) -> None:
    with Double(posts=200, categories=8, seed=6) as site:
        largest = max(
            (post.outlet.slug for post in site.corpus.posts),
            key=[p.outlet.slug for p in site.corpus.posts].count,
        )
        assert command(site, "--category", largest, "--limit", "7") == 0
        assert not site.requests.matching(NEWS_HOST, "/")
    assert len(holdings()) == 7
    assert {holding.speaker.document.slug for holding in holdings().values()} == {largest}


@pytest.mark.parametrize(
    ("answering", "reason", "times"), [((), "robots-unreachable", 1), (("/robots.txt",), "http-503", 2)]
)
def test_a_site_that_is_down_is_unreachable(
    answering: tuple[str, ...], reason: str, times: int, crawl: Crawl
) -> None:
    with Double(posts=10, categories=2) as site:
        for path in {"/robots.txt", "/", "/feed.xml", "/*/*"}.difference(answering):
            site.faults.add(host=NEWS_HOST, path=path, status=503)
        crawled = crawl(site)
    assert (crawled.code, crawled.outcome) == (4, "unreachable")
    assert crawled.counters["failed"] == crawled.counters[f"failed:{reason}"] == times


def test_a_site_with_another_layout_gives_nothing_parsed(crawl: Crawl) -> None:
    with Double(posts=10, categories=2) as site:
        site.faults.add(host=NEWS_HOST, path="/*/*/*", body="<html><body>新版</body></html>".encode())
        crawled = crawl(site)
    assert (crawled.code, crawled.outcome) == (5, "nothing-parsed")
    assert crawled.counters["rejected"] == crawled.counters["rejected:post-no-article"] > 0


def test_a_few_failures_leave_the_rest_stored_and_are_named(crawl: Crawl, holdings: Holdings) -> None:
    with Double(posts=100, categories=5, seed=8) as site:
        site.faults.add(host=NEWS_HOST, path="/*/2022/*", rate=0.1, status=404)
        crawled = crawl(site)
        assert (crawled.code, crawled.outcome) == (3, "partial")
        assert 0 < crawled.counters["failed:http-404"] == 100 - len(holdings())


def test_redirects_to_another_host_are_never_followed(crawl: Crawl) -> None:
    with Double(posts=10, categories=2) as site, Double(posts=5, categories=1) as private:
        elsewhere = private.mirrors[NEWS_HOST]
        site.faults.add(host=NEWS_HOST, path="/*/2022/*", status=503, times=1)
        site.faults.add(host=NEWS_HOST, path="/*/2022/*", redirect=f"{elsewhere}/")
        crawled = crawl(site)
        assert len(list(private.requests)) == 0
    assert crawled.counters["failed:foreign-host"] == 10


@pytest.mark.parametrize(
    "elsewhere", ["http://169.254.169.254/", "https://finews.example/", f"https://{NEWS_HOST}:8443/"]
)
def test_one_page_that_leads_elsewhere_is_told_and_the_others_are_read(elsewhere: str, crawl: Crawl) -> None:
    with Double(posts=60, categories=2) as site:
        site.faults.add(
            host=NEWS_HOST, path=site.corpus.visible(site.clock.now())[0].path, redirect=elsewhere
        )
        crawled = crawl(site)
    assert (crawled.code, crawled.outcome, crawled.counters["new"]) == (3, "partial", 59)
    assert crawled.counters["failed"] == crawled.counters["failed:foreign-host"] == 1


def test_robots_rules_are_obeyed(crawl: Crawl) -> None:
    with Double(posts=10, categories=2) as site:
        site.robots[NEWS_HOST] = "User-agent: *\nDisallow: /\n"
        crawled = crawl(site)
        assert {request.path for request in site.requests} == {"/robots.txt"}
    assert (crawled.code, crawled.counters["failed:robots"]) == (4, 2)


def test_a_retry_waits_as_long_as_the_server_asks(crawl: Crawl) -> None:
    with Double(posts=5, categories=1) as site:
        site.faults.add(host=NEWS_HOST, path="/feed.xml", status=503, retry_after=1, times=1)
        crawled = crawl(site)
        first, second = (request.at for request in site.requests.matching(NEWS_HOST, "/feed.xml"))
    assert second - first >= 1
    assert crawled.code == 0


def test_a_crawl_into_postgresql_exports_the_same_files(
    postgres: PostgresServer, crawl: Crawl, command: Command, archive: Archive, tmp_path: Path
) -> None:
    address = {"ARCHIVE_DATABASE_URL": postgres.create("crawled")}
    with Double(posts=60, categories=5, seed=10, twins=3) as site:
        crawl(site)
        assert command(site, env=address) == 0
    for folder, env in (("sqlite", {}), ("postgresql", address)):
        assert archive("export", tmp_path / folder, "--layout", "seeds", env=env).returncode == 0
    exported = [
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("sqlite", "postgresql")
    ]
    assert exported[0] == exported[1]
    assert len(exported[0]) == 57 + 1


def test_a_post_asked_for_by_itself_is_fetched_alone_and_hides_no_other(crawl: Crawl) -> None:
    with Double(posts=40, categories=2, seed=21) as site:
        newest = site.corpus.visible(site.clock.now())[0]
        address = f"https://finews.withounder.com{newest.path}"
        one = crawl(site, addresses=(address,), now=site.clock.now())
        assert (one.code, one.counters["new"], one.counters.get("lists", 0)) == (0, 1, 0)
        crawled = crawl(site, now=site.clock.now())
        assert crawled.counters["new"] == len(site.expected_documents()) - 1
