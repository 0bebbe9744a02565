"""Writing in batches, off the thread that crawls."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from types import TracebackType
from typing import Self

from archive.errors import StoreError
from archive.store.store import Store
from archive.store.values import Effect, Observation

_SIZE = 200
_DELAY = 0.5


class BatchWriter:
    """Takes observations from one thread and stores them from its own, a transaction for each batch.

    A batch is written when `size` observations wait, or `delay` seconds after the first of them came in.
    `submit` never blocks; it says when more than `bound` observations are not yet committed, and whoever
    submits is to pause until `is_full` is false again. After an error nothing more is written or taken.
    """

    def __init__(
        self,
        store: Store,
        run_id: int | None,
        on_written: Callable[[Sequence[Effect | None]], None] = lambda _effects: None,
        *,
        size: int = _SIZE,
        delay: float = _DELAY,
        bound: int = 5 * _SIZE,
    ) -> None:
        self._store, self._run_id, self._on_written = store, run_id, on_written
        self._size, self._delay, self._bound = size, delay, bound
        self._waiting: deque[Observation] = deque()
        self._in_hand = 0
        self._closing = False
        self._failure: BaseException | None = None
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, observation: Observation) -> bool:
        """Take an observation, at once; whether there is room for more.

        Raises the error that ended the writer, if one did: then the observation was not taken.
        """
        with self._changed:
            self._raise_failure()
            if self._closing:
                raise StoreError("the writer is closed: nothing more can be stored through it")
            self._waiting.append(observation)
            self._changed.notify_all()
            return not self.is_full

    @property
    def backlog(self) -> int:
        """How many observations were taken and are not committed yet."""
        return len(self._waiting) + self._in_hand

    @property
    def is_full(self) -> bool:
        """Whether to pause: there is more to be written than is good to hold in memory."""
        return self.backlog >= self._bound

    def close(self) -> None:
        """Write what waits, and end. Raises the first error there was; without one, all is committed."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._raise_failure()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except StoreError as failure:
            if error is None:
                raise
            error.add_note(f"besides, {failure}")  # what ended the block goes before it

    def _raise_failure(self) -> None:
        if isinstance(self._failure, StoreError):
            raise type(self._failure)(*self._failure.args) from self._failure
        if self._failure is not None:
            raise StoreError(f"the writer has stopped: {self._failure}") from self._failure

    def _run(self) -> None:
        try:
            while batch := self._next_batch():
                effects = self._store.write(batch, self._run_id)
                self._in_hand = 0
                self._on_written(effects)
        except BaseException as error:  # noqa: BLE001 whatever it is, it must reach whoever submits
            with self._changed:
                self._failure = error

    def _next_batch(self) -> list[Observation]:
        """The next observations, as soon as they are enough or have waited enough; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            self._changed.wait_for(self._is_enough, timeout=self._delay)
            batch = [self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))]
            self._in_hand = len(batch)
            return batch

    def _is_enough(self) -> bool:
        return len(self._waiting) >= self._size or self._closing
