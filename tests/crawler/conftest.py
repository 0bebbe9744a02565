"""A crawl as a user starts it: the installed command, against a double over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.documents import render
from archive.store import Store
from archive.store.values import Holding
from fixtures.hosting import Hosting
from tests.command import Archive

SHARED = Path(__file__).parents[3] / "shared"


@dataclass(frozen=True, slots=True)
class Crawled:
    """How a crawl ended: exit code, what it printed, its row in the ledger."""

    code: int
    said: str
    outcome: str
    counters: Mapping[str, int]


Crawl = Callable[..., Crawled]
CrawlBrokenBy = Callable[[str, Hosting], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def crawl(archive: Archive, tmp_path: Path) -> Crawl:
    """Crawl a double into the test's own store."""

    def run(site: Hosting, *arguments: str) -> Crawled:
        mirrors = {"ARCHIVE_MIRRORS": json.dumps(site.mirrors)}
        finished = archive("crawl", *arguments, env=mirrors)
        with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
            run = store.runs(limit=1)[0]
        return Crawled(finished.returncode, finished.stdout + finished.stderr, run.outcome, run.counters)

    return run


@pytest.fixture
def crawl_broken_by(environment: dict[str, str]) -> CrawlBrokenBy:
    """Crawl a double with a script that breaks something of ours before it calls `main`."""

    def run(script: str, site: Hosting) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", script, "crawl"],
            env=environment | {"ARCHIVE_MIRRORS": json.dumps(site.mirrors)},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    return run


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The test's own store, once something was crawled into it."""
    return Store.open(f"sqlite:///{tmp_path}/data/archive.db")


@pytest.fixture
def holdings(tmp_path: Path) -> Callable[[], dict[str, Holding]]:
    """What the store holds, by the code of the speaking document."""

    def read() -> dict[str, Holding]:
        with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
            return {holding.speaker.source_id: holding for holding in store.holdings()}

    return read


def file_of(holding: Holding) -> bytes:
    """The holding's document as its file has it."""
    return render(holding.speaker.document).encode()
