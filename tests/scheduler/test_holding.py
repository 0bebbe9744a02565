"""One crawl of a source at a time, whoever starts it, however it ends."""

import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.store import Store
from archive.store.values import Lease, RunState
from archive.verification import Kind, verify_store
from fixtures.double import NEWS_HOST, Double
from scheduler import runs
from tests.crawler.archived import FAR, Archived, archived_in, assert_archived
from tests.forked import Child, begin_crawl, crawl, write_in_small_batches

NOW = datetime(2022, 3, 1, 4, 0, tzinfo=UTC)
POSTS = 40
STOPS_WITHIN = 10.0
"""Seconds: container runtimes kill after them."""


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A site, and what its archive is when nothing disturbs the crawl."""

    site: Double
    archived: Archived


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with Double(posts=POSTS, categories=4, seed=31) as site:
        assert crawl(folder, site.mirrors, now=NOW).code == 0
        yield Undisturbed(site, archived_in(folder, folder / "seeds"))


@pytest.fixture
def site(undisturbed: Undisturbed) -> Iterator[Double]:
    site = undisturbed.site
    site.requests.clear()
    yield site
    site.faults.clear()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
        yield store


def set_up(*, silence: float = 60.0, heartbeat: float = 5.0) -> Callable[[], None]:
    """What a child does first: take these seconds for true, and write in small batches."""

    def prepare() -> None:
        runs.SILENCE, runs.HEARTBEAT = silence, heartbeat
        write_in_small_batches(5)

    return prepare


def begin(site: Double, data: Path, *, timeout: float = 30.0, **options: float) -> Child:
    return begin_crawl(data, site.mirrors, now=NOW, timeout=timeout, prepare=set_up(**options))


def until(condition: Callable[[], Any]) -> None:
    """Wait for what is about to happen."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def hold_up(site: Double) -> None:
    """Have a part of the posts never answered."""
    site.misbehave("/*/2022/*[0-4].html", "hang", host=NEWS_HOST)


def begin_and_hold_up(site: Double, store: Store, data: Path, **options: float) -> Child:
    """A crawl that has stored all that it can and waits for the rest."""
    hold_up(site)
    within_reach = POSTS - sum(post.path[-6] in "01234" for post in site.corpus.posts)
    assert 5 < within_reach < POSTS - 5
    child = begin(site, data, **options)
    until(lambda: store.counts().documents == within_reach)
    return child


def assert_as_undisturbed(undisturbed: Undisturbed, data: Path) -> None:
    undisturbed.site.faults.clear()
    assert crawl(data, undisturbed.site.mirrors, now=NOW).code == 0
    assert_archived(data, undisturbed.archived)


def test_a_second_crawl_ends_at_once_with_exit_6_and_says_who_has_the_source(
    undisturbed: Undisturbed, site: Double, store: Store, tmp_path: Path
) -> None:
    site.faults.add(host=NEWS_HOST, path="/*/2022/*", delay=0.5)
    first = begin(site, tmp_path)
    until(lambda: site.requests.count(status=200))
    asked = {request.path for request in site.requests}
    second = crawl(tmp_path, site.mirrors, now=NOW)
    assert second.code == 6
    assert re.fullmatch(
        f"finews is being crawled already: run 1, process {first.pid} on {re.escape(runs.HOST)}, since "
        r"2022-03-01 04:00:00 UTC, last heard of \d+ s ago; wait for it, or end it",
        second.detail,
    )
    done = first.wait()
    assert (done.code, done.counters["new"], done.counters["requests"]) == (0, POSTS, len(site.requests))
    assert asked <= {request.path for request in site.requests}
    assert [run.state for run in store.runs()] == [RunState.FINISHED]
    assert archived_in(tmp_path, tmp_path / "seeds") == undisturbed.archived


def test_a_source_whose_holder_was_killed_is_taken_over_at_once(
    undisturbed: Undisturbed, site: Double, store: Store, tmp_path: Path
) -> None:
    child = begin_and_hold_up(site, store, tmp_path)
    child.kill()
    assert child.wait().code == -signal.SIGKILL
    assert store.lease("finews") is not None
    assert_as_undisturbed(undisturbed, tmp_path)
    assert [run.state for run in store.runs()] == [RunState.FINISHED, RunState.CRASHED]
    assert store.lease("finews") is None


def held_elsewhere(store: Store) -> Lease:
    """The lease of a run on another machine, whose process has the number of one that is no more here."""
    gone = os.fork()
    if not gone:
        os._exit(0)
    os.waitpid(gone, 0)
    return store.begin_run("finews", "cli", NOW, "elsewhere", gone, silence=60, is_dead=lambda _: False)


def test_a_source_held_on_another_machine_is_taken_over_after_its_silence_and_not_before(
    site: Double, store: Store, tmp_path: Path
) -> None:
    lease = held_elsewhere(store)
    time.sleep(0.3)
    refused = begin(site, tmp_path).wait()
    assert (refused.code, len(site.requests)) == (6, 0)
    assert f"run 1, process {lease.pid} on elsewhere" in refused.detail
    store.renew(lease)
    assert begin(site, tmp_path, silence=30).wait().code == 6
    assert store.run(lease.run_id).state is RunState.RUNNING
    time.sleep(0.2)
    assert begin(site, tmp_path, silence=0.1).wait().code == 0
    assert [run.state for run in store.runs()] == [RunState.FINISHED, RunState.CRASHED]
    assert store.run(lease.run_id).outcome == "crashed"


