"""Sources that a file declares are crawled as finews is: all of it once, nothing lost, nothing twice."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.documents import Fidelity, render
from archive.store import Store
from archive.store import store as _store
from archive.store.values import ImportedFile, Observation, Stored
from crawler.normalizer import read_imported
from crawler.sources.owning import owners_in
from crawler.sources.registry import Sources
from crawler.sources.source import Source, declared_source
from fixtures.portals.portal import Portal
from tests import forked
from tests.forked import Crawled

ROOT = Path(__file__).parents[2]
SOURCES = Sources.load(ROOT / "fixtures" / "sources")
CINIC, KUAIBAO = SOURCES.named("cinic"), SOURCES.named("kuaibao")
Crawl = Callable[..., Crawled]


@pytest.fixture
def crawl(tmp_path: Path) -> Crawl:
    """Crawl a portal by its own rules and its own clock; its log of requests begins anew."""

    def run(site: Portal, **options: Any) -> Crawled:
        site.requests.clear()
        source = options.pop("source", source_of(site))
        return forked.crawl(tmp_path, site.mirrors, now=site.clock.now(), site=source, **options)

    return run


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[], dict[str, Stored]]:
    """The documents of the store, by source_id."""

    def read() -> dict[str, Stored]:
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
            keys = [
                (source, source_id)
                for one in store.holdings()
                for source, source_id, _ in ((one.speaker.source, one.speaker.source_id, ""), *one.others)
            ]
            return {key[1]: store.find(":".join(key))[0] for key in keys}

    return read


def source_of(site: Portal) -> Source:
    found = SOURCES.owner_of(f"https://{site.shape.host}/")
    assert found
    return found


def files(documents: dict[str, Stored]) -> dict[str, bytes]:
    return {source_id: render(one.found.document).encode() for source_id, one in documents.items()}


def listed(site: Portal) -> dict[str, bytes]:
    """What of the site the source's lists name: cinic is declared with one of its two sections."""
    expected = site.expected_documents()
    if source_of(site) is not CINIC:
        return dict(expected)
    in_section = {article.id for article in site.articles() if "/hy/tx/" in article.address}
    return {source_id: data for source_id, data in expected.items() if source_id in in_section}


def paths(site: Portal) -> list[str]:
    return [request.path for request in site.requests if request.path != "/robots.txt"]


def test_a_list_is_read_page_by_page_and_every_article_becomes_its_document(
    crawl: Crawl, stored: Callable[[], dict[str, Stored]]
) -> None:
    with Portal("cinic", posts=70, seed=3) as site:
        crawled = crawl(site)
        assert (crawled.code, crawled.outcome) == (0, "complete")
        assert files(stored()) == listed(site)
        assert {one.found.fidelity for one in stored().values()} == {Fidelity.PAGE}
        assert any(one.found.author for one in stored().values())
        again = crawl(site)
        assert (paths(site), again.counters["not_modified"]) == (["/hy/tx/"], 1)
        assert not again.counters["new"] + again.counters["changed"]


def test_only_what_is_new_is_asked_and_lists_only_down_to_what_was_known(
    crawl: Crawl, stored: Callable[[], dict[str, Stored]]
) -> None:
    with Portal("cinic", posts=60, seed=4) as site:
        crawl(site)
        site.clock.advance(minutes=10)
        new = {site.publish() for _ in range(5)} & listed(site).keys()
        crawled = crawl(site)
        assert crawled.counters["new"] == len(new)
        lists = [path for path in paths(site) if len(path) < len("/hy/tx/910001.html")]
        assert lists == ["/hy/tx/", "/hy/tx/2.html"]
        assert files(stored()) == listed(site)


def test_a_feed_names_articles_and_those_that_leave_are_gone_and_kept(
    crawl: Crawl, stored: Callable[[], dict[str, Stored]]
) -> None:
    with Portal("kuaibao", posts=18, seed=5, days=9, arriving=3) as site:
        assert crawl(site).code == 0
        assert files(stored()) == listed(site)
        assert (crawl(site).counters["not_modified"], paths(site)) == (1, ["/rss.xml"])
        site.clock.advance(days=8)
        crawled = crawl(site)
        gone = {source_id for source_id, one in stored().items() if one.gone_since}
        assert gone == stored().keys() - site.expected_documents().keys()
        assert crawled.counters["gone"] == len(gone) > 0


def test_a_feed_that_shows_nothing_known_may_have_lost_some_and_the_run_says_so(crawl: Crawl) -> None:
    with Portal("kuaibao", posts=30, seed=6) as site:
        assert not crawl(site).counters.get("window_overflow")
        site.clock.advance(hours=1)
        for _ in range(19):
            site.publish()
        assert not crawl(site).counters.get("window_overflow")
        site.clock.advance(hours=1)
        for _ in range(25):
            site.publish()
        crawled = crawl(site)
        assert crawled.counters["window_overflow"] == 1
        assert "may have come and gone unseen" in crawled.detail


