"""Importing, from inside: what no command line shows."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ops.import_batches
from archive.store import Store
from archive.store.observing import Prepared
from ops.importing import import_files

Seed = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/archive.db") as store:
        yield store


def run(store: Store, *paths: Path) -> dict[str, int]:
    report = import_files(
        store,
        [(path.name, path) for path in paths],
        log_to=lambda run_id: contextlib.nullcontext(),
        on_progress=lambda counters: None,
    )
    return dict(report.counters)


def test_files_imported_before_are_not_read_as_documents_again(
    store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [seed(f"{number}.txt", f"标题 {number}") for number in range(3)]
    assert run(store, *paths)["new"] == 3

    def refuse(name: str, data: bytes, owners: object) -> None:
        raise AssertionError(name)

    monkeypatch.setattr(ops.import_batches, "read_imported", refuse)
    assert run(store, *paths)["unchanged"] == 3


def test_a_changed_file_is_imported_again(store: Store, seed: Seed) -> None:
    run(store, seed("a.txt", "alt"))
    assert run(store, seed("a.txt", "neu"))["stored"] == 1


def test_files_are_stored_in_batches_that_memory_can_hold(
    store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops.import_batches, "_BATCH_BYTES", 25_000)
    written: list[int] = []
    write = Store.write_prepared

    def counting(self: Store, batch: list[Prepared], run_id: int) -> object:
        written.append(len(batch))
        return write(self, batch, run_id)

    monkeypatch.setattr(Store, "write_prepared", counting)
    run(store, *(seed(f"{number}.txt", f"标题 {number}", "x" * 10_000) for number in range(7)))
    assert written == [3, 3, 1]


def test_a_file_too_large_is_not_even_read(store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops.import_batches, "_LARGEST", 1000)
    counters = run(store, seed("a.txt", body="x" * 1000))
    assert (counters["rejected:unreadable"], counters["bytes"]) == (1, 0)


def test_an_import_that_fails_is_in_the_ledger_as_crashed(
    store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops.import_batches, "read_imported", lambda name, data, owners: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(store, seed("a.txt"))
    assert [(one.state, one.outcome) for one in store.runs()] == [("crashed", "crashed")]
