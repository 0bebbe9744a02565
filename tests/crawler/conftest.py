"""A crawl as a user starts it: the installed command, against a double over real HTTP."""

import json
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
