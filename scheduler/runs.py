"""Runs: how they begin and end, one at a time for a source, and how dead ones are found."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime

from archive.errors import ArchiveError, LeaseLost
from archive.store import Store
from archive.store.values import Lease, Run, RunState
from crawler.outcome import Outcome

logger = logging.getLogger(__name__)

HEARTBEAT = 5.0
"""Seconds between two signs of life."""
SILENCE = 60.0
"""Seconds without one after which a run on another machine is taken for dead."""


def begin_run(store: Store, source: str, trigger: str, now: Callable[[], datetime]) -> int:
    """Enter a run of this process into the ledger; its number. First, crashed ones are marked.

    For runs that may go on beside others; `holding_source` is for crawls.
    """
    mark_crashed(store, now)
    return store.start_run(source, trigger, now(), socket.gethostname(), os.getpid())


@contextmanager
def holding_source(
    store: Store,
    source: str,
    trigger: str,
    now: Callable[[], datetime],
    counters: Callable[[], Mapping[str, int]],
) -> Iterator[Lease]:
    """A run in the ledger that holds the source for as long as the block lasts.

    While it lasts, a thread says that it lives, and writes the counters down. Raises `SourceBusy`, at once,
    where another run has the source; the lease of one that is dead is taken over, and its run marked
    crashed. The block is to end the run with `Store.finish_run`; where it does not, the run crashed.
    """
    host, pid = socket.gethostname(), os.getpid()
    mark_crashed(store, now)
    lease = store.begin_run(source, trigger, now(), host, pid, silence=SILENCE, is_dead=is_dead)
    ended = threading.Event()
    heart = threading.Thread(
        target=_beat, args=(store, lease, counters, ended), daemon=True, name="heartbeat"
    )
    heart.start()
    try:
        yield lease
    except LeaseLost:
        raise  # whoever took over has marked the run
    except BaseException:
        with suppress(ArchiveError):
            store.finish_run(lease.run_id, RunState.CRASHED, Outcome.CRASHED, counters(), now(), lease)
        raise
    finally:
        ended.set()
        heart.join()


def _beat(
    store: Store, lease: Lease, counters: Callable[[], Mapping[str, int]], ended: threading.Event
) -> None:
    """Say that the run lives. A store that cannot be reached just now is tried again."""
    while not ended.wait(HEARTBEAT):
        try:
            store.renew(lease)
            store.update_counters(lease.run_id, counters())
        except LeaseLost as error:
            logger.error("%s", error)  # noqa: TRY400 one line says it all
            return  # the next batch that is written ends the crawl
        except ArchiveError as error:
            logger.warning("no sign of life could be given: %s", error)


def is_dead(lease: Lease) -> bool:
    """Whether a lease's holder was a process of this machine that is gone.

    Of another machine nothing is known but its silence.
    """
    if lease.host != socket.gethostname():
        return False
    return _is_gone(lease.pid)


def mark_crashed(store: Store, now: Callable[[], datetime]) -> list[Run]:
    """Mark the running runs whose process on this machine is gone; returns them as they were."""
    gone = [run for run in store.running() if run.host == socket.gethostname() and _is_gone(run.pid)]
    for run in gone:
        store.finish_run(run.id, RunState.CRASHED, Outcome.CRASHED, run.counters, now())
    return gone


def _is_gone(pid: int) -> bool:
    """Whether a process that began a run is no more. One with our own number ran in a container before us."""
    if pid == os.getpid():
        return True
    try:
        with suppress(PermissionError):  # somebody else's, and alive
            os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
