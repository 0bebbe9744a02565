"""A store that fails in the middle of a crawl ends it at once, by name; what was committed stays."""

import pytest

from archive.store import Store
from fixtures.double import Double
from tests.crawler.conftest import CrawlBrokenBy

FAIL_WITH_SOMETHING_STORED = """
from archive.errors import StoreUnavailable
from archive.store import Store
from ops.cli import main

write = Store.write

def failing(self, observations, run_id):
    if self.counts().documents:
        raise StoreUnavailable("archive.db: the disk is full; make room and run again")
    return write(self, observations, run_id)

Store.write = failing
main()
"""


@pytest.mark.parametrize("posts", [1500])
def test_a_full_disk_ends_the_crawl_with_exit_7_and_one_line(
    posts: int, crawl_broken_by: CrawlBrokenBy, store: Store
) -> None:
    with Double(posts=posts, categories=10, seed=9) as site:
        finished = crawl_broken_by(FAIL_WITH_SOMETHING_STORED, site)
        asked = len(list(site.requests))
    assert finished.returncode == 7, finished.stderr
    assert "the disk is full" in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr
    assert asked < 2 * posts, "the site was asked on after the store had failed"
    stored = store.counts().documents
    assert 0 < stored < posts
    assert store.runs()[0].counters["stored"] == stored
