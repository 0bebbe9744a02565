"""Reading batches of files in processes of their own, in order, a few ahead of who stores them.

The processes begin afresh (`forkserver`): a fork of this one would inherit its threads' locks and its
connection to the database.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait

from archive.errors import ArchiveError
from crawler.normalizer.files.owners import Owners, nobody
from ops.import_batches import FileRead, FileToRead, read_batch

Batch = Sequence[FileToRead]
Declared = Callable[[], Owners]
"""Makes the owners of addresses; called once in each process, it must be a function of a module."""


class WorkerLost(ArchiveError):
    """A process that read files has ended, and not by itself; what was stored is intact."""


def usable_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_in_order(
    batches: Iterable[Batch], jobs: int, declared: Declared = nobody
) -> Generator[list[FileRead]]:
    """What came of each batch, in order; read in this process for one job, in as many as `jobs` for more.

    At most one batch for each process, and one more, is read ahead. Raises `WorkerLost`. It is to be closed.
    """
    if jobs < 2:
        owners = declared()
        yield from (read_batch(batch, owners) for batch in batches)
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    pool = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(declared,))
    ahead: deque[Future[list[FileRead]]] = deque()
    try:
        for batch in batches:
            ahead.append(pool.submit(_read, batch))
            if len(ahead) > jobs:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    except BrokenProcessPool as error:
        raise WorkerLost(
            "a process that read files was ended from outside, or ran out of memory; what was stored is "
            "intact: import again, with --jobs 1 if it happens again"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


_owners: Owners = nobody()
"""Of a process that reads."""


def _begin(declared: Declared) -> None:
    """End with the process that asks, however that ends; signals, which a terminal sends to both, are its."""
    global _owners  # noqa: PLW0603 what a process is given once is not sent with each batch
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _owners = declared()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(1)


def _read(batch: Batch) -> list[FileRead]:
    return read_batch(batch, _owners)
