"""The ledger: every run is in it, however it ends."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.errors import LeaseLost, StoreUnavailable
from archive.store import Store
from archive.store.values import Lease, RunState
from crawler.counters import Counters
from crawler.outcome import Outcome
from crawler.plan import CrawlPlan
from crawler.run import CrawlReport
from crawler.sources.source import FINEWS
from scheduler import ledger
from scheduler.ledger import crawl_and_record
from scheduler.runs import HOST, begin_run, mark_crashed
from tests.new_store import new_store

NOW = datetime(2022, 1, 22, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "archive.db")


@pytest.fixture
def gone() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def test_a_run_whose_process_is_gone_is_marked_crashed(store: Store, gone: int) -> None:
    lease = store.begin_run("finews", "cli", NOW, HOST, gone, silence=60, is_dead=lambda holder: False)
    store.renew(lease, {"requests": 7})
    dead = lease.run_id
    assert [run.id for run in mark_crashed(store, lambda: NOW)] == [dead]
    run = store.run(dead)
    assert (run.state, run.outcome, run.finished_at) == (RunState.CRASHED, "crashed", NOW)
    assert run.counters == {"requests": 7}
    assert mark_crashed(store, lambda: NOW) == []


def test_runs_that_live_or_run_elsewhere_are_left_alone(store: Store, gone: int) -> None:
    store.start_run("finews", "cli", NOW, HOST, os.getppid())
    store.start_run("finews", "cli", NOW, HOST, 1)
    store.start_run("finews", "cli", NOW, "another-machine", gone)
    assert mark_crashed(store, lambda: NOW) == []


def test_a_run_with_our_own_number_ran_in_a_container_before_us(store: Store) -> None:
    before = store.start_run("finews", "cli", NOW, HOST, os.getpid())
    assert [run.id for run in mark_crashed(store, lambda: NOW)] == [before]


def test_runs_that_may_go_on_beside_others_mark_crashed_ones_too(store: Store, gone: int) -> None:
    dead = store.start_run("finews", "cli", NOW, HOST, gone)
    number = begin_run(store, "finews", "import", lambda: NOW)
    assert store.run(dead).state is RunState.CRASHED
    run = store.run(number)
    assert (run.trigger, run.host, run.pid, run.state) == ("import", HOST, os.getpid(), RunState.RUNNING)
    assert store.lease("finews") is None


def recorded(store: Store, monkeypatch: pytest.MonkeyPatch, crawl: object) -> CrawlReport:
    """What is reported when this is what crawling does."""
    monkeypatch.setattr(ledger, "crawl", crawl)
    archive = Archive(store, Path("unused"))
    _, report = crawl_and_record(archive, CrawlPlan(FINEWS), trigger="cli", now=lambda: NOW)
    return report


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        *((one, RunState.FINISHED) for one in Outcome if one not in {Outcome.INTERRUPTED, Outcome.CRASHED}),
        (Outcome.INTERRUPTED, RunState.INTERRUPTED),
        (Outcome.CRASHED, RunState.CRASHED),
    ],
)
def test_how_a_run_ended_is_recorded_and_its_source_is_free(
    outcome: Outcome, state: RunState, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crawl(
        _plan: CrawlPlan, _archive: Archive, _lease: Lease, counters: Counters, *_: object, **__: object
    ) -> CrawlReport:
        counters.add("requests", 3)
        return CrawlReport(outcome, counters.snapshot(), "what is to be known")

    assert recorded(store, monkeypatch, crawl).outcome is outcome
    (run,) = store.runs()
    assert (run.state, run.outcome, run.counters["requests"]) == (state, outcome, 3)
    assert run.detail == "what is to be known"
    assert (run.started_at, run.finished_at, run.host, run.pid) == (NOW, NOW, HOST, os.getpid())
    assert store.lease("finews") is None


def test_a_store_that_fails_before_anything_is_asked_is_an_outcome_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("warc: cannot be written")

    report = recorded(store, monkeypatch, fail)
    assert (report.outcome, report.detail) == (Outcome.STORAGE, "warc: cannot be written")
    (run,) = store.runs()
    assert (run.state, run.outcome, run.detail) == (RunState.FINISHED, "storage", "warc: cannot be written")
    assert store.lease("finews") is None


def test_an_error_that_nobody_foresaw_is_recorded_and_raised(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        recorded(store, monkeypatch, explode)
    assert [run.state for run in store.runs()] == [RunState.CRASHED]
    assert store.lease("finews") is None


def test_a_run_that_lost_its_source_leaves_the_ledger_to_whoever_took_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object, **__: object) -> None:
        taken = store.begin_run("finews", "cli", NOW, "another", 1, silence=60, is_dead=lambda _: True)
        raise LeaseLost(f"run {taken.run_id} has taken over")

    with pytest.raises(LeaseLost):
        recorded(store, monkeypatch, lose)
    assert [run.state for run in store.runs()] == [RunState.RUNNING, RunState.CRASHED]
    held = store.lease("finews")
    assert held is not None
    assert held.host == "another"


@pytest.mark.parametrize("outcome", [Outcome.STORAGE, Outcome.COMPLETE])
def test_only_a_store_that_failed_already_need_not_take_the_end_of_the_run(
    outcome: Outcome, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("archive.db: the disk is full")

    monkeypatch.setattr(Store, "finish_run", fail)
    report = CrawlReport(outcome, {})
    if outcome is Outcome.STORAGE:
        assert recorded(store, monkeypatch, lambda *_, **__: report) is report
    else:
        with pytest.raises(StoreUnavailable):
            recorded(store, monkeypatch, lambda *_, **__: report)
    assert [run.state for run in store.runs()] == [RunState.RUNNING]  # the next one finds it


def test_a_store_that_does_not_answer_is_not_asked_once_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = CrawlReport(Outcome.STORAGE, {}, "archive.db: does not answer", is_settled=False)
    assert recorded(store, monkeypatch, lambda *_, **__: report) is report
    assert [run.state for run in store.runs()] == [RunState.RUNNING]
