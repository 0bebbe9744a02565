"""The batch writer: nothing taken is lost without a word."""

import threading
import time
from collections.abc import Sequence
from typing import cast

import pytest

from archive.errors import StoreError, StoreUnavailable
from archive.store import BatchWriter, Store
from archive.store.values import Effect, Observation
from tests.archive.store.samples import T0, capture, seen

NEW = Effect.NEW


def test_all_that_was_taken_is_stored_when_it_is_closed(store: Store) -> None:
    batches: list[Sequence[Effect | None]] = []
    run = store.start_run("finews", "cli", T0, "host", 1)
    with BatchWriter(store, run, batches.append, size=100) as writer:
        for n in range(950):
            writer.submit(seen(n))
    assert store.counts().documents == 950
    assert sum(map(len, batches)) == 950
    assert max(map(len, batches)) <= 100
    assert writer.backlog == 0


def test_a_few_are_written_without_waiting_for_more(store: Store) -> None:
    written = threading.Event()
    with BatchWriter(store, None, lambda _: written.set(), size=1000, delay=0.05) as writer:
        writer.submit(seen(1))
        assert written.wait(10)
        assert store.counts().documents == 1


def test_effects_are_told_after_the_commit_in_the_order_taken(store: Store) -> None:
    told: list[tuple[Sequence[Effect | None], int, str]] = []

    def on_written(effects: Sequence[Effect | None]) -> None:
        told.append((effects, store.counts().documents, threading.current_thread().name))

    with BatchWriter(store, None, on_written, delay=0.3) as writer:
        for observation in (seen(1), Observation(T0, captures=(capture(),)), seen(1), seen(2)):
            writer.submit(observation)
    assert told == [([NEW, None, Effect.UNCHANGED, NEW], 2, "store-writer")]


class _Held:
    """A store that writes only when let go, and fails if told so."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.error = error
        self.batches: list[int] = []

    def write(self, batch: Sequence[Observation], _run_id: int | None) -> list[Effect | None]:
        self.begun.set()
        assert self.go.wait(20)
        if self.error:
            raise self.error
        self.batches.append(len(batch))
        return [NEW] * len(batch)


def _writer(held: _Held, **options: int) -> BatchWriter:
    return BatchWriter(cast("Store", held), None, delay=0.01, **options)


def test_submitting_never_waits_but_says_when_to_pause() -> None:
    held = _Held()
    writer = _writer(held, size=2, bound=5)
    begun = time.monotonic()
    rooms = [writer.submit(seen(n)) for n in range(8)]
    assert time.monotonic() - begun < 5
    assert held.begun.wait(10)
    assert rooms == [True] * 4 + [False] * 4
    assert (writer.backlog, writer.is_full) == (8, True)
    held.go.set()
    writer.close()
    assert (writer.backlog, writer.is_full) == (0, False)
    assert sum(held.batches) == 8
    assert max(held.batches) == 2


def test_after_a_failure_nothing_more_is_taken() -> None:
    failure = StoreUnavailable("archive.db: disk full")
    held = _Held(failure)
    writer = _writer(held)
    writer.submit(seen(1))
    held.go.set()
    writer._thread.join(10)
    with pytest.raises(StoreUnavailable, match="disk full") as caught:
        writer.submit(seen(2))
    assert caught.value.__cause__ is failure
    with pytest.raises(StoreUnavailable, match="disk full"):
        writer.close()


def test_a_failure_while_closing_is_told() -> None:
    held = _Held(StoreUnavailable("archive.db: locked"))
    writer = _writer(held)
    writer.submit(seen(1))
    held.go.set()
    with pytest.raises(StoreUnavailable, match="locked"):
        writer.close()


def test_a_fault_of_the_program_is_told_too(store: Store) -> None:
    writer = BatchWriter(store, None)
    writer.submit(Observation(T0.replace(tzinfo=None), seen(1).document))
    with pytest.raises(StoreError, match="stopped: naive time"):
        writer.close()


def test_a_failing_listener_is_told(store: Store) -> None:
    def on_written(_effects: Sequence[Effect | None]) -> None:
        raise RuntimeError("listener")

    writer = BatchWriter(store, None, on_written)
    writer.submit(seen(1))
    with pytest.raises(StoreError, match="listener"):
        writer.close()
    assert store.counts().documents == 1


def test_after_closing_nothing_is_taken_and_closing_again_is_harmless(store: Store) -> None:
    writer = BatchWriter(store, None)
    writer.close()
    writer.close()
    with pytest.raises(StoreError, match="closed"):
        writer.submit(seen(1))


def test_an_error_of_the_crawl_is_not_hidden_by_one_of_the_writer() -> None:
    held = _Held(StoreUnavailable("archive.db: locked"))
    held.go.set()

    def crawl() -> None:
        with _writer(held) as writer:
            writer.submit(seen(1))
            raise KeyError("of the crawl")

    with pytest.raises(KeyError, match="of the crawl") as caught:
        crawl()
    assert caught.value.__notes__ == ["besides, archive.db: locked"]
