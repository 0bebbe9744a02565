"""Importing, from inside: what no command line shows."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import ops.imports.batches
import ops.imports.importing
from archive.store import Store
from archive.store.observing import Prepared
from archive.store.values import ImportedFile
from crawler.normalizer.files.owners import Owners
from crawler.normalizer.files.treated import Treatment
from ops.imports import report as import_report
from ops.imports.batches import FileRead
from ops.imports.importing import Reading, import_files
from ops.imports.report import ImportReport, report_json
from ops.pool import WorkerLost
from ops.processors import usable_processors
from tests.new_store import new_store

Seed = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path / "archive.db") as store:
        yield store


def report_of(
    store: Store,
    paths: Sequence[Path],
    reading: Reading | None = None,
    on_progress: Callable[[Mapping[str, int]], None] = lambda counters: None,
) -> ImportReport:
    return import_files(
        store,
        [(path.name, path) for path in paths],
        log_to=lambda run_id: contextlib.nullcontext(),
        on_progress=on_progress,
        reading=reading,
    )


def run(store: Store, *paths: Path) -> dict[str, int]:
    return dict(report_of(store, paths).counters)


def test_files_imported_before_are_not_read_as_documents_again(
    store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [seed(f"{number}.txt", f"标题 {number}") for number in range(2)]
    paths.append(seed("other/0.txt", "标题 2"))
    assert [run(store, path)["new"] for path in paths] == [1, 1, 1]

    def refuse(name: str, data: bytes, owners: object) -> None:
        raise AssertionError(name)

    monkeypatch.setattr(ops.imports.batches, "read_imported", refuse)
    assert run(store, *paths)["unchanged"] == 3


def test_a_changed_file_is_imported_again(store: Store, seed: Seed) -> None:
    run(store, seed("a.txt", "alt"))
    assert run(store, seed("a.txt", "neu"))["stored"] == 1


def test_files_are_stored_in_batches_that_memory_can_hold(
    store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops.imports.batches, "_BATCH_BYTES", 25_000)
    written: list[int] = []
    write = Store.write_prepared

    def counting(self: Store, batch: list[Prepared], run_id: int) -> object:
        written.append(len(batch))
        return write(self, batch, run_id)

    monkeypatch.setattr(Store, "write_prepared", counting)
    run(store, *(seed(f"{number}.txt", f"标题 {number}", "x" * 10_000) for number in range(7)))
    assert written == [3, 3, 1]


def test_a_file_too_large_is_not_even_read(store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops.imports.batches, "_LARGEST", 1000)
    counters = run(store, seed("a.txt", body="x" * 1000))
    assert (counters["rejected:unreadable"], counters["bytes"]) == (1, 0)


def test_an_import_that_fails_is_in_the_ledger_as_crashed(
    store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops.imports.batches, "read_imported", lambda name, data, owners: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(store, seed("a.txt"))
    assert [(one.state, one.outcome) for one in store.runs()] == [("crashed", "crashed")]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops.imports.batches, "_BATCH_FILES", 4)


@pytest.mark.usefixtures("small_batches")
def test_other_processes_read_what_this_one_would(store: Store, seed: Seed, tmp_path: Path) -> None:
    paths = [seed(f"{number:02}.txt", f"标题 {number}") for number in range(30)]
    paths.append(tmp_path / "missing.txt")
    with Store.open(f"sqlite:///{tmp_path}/other.db") as other:
        here, there = report_of(other, paths), report_of(store, paths, Reading(jobs=2))
        assert (here.counters, here.findings) == (there.counters, there.findings)
        assert [one.speaker for one in other.holdings()] == [one.speaker for one in store.holdings()]
    assert there.counters["new"] == 30
    again = report_of(store, paths, Reading(jobs=2))
    assert (again.counters["unchanged"], again.counters["stored"]) == (30, 0)


def owners_that_end_their_process() -> Owners:
    os._exit(9)


def owners_of_everything() -> Owners:
    return Owners(lambda address: None, lambda link: ("declared", link))


@pytest.mark.usefixtures("small_batches")
def test_a_process_that_is_lost_ends_the_import_by_name(store: Store, seed: Seed) -> None:
    paths = [seed(f"{number}.txt", f"标题 {number}") for number in range(30)]
    with pytest.raises(WorkerLost, match="import again"):
        report_of(store, paths, Reading(2, owners_that_end_their_process))
    assert [one.state for one in store.runs()] == ["crashed"]
    assert run(store, *paths)["new"] == 30


@pytest.mark.usefixtures("small_batches")
@pytest.mark.timeout(20)
def test_one_of_two_processes_that_is_killed_ends_the_import(
    store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [seed(f"{number:02}.txt", f"标题 {number}") for number in range(40)]
    store_batch = ops.imports.importing._Import._store_batch
    readers: list[int] = []

    def killing(work: ops.imports.importing._Import, batch: list[FileRead]) -> None:
        store_batch(work, batch)
        if not readers:
            readers.extend(process.pid or 0 for process in multiprocessing.active_children())
            os.kill(readers[0], signal.SIGKILL)

    monkeypatch.setattr(ops.imports.importing._Import, "_store_batch", killing)
    with pytest.raises(WorkerLost, match="import again"):
        report_of(store, paths, Reading(2))
    assert len(readers) == 2
    assert multiprocessing.active_children() == []
    assert not any(Path(f"/proc/{reader}").exists() for reader in readers)
    (ended,) = store.runs()
    assert (ended.state, 0 < ended.counters["new"] < 40) == ("crashed", True)
    assert run(store, *paths)["new"] == 40 - ended.counters["new"]


@pytest.mark.usefixtures("small_batches")
def test_an_import_that_is_left_leaves_no_process(store: Store, seed: Seed) -> None:
    paths = [seed(f"{number:02}.txt", f"标题 {number}") for number in range(40)]

    def stop(counters: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        report_of(store, paths, Reading(2), stop)
    assert multiprocessing.active_children() == []
    assert [(one.state, one.counters["new"]) for one in store.runs()] == [("interrupted", 4)]


def test_files_of_one_name_from_several_folders_are_all_kept(store: Store, seed: Seed) -> None:
    first, second = seed("a/_posts/x.md", "甲"), seed("b/_posts/x.md", "乙")
    assert [run(store, path)["new"] for path in (first, second)] == [1, 1]
    files = {"x.md": first.read_bytes(), "_posts/x.md": second.read_bytes()}
    for path in (first, second, second, first):
        assert run(store, path)["unchanged"] == 1
        assert {name: store.imported_file(name) for name in store.imported_names()} == {
            name: ImportedFile(name, data) for name, data in files.items()
        }


def test_documents_get_the_identity_that_their_source_declares(store: Store, seed: Seed) -> None:
    path = seed("a.txt", body="<p>正文</p>\n\n<https://example/1>")
    for jobs in (1, 2):
        report_of(store, [path], Reading(jobs, owners_of_everything))
        assert store.find("a.txt")[0].found.source_id == "https://example/1"


def test_few_files_are_read_by_this_process_alone(
    store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def reading(batches: object, jobs: int, declared: object) -> Iterator[list[object]]:
        asked.append(jobs)
        yield from ()

    monkeypatch.setattr(ops.imports.importing, "read_in_order", reading)
    monkeypatch.setattr(ops.imports.importing, "_WORTH_PROCESSES", 2)
    for paths in ([seed("a.txt")], [seed("a.txt"), seed("b.txt")]):
        report_of(store, paths)
    assert asked == [1, usable_processors()]


def test_what_was_broken_is_told_by_kind_with_the_first_of_each(
    store: Store, seed: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_report, "EXAMPLES", 2)
    untitled = [seed(f"{number}.txt", "", f"<p>{number}</p>") for number in range(3)]
    report = report_of(store, [*untitled, *(tmp_path / f"no{number}" for number in range(3))])
    treated = report.findings.treated
    assert treated[Treatment.EMPTY_TITLE] == import_report.Treated(3, untitled[0])
    assert (report.read, report.not_read, len(report.findings.not_read)) == (3, 3, 2)
    told = report_json(report)
    assert told["treated"][0]["kind"] == "empty-title"
    assert told["not_read"]["reasons"] == {"unreadable": 3}


def test_a_saved_page_is_kept_and_does_not_leave(store: Store, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    text = "".join(f"<p>第{number}段：今年的订单比去年同期多出不少，公司说。</p>" for number in range(9))
    page.write_text(f"<title>公司订单增加</title><h1>公司订单增加</h1>{text}", encoding="utf-8")
    assert run(store, page)["new"] == 1
    (holding,) = store.holdings()
    assert (holding.imported, holding.name) == ((), "")
    file = store.imported_file("a.html")
    assert file is not None
    assert (file.data, file.leaves) == (page.read_bytes(), False)
    assert store.imported_file("b.html") is None
