"""Leases: one run at a time crawls a source, and who has lost it writes nothing more."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, text

from archive.errors import LeaseLost, NotFound, SourceBusy, StoreUnavailable
from archive.store import Store
from archive.store.values import Effect, Lease, Observation, RunState
from tests.archive.store.samples import T0, capture, later, page, seen, warc_file


def _begin(
    store: Store,
    source: str = "finews",
    at: float = 0,
    pid: int = 4242,
    *,
    silence: float = 60,
    is_dead: Callable[[Lease], bool] = lambda _: False,
) -> Lease:
    return store.begin_run(source, "cli", later(at), "host", pid, silence=silence, is_dead=is_dead)


def _taken_over(store: Store, pid: int = 77) -> Lease:
    return _begin(store, at=9, pid=pid, is_dead=lambda _: True)


def test_a_run_begins_with_the_lease_of_its_source(store: Store) -> None:
    lease = _begin(store)
    run = store.run(lease.run_id)
    assert (run.source, run.trigger, run.state, run.started_at) == ("finews", "cli", RunState.RUNNING, T0)
    assert (run.host, run.pid) == (lease.host, lease.pid) == ("host", 4242)
    assert (lease.source, lease.acquired_at) == ("finews", T0)
    held = store.lease("finews")
    assert held is not None
    assert replace(held, silent=lease.silent) == lease
    assert 0 <= lease.silent <= held.silent < 30
    assert store.lease("cinic") is None


def test_a_source_that_is_held_is_busy(store: Store) -> None:
    lease = _begin(store)
    with pytest.raises(SourceBusy) as caught:
        _begin(store, at=1)
    assert str(caught.value).startswith(
        f"finews is being crawled already: run {lease.run_id}, process 4242 on host, "
        "since 2024-05-01 08:00:00 UTC, last heard of "
    )
    assert str(caught.value).endswith(" s ago; wait for it, or end it")
    assert [run.id for run in store.runs()] == [lease.run_id]
    assert _begin(store, "cinic").run_id != lease.run_id


def test_a_source_is_free_again_when_its_run_ends(store: Store) -> None:
    first = _begin(store)
    store.finish_run(first.run_id, RunState.FINISHED, "complete", {}, later(1), first)
    assert store.lease("finews") is None
    second = _begin(store, at=2)
    assert second.token != first.token
    store.release(first)
    store.finish_run(first.run_id, RunState.FINISHED, "complete", {}, later(3), lease=first)
    assert store.lease("finews") is not None
    store.release(second)
    store.release(second)
    assert store.lease("finews") is None


def test_a_run_that_cannot_be_finished_keeps_its_lease(store: Store) -> None:
    lease = _begin(store)
    with pytest.raises(NotFound):
        store.finish_run(99, RunState.FINISHED, "complete", {}, later(1), lease)
    assert store.lease("finews") is not None


def test_whoever_is_silent_for_too_long_loses_its_source(store: Store) -> None:
    lease = _begin(store)
    time.sleep(0.3)
    held = store.lease("finews")
    assert held is not None
    assert held.silent >= 0.25
    store.renew(lease)
    with pytest.raises(SourceBusy):
        _begin(store, silence=0.25)
    time.sleep(0.3)
    second = _begin(store, at=5, silence=0.25)
    assert second.token != lease.token


def test_a_holder_that_is_dead_loses_its_source_at_once(store: Store) -> None:
    first = _begin(store)
    store.renew(first, {"requests": 3})
    asked = []

    def is_dead(holder: Lease) -> bool:
        asked.append(holder)
        return True

    second = _begin(store, at=5, pid=1, is_dead=is_dead)
    assert [one.token for one in asked] == [first.token]
    dead = store.run(first.run_id)
    assert (dead.state, dead.outcome, dead.finished_at) == (RunState.CRASHED, "crashed", later(5))
    assert dead.counters == {"requests": 3}
    assert [run.id for run in store.running()] == [second.run_id]


def test_how_a_run_ended_stays_when_its_source_is_taken_over(store: Store) -> None:
    first = _begin(store)
    store.finish_run(first.run_id, RunState.INTERRUPTED, "partial", {}, later(1))
    before = store.run(first.run_id)
    _taken_over(store)
    assert store.run(first.run_id) == before


def test_whoever_has_lost_its_source_writes_nothing_more(store: Store) -> None:
    first = _begin(store)
    assert store.write([seen(1)], first.run_id, first) == [Effect.NEW]
    second = _taken_over(store)
    store.enter_warc(warc_file())
    where = {"warc_file": warc_file().name, "warc_offset": 300, "warc_length": 5}
    batch = [seen(2), Observation(T0, captures=(capture(**where),), pages=(page(1),))]
    lost = (
        f"finews: run {first.run_id} was silent too long and run {second.run_id} (process 77 on host) has "
        "taken over; nothing more is written"
    )
    for attempt in (lambda: store.write(batch, first.run_id, first), lambda: store.renew(first)):
        with pytest.raises(LeaseLost) as caught:
            attempt()
        assert str(caught.value) == lost
    store.finish_run(first.run_id, RunState.FINISHED, "complete", {}, later(9), first)
    assert store.run(first.run_id).state is RunState.CRASHED
    assert store.counts().documents == 1
    assert store.warc_files() == [warc_file()]
    assert store.captures(capture().address) == store.frontier("finews", later(99)) == []
    store.renew(second)
    assert store.write(batch, second.run_id, second) == [Effect.NEW, None]


def test_nothing_is_written_under_a_lease_that_was_given_up(store: Store) -> None:
    lease = _begin(store)
    store.release(lease)
    for attempt in (lambda: store.write([seen(1)], None, lease), lambda: store.renew(lease)):
        with pytest.raises(LeaseLost, match=r"does not hold its source any more; nothing more is written"):
            attempt()
    assert store.counts().documents == 0


def test_of_many_at_once_one_gets_the_source(store: Store) -> None:
    start = threading.Barrier(6)

    def attempt(pid: int) -> Lease | SourceBusy:
        start.wait(20)
        try:
            return _begin(store, pid=pid, is_dead=lambda holder: holder.pid == 0)
        except SourceBusy as busy:
            return busy

    _begin(store, pid=0)
    for _ in range(3):  # first from one that is dead, then where nobody has it
        with ThreadPoolExecutor(6) as threads:
            results = list(threads.map(attempt, range(1, 7)))
        (lease,) = [one for one in results if isinstance(one, Lease)]
        assert [run.id for run in store.running()] == [lease.run_id]
        assert all(f"run {lease.run_id}, process {lease.pid} " in str(one) for one in results if one != lease)
        store.finish_run(lease.run_id, RunState.FINISHED, "complete", {}, T0, lease)


_BEGIN = """
import os, sys
from archive.errors import SourceBusy
from archive.store import Store
from tests.archive.store.samples import T0
with Store.open(sys.argv[1]) as store:
    sys.stdin.readline()
    try:
        store.begin_run("finews", "cli", T0, "host", os.getpid(), silence=60, is_dead=lambda one: not one.pid)
    except SourceBusy:
        print("busy")
    else:
        print("begun", flush=True)
        sys.stdin.readline()
