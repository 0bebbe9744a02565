"""Killed at any instant and run again, an archive is what it would have been without the kill."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.store import Store
from archive.store import store as _store
from archive.store.values import RunState
from archive.warc import WarcFiles
from archive.warc.locked_file import LockedFile
from fixtures.double import Double
from tests.crawler.archived import Archived, archived_in, assert_archived
from tests.forked import Child, begin_crawl, crawl, write_in_small_batches

NOW = datetime(2022, 3, 1, 4, 0, tzinfo=UTC)
WARC_BYTES = 20_000
"""So small that files follow one another within a run."""
POSTS = 18


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A site, and what its archive is when nobody kills anything."""

    site: Double
    archived: Archived
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with Double(posts=POSTS, categories=4, seed=12, twins=2) as site:
        begun = time.monotonic()
        crawled = crawl(folder, site.mirrors, now=NOW, warc_bytes=WARC_BYTES)
        seconds = time.monotonic() - begun
        assert (crawled.code, crawled.counters["new"]) == (0, POSTS)
        assert len(list((folder / "warc").iterdir())) > 2
        yield Undisturbed(site, archived_in(folder, folder / "seeds"), seconds)


def begin(undisturbed: Undisturbed, data: Path, prepare: Callable[[], None] = lambda: None) -> Child:
    def prepare_all() -> None:
        write_in_small_batches(8)
        prepare()

    return begin_crawl(data, undisturbed.site.mirrors, now=NOW, prepare=prepare_all, warc_bytes=WARC_BYTES)


def killed(undisturbed: Undisturbed, data: Path, prepare: Callable[[], None]) -> None:
    """A crawl that kills itself somewhere."""
    child = begin(undisturbed, data, prepare)
    assert child.wait().code == -signal.SIGKILL


def assert_as_undisturbed(undisturbed: Undisturbed, data: Path) -> None:
    """Run again, look at everything."""
    crawled = crawl(data, undisturbed.site.mirrors, now=NOW, warc_bytes=WARC_BYTES)
    assert crawled.code == 0, crawled
    assert_archived(data, undisturbed.archived)
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        assert store.running() == []
        assert store.lease("finews") is None
        states = [run.state for run in store.runs()]
    assert states[0] is RunState.FINISHED
    assert set(states[1:]) <= {RunState.CRASHED, RunState.FINISHED}


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(owner: Any, name: str, time_: int, *, before: bool) -> Callable[[], None]:
    """Have the process die at the n-th call of a function, before it or after it."""

    def prepare() -> None:
        real, calls = getattr(owner, name), []

        def wrapped(*args: Any, **options: Any) -> Any:
            calls.append(1)
            if before and len(calls) == time_:
                die()
            result = real(*args, **options)
            if not before and len(calls) == time_:
                die()
            return result

        setattr(owner, name, wrapped)

    return prepare


STEPS = {
    "the lease is taken": (Store, "begin_run", 1, False),
    "earlier files are recovered": (WarcFiles, "recover", 1, False),
    "a file is entered in the ledger": (Store, "enter_warc", 1, False),
    "a file is made": (LockedFile, "create", 1, False),
    "the first record is appended": (LockedFile, "append", 2, False),
    "some records are appended": (LockedFile, "append", 9, False),
    "the records are on disk": (WarcFiles, "keep", 1, False),
    "a later batch is on disk": (WarcFiles, "keep", 2, False),
    "the transaction is done but for its commit": (_store, "store_batch", 1, False),
    "a later transaction is done but for its commit": (_store, "store_batch", 2, False),
    "the transaction is committed": (Store, "write", 1, False),
    "a later transaction is committed": (Store, "write", 2, False),
    "a full file is to be sealed": (Store, "seal_warc", 1, True),
    "a full file is sealed": (Store, "seal_warc", 1, False),
    "the second file is entered": (Store, "enter_warc", 2, False),
    "the files are closed": (WarcFiles, "close", 2, False),
    "the run is to be ended": (Store, "finish_run", 1, True),
    "the run is ended": (Store, "finish_run", 1, False),
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_when(step: str, undisturbed: Undisturbed, tmp_path: Path) -> None:
    owner, name, time_, before = STEPS[step]
    killed(undisturbed, tmp_path, dying(owner, name, time_, before=before))
    assert_as_undisturbed(undisturbed, tmp_path)


@pytest.mark.parametrize(
    "step",
    {
        "an uncommitted tail is to be cut": (LockedFile, "cut", 1, True),
        "an uncommitted tail is cut": (LockedFile, "cut", 1, False),
        "everything is recovered": (WarcFiles, "recover", 1, False),
    }.items(),
    ids=lambda step: step[0],
)
def test_killed_again_during_recovery_when(
    step: tuple[str, tuple[Any, str, int, bool]], undisturbed: Undisturbed, tmp_path: Path
) -> None:
    killed(undisturbed, tmp_path, dying(WarcFiles, "keep", 2, before=False))
    owner, name, time_, before = step[1]
    killed(undisturbed, tmp_path, dying(owner, name, time_, before=before))
    killed(undisturbed, tmp_path, dying(owner, name, time_, before=before))
    assert_as_undisturbed(undisturbed, tmp_path)


@pytest.mark.parametrize(
    "seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.scale) for seed in range(12, 100))]
)
def test_killed_at_any_instant(seed: int, undisturbed: Undisturbed, tmp_path: Path) -> None:
    draws = random.Random(seed)
    for _ in range(1 + seed % 2):
        child = begin(undisturbed, tmp_path)
        time.sleep(draws.uniform(0.05, 1.1) * undisturbed.seconds)
        child.kill()
        child.wait()
    assert_as_undisturbed(undisturbed, tmp_path)
