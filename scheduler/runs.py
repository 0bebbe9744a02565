"""Runs: how they begin and end, one at a time for a source, and how dead ones are found."""

import hashlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from archive.errors import ArchiveError, LeaseLost, SourceBusy, StoreError
from archive.store import Store
from archive.store.values import Lease, Run, RunState
from crawler.outcome import Outcome

logger = logging.getLogger(__name__)
Count = Callable[[], Mapping[str, int]]
Story = Callable[[], Mapping[str, Any]]

HEARTBEAT = 5.0
"""Seconds between two signs of life."""
_PATIENCE = 3.0
"""Seconds that the store may take for the end of a run that was asked to stop."""
_LISTENS = 12
"""Times that a silent holder on this machine is listened for, within a little more than a heartbeat."""
SILENCE = 60.0
"""Seconds without one after which a run on another machine is taken for dead."""


def begin_run(store: Store, source: str, trigger: str, now: Callable[[], datetime]) -> int:
    """Enter a run of this process into the ledger; its number. First, crashed ones are marked.

    For runs that may go on beside others; `holding_source` is for crawls.
    """
    mark_crashed(store, now)
    return store.start_run(source, trigger, now(), HOST, os.getpid())


class HeldSource:
    """A run in the ledger that holds its source; a thread says that it lives, and writes its counters."""

    def __init__(self, store: Store, lease: Lease, counters: Count, story: Story) -> None:
        self.lease = lease
        self._store, self._counters, self._story = store, counters, story
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()

    def finish(
        self,
        state: RunState,
        outcome: Outcome,
        counters: Mapping[str, int],
        finished_at: datetime,
        detail: str = "",
    ) -> None:
        """Enter how the run ended, and give the source back.

        One that was asked to stop has no time for a store that cannot be had: it is then marked crashed by
        the next run.
        """
        self.stop()
        run_id, lease = self.lease.run_id, self.lease
        finish = partial(
            self._store.finish_run, run_id, state, outcome, counters, finished_at, lease, story=self._story()
        )
        if state is not RunState.INTERRUPTED:
            finish(detail=detail)
            return
        last = threading.Thread(target=_quietly, args=(partial(finish, detail=detail),), daemon=True)
        last.start()
        last.join(timeout=_PATIENCE)

    def stop(self) -> None:
        """Say no more. A thread that waits for the database is left to end with the process."""
        self._ended.set()
        self._heart.join(timeout=1)

    def _beat(self) -> None:
        """Say that the run lives. A store that cannot be reached just now is tried again."""
        while not self._ended.wait(HEARTBEAT):
            try:
                self._store.renew(self.lease, self._counters(), self._story())
            except LeaseLost as error:
                if not self._ended.is_set():
                    logger.error("%s", error)  # noqa: TRY400 one line says it all
                return  # the next batch that is written ends the crawl
            except Exception as error:  # noqa: BLE001 whatever it is, a heart goes on
                logger.warning("no sign of life could be given: %s", error)


def _quietly(finish: Callable[[], None]) -> None:
    with suppress(ArchiveError):
        finish()


@dataclass(frozen=True, slots=True)
class Begin:
    """How a run begins."""

    source: str
    trigger: str
    """What starts it: ``cli``, ``cron``, ``schedule`` …"""
    asked: str = ""
    """What is asked for, in the words of the command line; empty for all that is new."""
    planned: int | None = None
    """The run's number, where the scheduling service has entered it into the ledger already."""


@contextmanager
def holding_source(
    store: Store,
    begin: Begin,
    now: Callable[[], datetime],
    counters: Count,
    story: Story = dict,
) -> Iterator[HeldSource]:
    """Hold a source for as long as the block lasts, which is to finish the run.

    Raises `SourceBusy`, at once, where another run has the source: the ledger has a row of that, which a run
    that was planned has already. The lease of a run that is dead is taken over, and its run marked crashed. A
    run whose block raises crashed, unless it was for want of storage.
    """
    mark_crashed(store, now)
    held = HeldSource(store, _lease(store, begin, now), counters, story)
    try:
        yield held
    except LeaseLost:
        raise  # whoever took over has marked the run
    except BaseException as error:
        with suppress(ArchiveError):
            if isinstance(error, StoreError):  # what is written beside the store: the run's log
                held.finish(RunState.FINISHED, Outcome.STORAGE, counters(), now(), str(error))
            else:
                held.finish(RunState.CRASHED, Outcome.CRASHED, counters(), now(), _named(error))
        raise
    finally:
        held.stop()


def _lease(store: Store, begin: Begin, now: Callable[[], datetime]) -> Lease:
    _hear(store, begin.source)
    try:
        return store.begin_run(
            begin.source,
            begin.trigger,
            now(),
            HOST,
            os.getpid(),
            silence=SILENCE,
            is_dead=is_dead,
            planned=begin.planned,
            asked=begin.asked,
        )
    except SourceBusy as error:
        if begin.planned is None:
            store.slots.note_overlapped(begin.source, begin.trigger, now(), str(error), begin.asked)
        raise


def _hear(store: Store, source: str) -> None:
    """Give a silent holder whose process lives the time to be heard: this machine may just have woken up."""
    for _ in range(_LISTENS):
        holder = store.lease(source)
        if holder is None or holder.host != HOST or holder.silent <= SILENCE or is_gone(holder.pid):
            return
        time.sleep((HEARTBEAT + 1) / _LISTENS)


def _named(error: BaseException) -> str:
    """An error of ours by its class, which says something where its text is empty."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _host() -> str:
    """This machine's name, and what tells it from others of the same name.

    Process numbers mean something to each other on one kernel, since one boot, in one container: the eight
    digits are of these.
    """
    about = [Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")]
    with suppress(OSError):
        told = about[0].read_text(encoding="ascii") + str(about[1].readlink())
        return f"{socket.gethostname()}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
    return socket.gethostname()  # a system without /proc


HOST = _host()
"""Where this process runs, as the ledger has it."""


def is_dead(lease: Lease) -> bool:
    """Whether a lease's holder was a process of this machine that is gone.

    Of another machine nothing is known but its silence.
    """
    return lease.host == HOST and is_gone(lease.pid)


def is_taken(lease: Lease) -> bool:
    """Whether a lease keeps others from the source: one that is neither dead nor silent for too long."""
    return lease.silent <= SILENCE and not is_dead(lease)


def mark_crashed(store: Store, now: Callable[[], datetime]) -> list[Run]:
    """Mark the running runs whose process on this machine is gone; returns them as they were."""
    gone = [run for run in store.running() if run.host == HOST and is_gone(run.pid)]
    for run in gone:
        detail = f"its process ({run.pid}) was gone, and had not said why"
        store.finish_run(run.id, RunState.CRASHED, Outcome.CRASHED, run.counters, now(), detail=detail)
    return gone


def is_gone(pid: int) -> bool:
    """Whether a process that began a run is no more. One with our own number ran in a container before us."""
    if pid == os.getpid():
        return True
    try:
        with suppress(PermissionError):  # somebody else's, and alive
            os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
