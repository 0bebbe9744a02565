"""The ledger: every run is in it, however it ends."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.values import RunState
from crawler.plan import CrawlPlan
from scheduler import ledger
from scheduler.ledger import crawl_and_record
from scheduler.runs import mark_crashed

NOW = datetime(2022, 1, 22, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path}/archive.db")


def test_a_run_whose_process_is_gone_is_marked_crashed(store: Store) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    dead = store.start_run("finews", "cli", NOW, socket.gethostname(), process.pid)
    assert [run.id for run in mark_crashed(store, lambda: NOW)] == [dead]
    assert (store.run(dead).state, store.run(dead).outcome) == (RunState.CRASHED, "crashed")


def test_runs_that_live_or_run_elsewhere_are_left_alone(store: Store) -> None:
    store.start_run("finews", "cli", NOW, socket.gethostname(), os.getpid())
    store.start_run("finews", "cli", NOW, "another-machine", 1)
    assert mark_crashed(store, lambda: NOW) == []


def test_an_error_that_nobody_foresaw_is_recorded_and_raised(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ledger, "crawl", explode)
    with pytest.raises(ZeroDivisionError):
        crawl_and_record(store, CrawlPlan("finews"), trigger="cli", now=lambda: NOW)
    assert [run.state for run in store.runs()] == [RunState.CRASHED]
