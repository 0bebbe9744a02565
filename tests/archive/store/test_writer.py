"""The batch writer: nothing taken is lost without a word."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from archive.errors import ArchiveError, LeaseLost, SourceBusy, StoreError, StoreUnavailable
from archive.store import BatchWriter, Store
from archive.store.values import Answer, Capture, Effect, Lease, Observation, RecordType, Rejection
from archive.store.writer import Limits
from archive.warc import WarcFiles
from tests.archive.store.samples import T0, capture, later, seen

NEW = Effect.NEW


def test_all_that_was_taken_is_stored_when_it_is_closed(store: Store) -> None:
    batches: list[Sequence[Effect | None]] = []
    run = store.start_run("finews", "cli", T0, "host", 1)
    with BatchWriter(store, run, batches.append, limits=Limits(size=100)) as writer:
        for n in range(950):
            writer.submit(seen(n))
    assert store.counts().documents == 950
    assert sum(map(len, batches)) == 950
    assert max(map(len, batches)) <= 100
    assert writer.backlog == 0


def test_a_few_are_written_without_waiting_for_more(store: Store) -> None:
    written = threading.Event()
    with BatchWriter(store, None, lambda _: written.set(), limits=Limits(1000, 0.05)) as writer:
        writer.submit(seen(1))
        assert written.wait(10)
        assert store.counts().documents == 1


def test_effects_are_told_after_the_commit_in_the_order_taken(store: Store) -> None:
    told: list[tuple[Sequence[Effect | None], int, str]] = []

    def on_written(effects: Sequence[Effect | None]) -> None:
        told.append((effects, store.counts().documents, threading.current_thread().name))

    with BatchWriter(store, None, on_written, limits=Limits(delay=0.3)) as writer:
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
        self.leases: list[Lease | None] = []

    def write(
        self, batch: Sequence[Observation], _run_id: int | None, lease: Lease | None
    ) -> list[Effect | None]:
        self.begun.set()
        self.leases.append(lease)
        assert self.go.wait(20)
        if self.error:
            raise self.error
        self.batches.append(len(batch))
        return [NEW] * len(batch)


def _writer(held: _Held, lease: Lease | None = None, **limits: Any) -> BatchWriter:
    return BatchWriter(cast("Store", held), None, lease=lease, limits=Limits(**{"delay": 0.01} | limits))


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


def _answer(number: int, body: bytes = b"<p>body</p>") -> Answer:
    address = f"https://finews.example/{number}.html"
    return Answer(address, later(number), 200, "OK", (("ETag", f'"{number}"'),), body)


def test_answers_become_captures_of_their_own_observation(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[Observation] = []
    write = store.write
    monkeypatch.setattr(store, "write", lambda batch, *rest: stored.extend(batch) or write(batch, *rest))
    of_a_page = Rejection("https://finews.example/4.html", "parse", "no_body")
    with WarcFiles(tmp_path, store, "finews") as files, BatchWriter(store, None, keeper=files) as writer:
        writer.submit(replace(seen(1), answers=(_answer(1), _answer(2, b"other")), captures=(capture(),)))
        writer.submit(seen(2))
        writer.submit(Observation(T0, answers=(_answer(3), _answer(4)), rejection=of_a_page))
    assert [(len(one.answers), len(one.captures)) for one in stored] == [(0, 3), (0, 0), (0, 2)]
    kept = [store.captures(_answer(number).address)[0] for number in range(1, 5)]
    assert store.captures(capture().address)[-1] == capture(), "it came with one besides"
    assert [one.etag for one in kept] == ['"1"', '"2"', '"3"', '"4"']
    assert [one.record for one in kept] == [RecordType.RESPONSE] * 2 + [RecordType.REVISIT] * 2
    assert store.rejections()[0].capture == kept[3]
    (file,) = store.warc_files("finews")
    assert file.length == (tmp_path / file.name).stat().st_size


def test_without_a_keeper_answers_are_dropped(store: Store) -> None:
    with BatchWriter(store, None) as writer:
        writer.submit(Observation(T0, answers=(_answer(1),), captures=(capture(),)))
    assert store.captures(_answer(1).address) == [capture()]


class _FailingKeeper:
    """A keeper that has no room."""

    def keep(self, _answers: Sequence[Answer]) -> Sequence[Capture]:
        raise StoreUnavailable("x.warc.gz: disk full")


def test_nothing_is_stored_whose_answers_could_not_be_kept(store: Store) -> None:
    writer = BatchWriter(store, None, keeper=_FailingKeeper())
    writer.submit(replace(seen(1), answers=(_answer(1),)))
    with pytest.raises(StoreUnavailable, match=r"x\.warc\.gz: disk full"):
        writer.close()
    assert store.counts().documents == 0


LEASE = Lease("finews", "token", 1, "host", 1, T0, 0.0)


def test_a_batch_is_stored_under_the_lease() -> None:
    held = _Held()
    held.go.set()
    with _writer(held, LEASE) as writer:
        writer.submit(seen(1))
    assert held.leases == [LEASE]


@pytest.mark.parametrize("error", [SourceBusy("finews is being crawled already"), LeaseLost("taken over")])
def test_that_another_run_has_the_source_is_told_as_what_it_is(error: ArchiveError) -> None:
    held = _Held(error)
    held.go.set()
    writer = _writer(held, LEASE)
    writer.submit(seen(1))
    with pytest.raises(type(error), match=str(error)) as caught:
        writer.close()
    assert type(caught.value) is type(error)
    with pytest.raises(type(error)):
        writer.submit(seen(2))
    with pytest.raises(KeyError) as of_the_block, writer:
        raise KeyError("of the crawl")
    assert of_the_block.value.__notes__ == [f"besides, {error}"]


def test_it_says_when_to_pause_by_the_bytes_in_hand_too() -> None:
    held = _Held()
    writer = _writer(held, delay=60, most_bytes=100)
    assert writer.submit(Observation(T0, answers=(_answer(1, b"x" * 60),)))
    assert not writer.submit(Observation(T0, answers=(_answer(2, b"x" * 40), _answer(2, b"x"))))
    assert held.begun.wait(10), "too many bytes are reason enough to write"
    assert writer.is_full, "they are in hand until they are committed"
    held.go.set()
    deadline = time.monotonic() + 10
    while writer.is_full and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (held.batches, writer.is_full) == ([2], False), "whoever pauses would wait for ever"
    writer.close()
