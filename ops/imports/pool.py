"""Reading batches of files in processes of their own, in order, a few ahead of who stores them.

The processes begin afresh (`forkserver`): a fork of this one would inherit its threads' locks and its
connection to the database.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

from archive.errors import ArchiveError
from crawler.normalizer.files.owners import Owners, nobody
from ops.imports.batches import FileRead, FileToRead, read_batch

Batch = Sequence[FileToRead]
Declared = Callable[[], Owners]
"""Makes the owners of addresses; called once in each process, it must be a function of a module."""


class WorkerLost(ArchiveError):
    """A process that read files has ended before its time; what was stored is intact."""


def usable_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_in_order(
    batches: Iterable[Batch], jobs: int, declared: Declared = nobody
) -> Generator[list[FileRead]]:
    """What came of each batch, in order; read in this process for one job, in as many as `jobs` for more.

    Each process has one batch at a time, the next as soon as it has answered. Raises `WorkerLost` as soon as
    the answer is due of one that is gone. It is to be closed: then no process is left.
    """
    if jobs < 2:
        owners = declared()
        yield from (read_batch(batch, owners) for batch in batches)
        return
    readers: deque[_Reader] = deque()
    try:
        for batch in batches:
            if len(readers) < jobs:
                readers.append(_Reader(declared))
                readers[-1].ask(batch)
                continue
            read = readers[0].answer()
            readers[0].ask(batch)
            readers.rotate(-1)
            yield read
        for reader in readers:
            yield reader.answer()
    finally:
        for reader in readers:
            reader.end()


class _Reader:
    """A process that reads one batch at a time."""

    def __init__(self, declared: Declared) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._connection, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, declared), daemon=True)
        with _lost_by_name(), there:
            self._process.start()

    def ask(self, batch: Batch) -> None:
        """Give it a batch to read; its answer is to be taken before the next. Raises `WorkerLost`."""
        with _lost_by_name():
            self._connection.send(batch)

    def answer(self) -> list[FileRead]:
        """What came of the batch. Raises `WorkerLost`."""
        with _lost_by_name():
            read: list[FileRead] = self._connection.recv()
        return read

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._connection.close()
        self._process.kill()
        self._process.join()


@contextmanager
def _lost_by_name() -> Iterator[None]:
    """The other end of a pipe belongs to one process alone, so that it is closed once that has ended."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise WorkerLost(
            "a process that read files was ended from outside, ran out of memory, or failed (which it then "
            "says itself); what was stored is intact: import again, with --jobs 1 if it happens again"
        ) from error


def _serve(asked: Connection, declared: Declared) -> None:
    """Read what is asked for until who asks is gone; signals, which a terminal sends to both, are its."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    owners = declared()
    with suppress(EOFError, ConnectionError):
        while True:
            asked.send(read_batch(asked.recv(), owners))
