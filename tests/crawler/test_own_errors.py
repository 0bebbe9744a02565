"""An error of ours on one page is counted, and leaves the others alone."""

from archive.store import Store
from fixtures.double import Double
from tests.crawler.conftest import CrawlBrokenBy

FAIL_ON_EVERY_FIFTH_ARTICLE = """
import itertools
from crawler import normalizer
from ops.cli import main

combine, calls = normalizer.combine, itertools.count(1)

def failing(page, share_body):
    if next(calls) % 5 == 0:
        raise ZeroDivisionError("nobody foresaw this")
    return combine(page, share_body)

normalizer.combine = failing
main()
"""


def test_an_unforeseen_error_is_counted_by_name_and_makes_the_run_partial(
    crawl_broken_by: CrawlBrokenBy, store: Store
) -> None:
    with Double(posts=20, categories=3, seed=9) as site:
        finished = crawl_broken_by(FAIL_ON_EVERY_FIFTH_ARTICLE, site)
    assert finished.returncode == 3, finished.stderr
    assert store.runs()[0].counters["failed:error-ZeroDivisionError"] == 4
    assert store.counts().documents == 16