"""


def _program(url: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", _BEGIN, url]
    return subprocess.Popen(command, stdin=-1, stdout=-1, text=True, cwd=Path(__file__).parents[3])


def test_of_programs_at_once_one_gets_the_source_until_it_is_killed(url: str) -> None:
    with Store.open(url) as store:
        _begin(store, pid=0)
        programs = [_program(url) for _ in range(2)]
        for program in programs:
            program.stdin.write("\n")
            program.stdin.flush()
        said = [program.stdout.readline() for program in programs]
        assert sorted(said) == ["begun\n", "busy\n"]
        winner = programs[said.index("begun\n")]
        with pytest.raises(SourceBusy, match=f"process {winner.pid} on host"):
            _begin(store)
        os.kill(winner.pid, signal.SIGKILL)
        for program in programs:
            program.communicate(timeout=30)
        assert _begin(store, is_dead=lambda holder: holder.pid == winner.pid).pid == 4242
        assert [run.state for run in store.runs()] == [RunState.RUNNING, RunState.CRASHED, RunState.CRASHED]


def test_a_takeover_waits_for_the_batch_that_is_being_written(store: Store) -> None:
    lease = _begin(store)
    counted: list[int] = []

    def take_over() -> None:
        _taken_over(store)
        counted.append(store.counts().documents)

    other = threading.Thread(target=take_over)

    def before_the_commit(_connection: object) -> None:
        if not other.ident:
            other.start()
            other.join(0.3)  # it gets as far as it can
            counted.append(-1)

    event.listen(store._database._writing, "commit", before_the_commit)
    assert store.write([seen(1)], None, lease) == [Effect.NEW]
    other.join(20)
    assert counted == [-1, 1]
    with pytest.raises(LeaseLost):
        store.write([seen(2)], None, lease)
    assert store.counts().documents == 1


def test_a_batch_waits_for_the_takeover_that_is_under_way(store: Store) -> None:
    lease = _begin(store)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            store.write([seen(1)], None, lease)
        except LeaseLost as lost:
            failures.append(lost)

    other = threading.Thread(target=write)

    def before_the_commit(_connection: object) -> None:
        if not other.ident:
            other.start()
            other.join(0.3)

    event.listen(store._database._writing, "commit", before_the_commit)
    second = _taken_over(store)
    other.join(20)
    assert [f"run {second.run_id} (process 77 on host) has taken over" in str(one) for one in failures] == [
        True
    ]
    assert store.counts().documents == 0


def test_a_holder_cannot_renew_while_it_is_found_dead(store: Store) -> None:
    lease = _begin(store)
    lost: list[LeaseLost] = []

    def renew() -> None:
        try:
            store.renew(lease)
        except LeaseLost as error:
            lost.append(error)

    other = threading.Thread(target=renew)

    def is_dead(_holder: Lease) -> bool:
        other.start()
        other.join(0.3)
        return True

    _begin(store, is_dead=is_dead)
    other.join(20)
    assert len(lost) == 1


def test_renewing_does_not_wait_for_a_batch(store: Store) -> None:
    if not store.url_shown.startswith("postgresql"):
        return  # SQLite's writers take turns
    lease = _begin(store)
    seconds: list[float] = []

    def renew() -> None:
        begun = time.monotonic()
        store.renew(lease)
        seconds.append(time.monotonic() - begun)

    other = threading.Thread(target=renew)

    def before_the_commit(_connection: object) -> None:
        if not other.ident:
            other.start()
            other.join(2)

    event.listen(store._database._writing, "commit", before_the_commit)
    store.write([seen(1), Observation(T0, captures=(capture(),))], lease.run_id, lease)
    other.join(20)
    assert seconds[0] < 1


def test_a_takeover_waits_no_longer_than_for_any_lock(url: str) -> None:
    with Store.open(url) as store, Store.open(url, patience=0.05) as other:
        lease = _begin(store)
        with store._database._writing.begin() as writing:
            writing.execute(
                text("SELECT token FROM lease FOR KEY SHARE" if "postgres" in url else "SELECT 1")
            )
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable, match="locked by another program"):
                _taken_over(other)
            assert time.monotonic() - begun < 10
        assert store.lease("finews").token == lease.token