def test_an_edit_is_a_revision_at_once_where_the_list_tells_and_at_a_second_look_else(
    crawl: Crawl, stored: Callable[[], dict[str, Stored]]
) -> None:
    with Portal("cinic", posts=20, seed=7) as site:
        crawl(site)
        in_section = [article for article in site.articles() if article.id in listed(site)]
        by_length = sorted(in_section, key=lambda article: len(article.title))  # lists shorten long titles
        one, other = by_length[0].id, by_length[-1].id
        site.clock.advance(minutes=10)
        site.edit(one, title=True)
        site.edit(other)
        crawl(site)
        assert stored()[one].revisions == 2
        assert stored()[other].revisions == 1
        site.clock.advance(hours=1)
        crawl(site)
        assert files(stored()) == listed(site)


def test_a_list_left_half_read_is_read_on_though_new_articles_have_pushed_it_down(
    crawl: Crawl, stored: Callable[[], dict[str, Stored]]
) -> None:
    with Portal("cinic", posts=90, seed=8) as site:
        site.misbehave("/hy/tx/3.html", "status-500", times=9)
        assert crawl(site).code == 3
        assert len(stored()) == 20
        site.clock.advance(days=1)
        while len(listed(site)) % 10:
            site.publish()
        for _ in range(40):
            site.publish()
        site.faults.clear()
        assert crawl(site).code == 0
        assert files(stored()) == listed(site)


@pytest.mark.parametrize("batch", [1, 2, 4, 7])
def test_killed_while_lists_are_read_and_run_again_nothing_is_missing(
    batch: int, tmp_path: Path, crawl: Crawl, stored: Callable[[], dict[str, Stored]]
) -> None:
    def prepare() -> None:
        forked.write_in_small_batches(3)
        stores = _store.store_batch
        done: list[int] = []

        def store_some(*arguments: Any) -> Any:
            done.append(1)
            if len(done) > batch:
                os.kill(os.getpid(), signal.SIGKILL)
            return stores(*arguments)

        _store.store_batch = store_some

    with Portal("cinic", posts=60, seed=9) as site:
        assert crawl(site, prepare=prepare).code == -signal.SIGKILL
        site.clock.advance(hours=1)
        for _ in range(30):
            site.publish()
        assert crawl(site).code == 0
        assert files(stored()) == listed(site)


def test_lists_are_followed_so_far_and_no_further_and_a_gap_is_told(crawl: Crawl) -> None:
    rules = CINIC.declaration
    assert rules
    assert rules.lists
    short = rules.model_copy(update={"lists": rules.lists.model_copy(update={"most_pages": 2})})
    with Portal("cinic", posts=90, seed=10) as site:
        source = declared_source("cinic", short)
        first = crawl(site, source=source)
        assert (first.counters["lists"], first.counters.get("window_overflow")) == (2, None)
        site.clock.advance(hours=1)
        for _ in range(60):
            site.publish()
        assert crawl(site, source=source).counters["window_overflow"] == 1


def test_a_page_asked_for_by_itself_hides_no_other(
    crawl: Crawl, stored: Callable[[], dict[str, Stored]]
) -> None:
    with Portal("cinic", posts=40, seed=11) as site:
        on_page_two = [one.address for one in site.articles() if "/hy/tx/" in one.address][13:16]
        crawled = crawl(site, addresses=tuple(on_page_two))
        assert (crawled.code, crawled.counters["new"], len(paths(site))) == (0, 3, 3)
        assert crawl(site).code == 0
        assert files(stored()) == listed(site)


def test_a_layout_that_has_changed_is_told_as_such_and_its_pages_are_kept(
    crawl: Crawl, tmp_path: Path
) -> None:
    with Portal("kuaibao", posts=12, seed=12) as site:
        for article in site.articles():
            site.misbehave(article.address.removeprefix("https://www.kuaibao.example"), "script-only-shell")
        crawled = crawl(site)
        assert (crawled.code, crawled.outcome) == (5, "nothing-parsed")
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
            assert "article.title finds nothing" in store.rejections()[0].rejection.detail
            assert store.rejections()[0].capture


def test_a_crawl_goes_on_with_what_was_imported(
    crawl: Crawl, stored: Callable[[], dict[str, Stored]], tmp_path: Path
) -> None:
    with Portal("kuaibao", posts=10, seed=13) as site:
        expected = listed(site)
        post, page, *_ = sorted(expected)
        files_to_import = {f"{post}.md": expected[post]}
        files_to_import["saved.html"] = (
            f'<link rel="canonical" href="https://www.kuaibao.example/a/1/{page}.html">'.encode()
            + b"<div class=article><h2>x</h2><p id=content>y</p></div>"
        )
        for name, data in files_to_import.items():
            (tmp_path / name).write_bytes(data)
        owners = owners_in(ROOT / "fixtures" / "sources")
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
            for name, data in files_to_import.items():
                read = read_imported(name, data, owners)
                file = ImportedFile(name, data, leaves=read.leaves)
                store.write([Observation(site.clock.now(), document=read.found, imported=file)], None)
            assert {one.speaker.source_id for one in store.holdings()} == {post, page}
        crawled = crawl(site)
        assert (crawled.counters["new"], crawled.counters["changed"], crawled.counters["unchanged"]) == (
            8,
            1,
            1,
        )
        assert files(stored()) == expected
        assert stored()[page].revisions == 2
        crawl(site)
        assert paths(site) == ["/rss.xml"]
