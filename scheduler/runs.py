"""Runs: how they begin, and how those are found that ended without a word."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from archive.store import Store
from archive.store.values import Run, RunState
from crawler.outcome import Outcome


def begin_run(store: Store, source: str, trigger: str, now: Callable[[], datetime]) -> int:
    """Enter a run of this process into the ledger; its number. First, crashed ones are marked."""
    mark_crashed(store, now)
    return store.start_run(source, trigger, now(), socket.gethostname(), os.getpid())


def mark_crashed(store: Store, now: Callable[[], datetime]) -> list[Run]:
    """Mark the running runs whose process on this machine is gone; returns them as they were."""
    gone = [run for run in store.running() if run.host == socket.gethostname() and not _alive(run.pid)]
    for run in gone:
        store.finish_run(run.id, RunState.CRASHED, Outcome.CRASHED, run.counters, now())
    return gone


def _alive(pid: int) -> bool:
    try:
        with suppress(PermissionError):  # somebody else's, and alive
            os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
