"""Work on batches in processes of their own, in order, a few ahead of who takes the results.

The processes begin afresh (`forkserver`): a fork of this one would inherit its threads' locks and its
connection to the database.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from archive.errors import ArchiveError

Batch = TypeVar("Batch")
Result = TypeVar("Result")

Prepare = Callable[[], Callable[[Batch], Result]]
"""Makes what does the work; called once in each process. A function of a module, or a `partial` of one."""


class WorkerLost(ArchiveError):
    """A process that worked on a batch has ended before its time; what was stored is intact."""


def worked_in_order(
    batches: Iterable[Batch], jobs: int, prepare: Prepare[Batch, Result], advice: str
) -> Generator[Result]:
    """What came of each batch, in order; made in this process for one job, in as many as `jobs` for more.

    Each process has one batch at a time, the next as soon as it has answered. Raises `WorkerLost` as soon as
    the answer is due of one that is gone; `advice` is what to do then. It is to be closed: then no process
    is left.
    """
    if jobs < 2:
        yield from map(prepare(), batches)
        return
    workers: deque[_Worker[Batch, Result]] = deque()
    try:
        for batch in batches:
            if len(workers) < jobs:
                workers.append(_Worker(prepare, advice))
                workers[-1].ask(batch)
                continue
            done = workers[0].answer()
            workers[0].ask(batch)
            workers.rotate(-1)
            yield done
        for worker in workers:
            yield worker.answer()
    finally:
        for worker in workers:
            worker.end()


class _Worker(Generic[Batch, Result]):
    """A process that works on one batch at a time."""

    def __init__(self, prepare: Prepare[Batch, Result], advice: str) -> None:
        self._advice = advice
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([_module_of(prepare)])
        self._connection, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, prepare), daemon=True)
        with self._lost_by_name(), there:
            self._process.start()

    def ask(self, batch: Batch) -> None:
        """Give it a batch to work on; its answer is to be taken before the next. Raises `WorkerLost`."""
        with self._lost_by_name():
            self._connection.send(batch)

    def answer(self) -> Result:
        """What came of the batch. Raises `WorkerLost`."""
        with self._lost_by_name():
            done: Result = self._connection.recv()
        return done

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._connection.close()
        self._process.kill()
        self._process.join()

    @contextmanager
    def _lost_by_name(self) -> Iterator[None]:
        """The other end of a pipe belongs to one process alone, so that it is closed once that has ended."""
        try:
            yield
        except (EOFError, OSError) as error:
            raise WorkerLost(
                "a process that did a part of the work was ended from outside, ran out of memory, or failed "
                f"(which it then says itself); what was stored is intact: {self._advice}"
            ) from error


def _module_of(prepare: Prepare[Any, Any]) -> str:
    """The module that a process is to load before all else."""
    return str(getattr(prepare, "func", prepare).__module__)


def _serve(asked: Connection, prepare: Prepare[Any, Any]) -> None:
    """Do what is asked for until who asks is gone; signals, which a terminal sends to both, are its."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    work = prepare()
    with suppress(EOFError, ConnectionError):
        while True:
            asked.send(work(asked.recv()))
