"""A store that fails in the middle of a crawl ends it at once, by name; what was committed stays."""

from collections.abc import Sequence

import pytest

from archive.errors import StoreUnavailable
from archive.store import BatchWriter, Store
from archive.store.values import Effect, Lease, Observation
from archive.store.writer import Limits
from fixtures.double import Double
from tests.crawler.conftest import Crawl

FULL = "archive.db: the disk is full; make room and run again"


def fail_with_something_stored() -> None:
    write, defaults = Store.write, BatchWriter.__init__.__kwdefaults__
    assert defaults is not None
    defaults["limits"] = Limits(size=20, delay=0.05)  # else all may be stored at once

    def failing(
        store: Store, observations: Sequence[Observation], run_id: int | None, lease: Lease | None = None
    ) -> list[Effect | None]:
        if store.counts().documents:
            raise StoreUnavailable(FULL)
        return write(store, observations, run_id, lease)

    Store.write = failing  # type: ignore[method-assign]


@pytest.mark.parametrize("posts", [400])
def test_a_full_disk_ends_the_crawl_with_exit_7_and_one_line(posts: int, crawl: Crawl, store: Store) -> None:
    with Double(posts=posts, categories=10, seed=9) as site:
        crawled = crawl(site, prepare=fail_with_something_stored)
        asked = len(site.requests)
    assert (crawled.code, crawled.detail) == (7, FULL)
    assert asked < posts, "the site was asked on after the store had failed"
    stored = store.counts().documents
    assert 0 < stored < posts
    assert store.runs()[0].counters["stored"] == crawled.counters["stored"] == stored
