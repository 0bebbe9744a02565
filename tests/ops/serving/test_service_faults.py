"""Crawls that hang, eat memory, crash or lose their database: the service survives, and people are told."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

import ops.serving.service
from archive.store import Store
from archive.store.values import Run, RunState
from crawler.sources.registry import Sources
from ops.configuration.settings import Settings
from ops.overview import Watched
from ops.serving.service import crawl_command, service_of
from scheduler.children import Children, Limits
from scheduler.schedules import Schedule
from tests.receiver import Receiver

ROOT = Path(__file__).parents[3]
OFTEN = Schedule("finews", "finews", every=timedelta(seconds=2))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(message["kind"], message["rule"]) for message in receiver.bodies]


class Deeds:
    """What each run's crawl does: the next of these that was not done yet, and then nothing bad."""

    def __init__(self, *misdeeds: str) -> None:
        self._left = list(misdeeds)

    def command(self, run: Run) -> list[str]:
        deed = self._left.pop(0) if self._left else "be_good"
        return [sys.executable, "-m", "tests.ops.serving.misbehaving", deed, *crawl_command(run)[4:]]


@contextmanager
def serving(settings: Settings, store: Store) -> Iterator[threading.Thread]:
    """The service in a thread, without its signals and its health."""
    watched = Watched(settings, Sources.load(), store)
    service = service_of(settings, watched, [OFTEN], Limits(600, 400 << 20))
    stopping = threading.Event()
    thread = threading.Thread(target=service.run, args=(stopping,))
    thread.start()
    try:
        yield thread
    finally:
        stopping.set()
        thread.join(timeout=20)


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


MISDEEDS = {
    "hang": ("crashed", "time-limit", "it took longer than it may (run_minutes): stopped after 60."),
    "eat_memory": ("crashed", "memory-limit", "it took more memory than it may (run_memory_mib): "),
    "segfault": ("crashed", "crashed", "ended by SIGSEGV"),
    "lose_database": ("finished", "storage", "archive.db: was taken away while it was in use; put it back"),
}
RULES = {
    "hang": "time-limit",
    "eat_memory": "memory-limit",
    "segfault": "crashed",
    "lose_database": "storage",
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_crawl_that_misbehaves_is_told_by_name_once_and_so_is_the_end_of_it(
    misdeed: str, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("ARCHIVE_DATA_DIR", str(tmp_path)),
        ("ARCHIVE_ALERT_CHANNELS", json.dumps({"ops": {"kind": "json", "url": receiver.url()}})),
        ("PYTHONPATH", str(ROOT)),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ops.serving.service, "crawl_command", Deeds(misdeed).command)
    monkeypatch.setattr("scheduler.children._GRACE", 0.3)
    monkeypatch.setattr("ops.serving.service._DELIVER", 0.3)
    begun: list[Children] = []
    made = lambda *given: begun.append(Children(*given)) or begun[0]  # noqa: E731
    monkeypatch.setattr(ops.serving.service, "Children", made)
    settings = Settings.load()
    with Store.open(settings.store_address) as store, serving(settings, store) as thread:
        if misdeed == "hang":
            until((tmp_path / "archive.hangs").exists)
            for child in begun[0]._children.values():
                child._began -= 3600
        if misdeed == "lose_database":
            away = tmp_path / "archive.away"
            until(away.exists)
            time.sleep(1)
            away.rename(tmp_path / "archive.db")
        until(lambda: told(receiver) == [("alert", RULES[misdeed]), ("all-clear", RULES[misdeed])])
        assert thread.is_alive()
        runs = [run for run in reversed(store.runs()) if run.state is not RunState.RUNNING]
        state, outcome, detail = MISDEEDS[misdeed]
        assert (runs[0].state, runs[0].outcome) == (state, outcome)
        assert detail in runs[0].detail
        assert {run.outcome for run in runs[1:]} == {"complete"}
        assert f"run {runs[0].id}" in receiver.bodies[0]["text"]
    assert told(receiver) == [("alert", RULES[misdeed]), ("all-clear", RULES[misdeed])]
