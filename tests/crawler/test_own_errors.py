"""An error of ours on one page is counted, and leaves the others alone."""

import json
import subprocess
import sys

from archive.store import Store
from fixtures.double import Double

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
    environment: dict[str, str], store: Store
) -> None:
    with Double(posts=20, categories=3, seed=9) as site:
        finished = subprocess.run(
            [sys.executable, "-c", FAIL_ON_EVERY_FIFTH_ARTICLE, "crawl"],
            env=environment | {"ARCHIVE_MIRRORS": json.dumps(site.mirrors)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert finished.returncode == 3, finished.stderr
    assert store.runs()[0].counters["failed:error-ZeroDivisionError"] == 4
    assert store.counts().documents == 16
