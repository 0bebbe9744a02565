"""Runs that ended without a word: their process was killed, or its machine was switched off."""

import os
import socket
from collections.abc import Callable
from datetime import datetime

from archive.store import Store
from archive.store.values import Run, RunState
from crawler.outcome import Outcome


def mark_crashed(store: Store, now: Callable[[], datetime]) -> list[Run]:
    """Mark the running runs whose process on this machine is gone; returns them as they were."""
    gone = [run for run in store.running() if run.host == socket.gethostname() and not _alive(run.pid)]
    for run in gone:
        store.finish_run(run.id, RunState.CRASHED, Outcome.CRASHED, run.counters, now())
    return gone


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
