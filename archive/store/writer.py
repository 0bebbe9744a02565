"""Writing in batches, off the thread that crawls."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from threading import Condition, Thread
from types import TracebackType
from typing import Protocol, Self

from archive.errors import ArchiveError, StoreError, StoreUnavailable
from archive.store.store import Store
from archive.store.values import Answer, Capture, Effect, Lease, Observation


class Keeper(Protocol):
    """Keeps answers where they outlast a power cut, before what was learned from them is stored."""

    def keep(self, answers: Sequence[Answer]) -> Sequence[Capture]:
        """Keep the answers; a capture for each, in their order."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much waits, and for how long."""

    size: int = 200
    """Observations in a batch, at most."""
    delay: float = 0.5
    """Seconds that the first observation of a batch waits for others."""
    bound: int = 1000
    """Observations not committed yet from which on whoever submits is to pause."""
    most_bytes: int = 64 << 20
    """The same for the bytes of their answers' bodies."""


_USUAL = Limits()


class BatchWriter:
    """Takes observations from one thread and stores them from its own, a transaction for each batch.

    A batch is written when `limits.size` observations wait, or `limits.delay` seconds after the first of
    them came in. `submit` never blocks; it says when more is not yet committed than `limits` allow, and
    whoever submits is to pause until `is_full` is false again. After an error nothing more is written or
    taken.

    With a keeper the answers of a batch become captures first, and go into the store as these; without one
    they are dropped. With a lease a batch is stored only while this run has it.
    """

    def __init__(
        self,
        store: Store,
        run_id: int | None,
        on_written: Callable[[Sequence[Effect | None]], None] = lambda _effects: None,
        *,
        keeper: Keeper | None = None,
        lease: Lease | None = None,
        limits: Limits = _USUAL,
    ) -> None:
        self._store, self._run_id, self._on_written = store, run_id, on_written
        self._keeper, self._lease, self._limits = keeper, lease, limits
        self._waiting: deque[Observation] = deque()
        self._in_hand = 0
        self._bytes_waiting = self._bytes_in_hand = 0
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
            self._bytes_waiting += _bytes_of(observation)
            self._changed.notify_all()
            return not self.is_full

    @property
    def backlog(self) -> int:
        """How many observations were taken and are not committed yet."""
        return len(self._waiting) + self._in_hand

    @property
    def is_full(self) -> bool:
        """Whether to pause: there is more to be written than is good to hold in memory.

        Never after a failure: `submit` is to tell of it.
        """
        if self._failure is not None:
            return False
        bytes_held = self._bytes_waiting + self._bytes_in_hand
        return self.backlog >= self._limits.bound or bytes_held > self._limits.most_bytes

    @property
    def has_ended(self) -> bool:
        """Whether nothing is being written any more."""
        return not self._thread.is_alive()

    def close(self, patience: float | None = None) -> None:
        """Write what waits, and end. Raises the first error there was; without one, all is committed.

        With a `patience` (seconds) raises `StoreUnavailable` where the store takes longer, and leaves the
        thread to end with the process: what it may still commit is whole.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(patience)
        if self._thread.is_alive():
            raise StoreUnavailable(f"{self._store.url_shown}: does not take what was read last")
        self._raise_failure()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except ArchiveError as failure:
            if error is None:
                raise
            error.add_note(f"besides, {failure}")  # what ended the block goes before it

    def _raise_failure(self) -> None:
        if isinstance(self._failure, ArchiveError):
            raise type(self._failure)(*self._failure.args) from self._failure
        if self._failure is not None:
            raise StoreError(f"the writer has stopped: {self._failure}") from self._failure

    def _run(self) -> None:
        try:
            while batch := self._next_batch():
                effects = self._write(batch)
                batch.clear()  # bodies are large: they need not wait for the next batch
                self._in_hand = self._bytes_in_hand = 0
                self._on_written(effects)
        except BaseException as error:  # noqa: BLE001 whatever it is, it must reach whoever submits
            with self._changed:
                self._failure = error

    def _write(self, batch: Sequence[Observation]) -> Sequence[Effect | None]:
        kept = _with_captures(batch, self._keeper) if self._keeper else batch
        return self._store.write(kept, self._run_id, self._lease)

    def _next_batch(self) -> list[Observation]:
        """The next observations, as soon as they are enough or have waited enough; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            self._changed.wait_for(self._is_enough, timeout=self._limits.delay)
            batch = [self._waiting.popleft() for _ in range(min(self._limits.size, len(self._waiting)))]
            self._in_hand = len(batch)
            self._bytes_in_hand = sum(map(_bytes_of, batch))
            self._bytes_waiting -= self._bytes_in_hand
            return batch

    def _is_enough(self) -> bool:
        too_large = self._bytes_waiting > self._limits.most_bytes
        return len(self._waiting) >= self._limits.size or too_large or self._closing


def _with_captures(batch: Sequence[Observation], keeper: Keeper) -> list[Observation]:
    """The observations with their answers kept: captures stand in the place of these."""
    captures = iter(keeper.keep([answer for one in batch for answer in one.answers]))
    return [
        replace(one, answers=(), captures=(*one.captures, *islice(captures, len(one.answers))))
        for one in batch
    ]


def _bytes_of(observation: Observation) -> int:
    return sum(len(answer.body) for answer in observation.answers)
