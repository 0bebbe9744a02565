"""An error of ours on one page is counted, and leaves the others alone."""

import itertools

from archive.documents import SourcedDocument
from archive.store import Store
from crawler import normalizer
from crawler.normalizer import PostPage
from fixtures.double import Double
from tests.crawler.conftest import Crawl


def fail_on_every_fifth_article() -> None:
    combine, calls = normalizer.combine, itertools.count(1)

    def failing(page: PostPage, share_body: str | None) -> SourcedDocument:
        if next(calls) % 5 == 0:
            raise ZeroDivisionError("nobody foresaw this")
        return combine(page, share_body)

    normalizer.combine = failing


def test_an_unforeseen_error_is_counted_by_name_and_makes_the_run_partial(crawl: Crawl, store: Store) -> None:
    with Double(posts=20, categories=3, seed=9) as site:
        crawled = crawl(site, prepare=fail_on_every_fifth_article)
    assert (crawled.code, crawled.outcome) == (3, "partial")
    assert crawled.counters["failed"] == crawled.counters["failed:error-ZeroDivisionError"] == 4
    assert store.counts().documents == 16
