"""Commands that write in batches, and are ended between two of them."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

Told = Callable[[Mapping[str, int]], None]


@contextmanager
def interruptible(progress: Told) -> Iterator[Told]:
    """Let SIGTERM and Ctrl-C end the command between two batches, with the run's end in the ledger.

    In the middle of a transaction the store could be left locked, so only a second signal ends it at once.
    """
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    def told(counters: Mapping[str, int]) -> None:
        progress(counters)
        if asked:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
