"""Crawls of a double over real HTTP, and what they leave in the store."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archive.documents import render
from archive.store import Store
from archive.store.values import Holding, Stored
from fixtures.double import Double
from fixtures.hosting import Hosting
from tests import forked
from tests.command import Archive
from tests.forked import Crawled
from tests.new_store import new_store

SHARED = Path(__file__).parents[3] / "shared"
Crawl = Callable[..., Crawled]
Again = Callable[..., Crawled]
Command = Callable[..., int]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The test's own data folder, as the command has it."""
    return tmp_path / "data"


@pytest.fixture
def crawl(data: Path) -> Crawl:
    """Crawl a double into the test's own store, by the machine's clock unless the test has another."""

    def run(site: Hosting, **options: Any) -> Crawled:
        return forked.crawl(data, **{"mirrors": site.mirrors, **options})

    return run


@pytest.fixture
def command(archive: Archive) -> Command:
    """Crawl a double as a user does, with the installed command; its exit code."""

    def run(site: Hosting, *arguments: str, env: dict[str, str] | None = None) -> int:
        mirrors = {"ARCHIVE_MIRRORS": json.dumps(site.mirrors)}
        return archive("crawl", *arguments, env=mirrors | (env or {})).returncode

    return run


@pytest.fixture
def store(data: Path) -> Store:
    """The test's own store."""
    return new_store(data / "archive.db")


@pytest.fixture
def holdings(data: Path) -> Callable[[], dict[str, Holding]]:
    """What the store holds, by the code of the speaking document."""

    def read() -> dict[str, Holding]:
        with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
            return {holding.speaker.source_id: holding for holding in store.holdings()}

    return read


def file_of(holding: Holding) -> bytes:
    """The holding's document as its file has it."""
    return render(holding.speaker.document).encode()


@pytest.fixture
def again(tmp_path: Path) -> Again:
    """Crawl a site, by the site's own clock or by another; its log of requests begins anew."""

    def run(site: Double, *, at: datetime | None = None, **options: Any) -> Crawled:
        site.requests.clear()
        return forked.crawl(tmp_path, site.mirrors, now=at or site.clock.now(), **options)

    return run


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[str], Stored]:
    """A document of the store that `again` writes to, by its code."""

    def find(code: str) -> Stored:
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
            (found,) = store.find(f"finews:{code}")
            return found

    return find
