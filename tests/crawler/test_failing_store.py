"""A store that fails in the middle of a crawl ends it at once, by name; what was committed stays."""

import json
import subprocess
import sys

import pytest

from archive.store import Store
from fixtures.double import Double

FAIL_AT_THE_THIRD_BATCH = """
import itertools
from archive.errors import StoreUnavailable
from archive.store import Store
from ops.cli import main

write, calls = Store.write, itertools.count(1)

def failing(self, observations, run_id):
    if next(calls) >= 3:
        raise StoreUnavailable("archive.db: the disk is full; make room and run again")
    return write(self, observations, run_id)

Store.write = failing
main()
"""


@pytest.mark.parametrize("posts", [1500])
def test_a_full_disk_ends_the_crawl_with_exit_7_and_one_line(
    posts: int, environment: dict[str, str], store: Store
) -> None:
    with Double(posts=posts, categories=10, seed=9) as site:
        finished = subprocess.run(
            [sys.executable, "-c", FAIL_AT_THE_THIRD_BATCH, "crawl"],
            env=environment | {"ARCHIVE_MIRRORS": json.dumps(site.mirrors)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        asked = len(list(site.requests))
    assert finished.returncode == 7, finished.stderr
    assert "the disk is full" in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr
    assert asked < 2 * posts, "the site was asked on after the store had failed"
    stored = store.counts().documents
    assert 0 < stored < posts
    assert store.runs()[0].counters["stored"] == stored