def test_a_run_that_goes_on_says_that_it_lives_and_writes_its_counters_down(
    site: Double, store: Store, tmp_path: Path
) -> None:
    child = begin_and_hold_up(site, store, tmp_path, heartbeat=0.05)
    stored = store.counts().documents
    until(lambda: store.runs()[0].counters.get("stored") == stored)
    run = store.runs()[0]
    assert (run.state, run.outcome, run.finished_at) == (RunState.RUNNING, "", None)
    assert run.counters["requests"] == len(site.requests)
    time.sleep(0.5)
    assert crawl(tmp_path, site.mirrors, now=NOW, prepare=set_up(silence=0.4)).code == 6
    child.kill()
    child.wait()


def put_to_sleep(child: Child, database: Path) -> None:
    """Stop a child, at a moment when it does not hold up everybody else's writing."""
    child.kill(signal.SIGSTOP)
    os.waitpid(child.pid, os.WUNTRACED)
    while not is_writable(database):
        child.kill(signal.SIGCONT)
        time.sleep(0.02)
        child.kill(signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)


def is_writable(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def everything_in(store: Store) -> tuple[Any, ...]:
    """All that a run can change."""
    frontier = store.frontier("finews", FAR)
    return store.counts(), list(store.kept_captures()), store.warc_files(), frontier, store.runs()


@pytest.mark.parametrize("heartbeat", [0.05, 60.0])
def test_a_holder_that_slept_too_long_writes_nothing_more_and_ends_with_exit_6(
    heartbeat: float, undisturbed: Undisturbed, site: Double, store: Store, tmp_path: Path
) -> None:
    sleeper = begin_and_hold_up(site, store, tmp_path, heartbeat=heartbeat, timeout=2.0)
    put_to_sleep(sleeper, tmp_path / "archive.db")
    time.sleep(0.2)
    site.faults.clear()
    taker = crawl(tmp_path, site.mirrors, now=NOW, prepare=set_up(silence=0.15))
    assert (taker.code, store.counts().documents) == (0, POSTS)
    assert archived_in(tmp_path, tmp_path / "seeds").documents == undisturbed.archived.documents
    stored = everything_in(store)
    site.requests.clear()
    sleeper.kill(signal.SIGCONT)
    woken = sleeper.wait()
    assert (woken.code, woken.detail) == (
        6,
        "finews: run 1 does not hold its source any more; nothing more is written",
    )
    assert site.requests.count(status=200)  # it had something to write
    assert everything_in(store) == stored
    assert [run.state for run in store.runs()] == [RunState.FINISHED, RunState.CRASHED]
    # What it was about to commit is in a file that nobody else writes to; the next run cuts it off.
    findings = verify_store(store, tmp_path / "warc")
    assert [one for one in findings if one.kind is not Kind.NOTE] == []
    assert_as_undisturbed(undisturbed, tmp_path)


def test_asked_to_stop_a_crawl_ends_within_10_seconds_and_loses_nothing(
    undisturbed: Undisturbed, site: Double, store: Store, tmp_path: Path
) -> None:
    child = begin_and_hold_up(site, store, tmp_path)
    stored = store.counts().documents
    begun = time.monotonic()
    child.kill(signal.SIGTERM)
    stopped = child.wait()
    assert time.monotonic() - begun < STOPS_WITHIN
    assert (stopped.code, stopped.outcome, stopped.detail) == (3, "interrupted", "asked to stop")
    (run,) = store.runs()
    assert (run.state, run.outcome, run.counters["stored"]) == (RunState.INTERRUPTED, "interrupted", stored)
    assert store.counts().documents == stored
    assert store.lease("finews") is None
    assert_as_undisturbed(undisturbed, tmp_path)


def test_asked_twice_it_ends_at_once(
    undisturbed: Undisturbed, site: Double, store: Store, tmp_path: Path
) -> None:
    child = begin_and_hold_up(site, store, tmp_path)
    begun = time.monotonic()
    child.kill(signal.SIGTERM)
    time.sleep(0.2)
    child.kill(signal.SIGTERM)
    stopped = child.wait()
    assert time.monotonic() - begun < 2
    assert (stopped.code, stopped.outcome) == (3, "interrupted")
    assert store.runs()[0].state is RunState.INTERRUPTED
    assert_as_undisturbed(undisturbed, tmp_path)


def test_asked_to_stop_while_the_store_is_locked_it_ends_within_10_seconds_too(tmp_path: Path) -> None:
    with Double(posts=200, categories=4, seed=1) as site:
        site.faults.add(path="/*/2022/*", delay=0.3)
        child = begin_crawl(tmp_path, site.mirrors, now=NOW)
        time.sleep(1)
        with closing(sqlite3.connect(tmp_path / "archive.db", timeout=20, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(0.7)
            begun = time.monotonic()
            child.kill(signal.SIGTERM)
            stopped = child.wait()
            assert time.monotonic() - begun < STOPS_WITHIN
        assert (stopped.code, stopped.outcome) == (3, "interrupted")
        site.faults.clear()
        assert crawl(tmp_path, site.mirrors, now=NOW).code == 0
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
        assert store.counts().documents == 200
