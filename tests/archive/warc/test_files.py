"""Answers kept in WARC files: each found again where its capture says, and nothing between them."""

import errno
import os
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.errors import LeaseLost, StoreUnavailable
from archive.store import Store
from archive.store.values import Capture, RecordType, Truncated, WarcFile
from archive.warc import read_record
from archive.warc.records import record_id
from tests.archive.warc.answers import T0, answer, committed, not_modified
from tests.archive.warc.conftest import OpenFiles

ROOT = Path(__file__).parents[3]
WARCIO = Path(sys.executable).with_name("warcio")
FIRST = "finews-20240501T080000Z-00000.warc.gz"


def warcio(command: str, *arguments: str | Path) -> list[str]:
    done = subprocess.run([WARCIO, command, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def positions(path: Path) -> list[tuple[int, int, str]]:
    with path.open("rb") as file:
        records = ArchiveIterator(file, check_digests="raise")
        return [
            (records.get_record_offset(), records.get_record_length(), record.rec_type) for record in records
        ]


def places(captures: Sequence[Capture]) -> list[tuple[int | None, int | None, str]]:
    return [(one.warc_offset, one.warc_length, one.record.value) for one in captures]


def entry(store: Store, name: str = FIRST) -> WarcFile:
    return next(file for file in store.warc_files("finews") if file.name == name)


def test_what_is_kept_is_found_by_warcio_and_by_its_position(
    store: Store, folder: Path, open_files: OpenFiles
) -> None:
    answers = [answer(n, b"%d" % n * 1000) for n in range(5)] + [answer(9, b"0" * 1000), not_modified(3)]
    captures = committed(store, open_files().keep(answers))
    assert [capture.payload_bytes for capture in captures] == [1000] * 6 + [0]
    assert (captures[1].etag, captures[1].last_modified, captures[1].status) == ('"1"', "Wed", 200)
    head = entry(store).head_length
    assert positions(folder / FIRST) == [(0, head, "warcinfo"), *places(captures)]
    assert warcio("check", folder / FIRST) == []
    assert len(warcio("index", "--fields", "offset,warc-type", folder / FIRST)) == 8
    for one, capture in zip(answers[:5], captures, strict=False):
        record = read_record(folder, capture)
        assert record.payload == one.body
        assert record.status_line == "HTTP/1.1 200 OK"
        assert record.http_headers == (*one.headers, ("Content-Length", "1000"))
        assert record.header("warc-record-id") == record_id(capture)


def test_a_payload_that_is_known_is_kept_once(store: Store, folder: Path, open_files: OpenFiles) -> None:
    files = open_files()
    first, inside, third, checked = committed(
        store, files.keep([answer(1, b"same"), answer(2, b"same", at=1), answer(5, b"same"), not_modified(2)])
    )
    (after,) = files.keep([answer(3, b"same", at=2)])
    (elsewhere,) = open_files("cinic").keep([answer(4, b"same", at=3)])
    assert first.record is RecordType.RESPONSE
    for again in (inside, third, checked, after, elsewhere):
        record = read_record(folder, again)
        assert again.record is RecordType.REVISIT
        assert again is checked or again.payload_digest == first.payload_digest
        assert (record.header("WARC-Type"), record.payload) == ("revisit", b"")
        assert record.header("WARC-Refers-To-Target-URI") == first.address
        assert record.header("WARC-Refers-To-Date") == read_record(folder, first).header("WARC-Date")
        assert record.header("WARC-Refers-To") == read_record(folder, first).header("WARC-Record-ID")


def test_nothing_refers_to_a_payload_that_is_not_whole_or_empty(store: Store, open_files: OpenFiles) -> None:
    files = open_files()
    part = answer(1, b"part", truncated=Truncated.DISCONNECT)
    captures = files.keep([part, answer(2, b"part"), part, answer(3, b""), answer(4, b"")])
    committed(store, captures)
    captures += files.keep([part, answer(5, b"")])
    assert {one.record for one in captures} == {RecordType.RESPONSE}
    assert captures[0].truncated is Truncated.DISCONNECT


def test_not_modified_refers_to_the_newest_payload_of_its_address(
    store: Store, folder: Path, open_files: OpenFiles
) -> None:
    files = open_files()
    old, new, other = committed(
        store, files.keep([answer(1, b"old"), answer(1, b"new", at=1), answer(2, b"old", at=2)])
    )
    assert other.record is RecordType.REVISIT
    plain, through = committed(store, files.keep([not_modified(1, at=3), not_modified(2, at=4)]))
    newer, inside = files.keep([answer(1, b"newer", at=5), not_modified(1, at=6)])
    for one, original in ((plain, new), (through, old), (inside, newer)):
        record = read_record(folder, one)
        assert (one.record, record.payload) == (RecordType.REVISIT, b"")
        assert record.header("WARC-Refers-To") == record_id(original)


def test_not_modified_without_a_payload_to_refer_to_is_kept_as_it_came(
    folder: Path, open_files: OpenFiles
) -> None:
    (capture,) = open_files().keep([not_modified()])
    assert capture.record is RecordType.RESPONSE
    assert read_record(folder, capture).status_line == "HTTP/1.1 304 Not Modified"


def test_a_full_file_is_followed_by_another(store: Store, folder: Path, open_files: OpenFiles) -> None:
    files = open_files(most_bytes=2000)
    captures: list[Capture] = []
    for begin in (0, 7):
        captures += committed(store, files.keep([answer(begin + n, os.urandom(400)) for n in range(7)]))
    files.keep([])
    by_name = {
        name: [one for one in captures if one.warc_file == name]
        for name in dict.fromkeys(one.warc_file for one in captures)
    }
    assert len(by_name) > 3
    assert list(by_name) == sorted(path.name for path in folder.iterdir())
    for file in store.warc_files("finews"):
        kept = by_name[file.name]
        assert positions(folder / file.name) == [(0, file.head_length, "warcinfo"), *places(kept)]
        assert (kept[-1].warc_offset or 0) < 2000
        assert file.length == (folder / file.name).stat().st_size
        assert file.sealed == (file.length >= 2000)
        for one, following in pairwise(kept):
            assert (one.warc_offset or 0) + (one.warc_length or 0) == following.warc_offset
    assert all(read_record(folder, one).payload for one in captures)


def test_a_file_takes_a_record_however_small_the_limit(open_files: OpenFiles) -> None:
    captures = open_files(most_bytes=1).keep([answer(1), answer(2), answer(3)])
    assert [one.warc_file[-13:] for one in captures] == ["00000.warc.gz", "00001.warc.gz", "00002.warc.gz"]


def test_what_was_not_stored_is_gone_before_more_is_kept(
    store: Store, folder: Path, open_files: OpenFiles
) -> None:
    files = open_files(most_bytes=3000)
    before = committed(store, files.keep([answer(1)]))
    files.keep([answer(n, os.urandom(1000)) for n in range(2, 9)])  # into several files, and never stored
    after = committed(store, files.keep([answer(9), answer(1, at=1)]))
    assert {one.warc_file for one in after} == {FIRST}
    assert positions(folder / FIRST)[1:] == places([*before, *after])
    assert read_record(folder, after[0]).payload == answer(9).body


def test_the_next_run_writes_on_in_the_same_file(store: Store, folder: Path, open_files: OpenFiles) -> None:
    files = open_files()
    captures = [*committed(store, files.keep([answer(1)]))]
    files.keep([answer(2)])
    files.close()
    assert not entry(store).sealed
    following = open_files()
    assert following.recover() == []
    captures += committed(store, following.keep([answer(3)]))
    assert [path.name for path in folder.iterdir()] == [FIRST]
    assert positions(folder / FIRST)[1:] == places(captures)


def numbered(serial: int) -> str:
    return FIRST.replace("00000.", f"{serial:05}.")


def test_a_new_file_takes_no_name_that_ledger_or_folder_have(
    store: Store, folder: Path, open_files: OpenFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[str] = []
    enter = store.enter_warc
    monkeypatch.setattr(store, "enter_warc", lambda file: entered.append(file.name) or enter(file))
    store.enter_warc(WarcFile(FIRST, "finews", 1, 1, "0" * 64, sealed=True))
    (folder / numbered(1)).write_bytes(b"a stranger")
    (folder / numbered(2)).symlink_to("nowhere")
    (capture,) = open_files().keep([answer()])
    assert capture.warc_file == numbered(3)
    assert entered == [FIRST, FIRST, numbered(3)], "a stranger's name is not even entered"
    assert (folder / numbered(1)).read_bytes() == b"a stranger"
    monkeypatch.setattr(os.path, "lexists", lambda _: False)  # it came between the look and the making
    (capture,) = open_files().keep([answer(2)])
    assert capture.warc_file == numbered(4)
    assert [file.name for file in store.warc_files("finews")] == [FIRST, numbered(3), numbered(4)]


def test_naive_times_are_refused(open_files: OpenFiles) -> None:
    with pytest.raises(ValueError, match="naive time"):
        open_files().keep([answer(fetched_at=T0.replace(tzinfo=None))])


def test_two_processes_never_write_to_one_file(
    database: str, store: Store, folder: Path, open_files: OpenFiles
) -> None:
    committed(store, open_files().keep([answer(1)]))  # held, as by a run that has lost its lease
    script = (
        "import sys; from pathlib import Path\n"
        "from archive.store import Store\n"
        "from archive.warc import WarcFiles\n"
        "from tests.archive.warc.answers import answer, committed\n"
        "with Store.open(sys.argv[1]) as store, WarcFiles(Path(sys.argv[2]), store, 'finews') as files:\n"
        "    print(files.recover())\n"
        "    print(committed(store, files.keep([answer(2)]))[0].warc_file)\n"
    )
    before = (folder / FIRST).read_bytes()
    command: list[str | Path] = [sys.executable, "-c", script, database, folder]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    said, name = done.stdout.splitlines()
    assert "another process has it open" in said
    assert name == numbered(1)
    assert (folder / FIRST).read_bytes() == before


def test_a_run_whose_file_was_taken_over_writes_no_more(
    store: Store, folder: Path, open_files: OpenFiles
) -> None:
    files = open_files()
    committed(store, files.keep([answer(1)]))
    store.seal_warc(FIRST)
    size = (folder / FIRST).stat().st_size
    with pytest.raises(LeaseLost, match=rf"{FIRST}: another run has taken it over"):
        files.keep([answer(2)])
    assert (folder / FIRST).stat().st_size == size


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "disk full; free some space"),
        (errno.EDQUOT, "disk full; free some space"),
        (errno.EROFS, "cannot be written; give this program the right"),
        (errno.EIO, "the disk fails to read or write"),
        (errno.ENOLINK, r"cannot be used \(Link has been severed\)"),
    ],
)
def test_a_failing_disk_is_told_and_what_was_written_taken_back(
    store: Store,
    folder: Path,
    open_files: OpenFiles,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    told: str,
) -> None:
    files = open_files()
    before = committed(store, files.keep([answer(1)]))
    whole = (folder / FIRST).read_bytes()
    room = iter([300, 10])
    write = os.pwrite

    def partial(descriptor: int, data: memoryview, offset: int) -> int:
        if not (size := next(room, 0)):
            raise OSError(number, os.strerror(number))
        return write(descriptor, data[:size], offset)

    with monkeypatch.context() as failing:
        failing.setattr(os, "pwrite", partial)
        with pytest.raises(StoreUnavailable, match=rf"{FIRST}: {told}"):
            files.keep([answer(2), answer(3)])
    assert (folder / FIRST).read_bytes() == whole
    after = committed(store, files.keep([answer(4)]))
    assert positions(folder / FIRST)[1:] == places([*before, *after])


def test_a_limit_on_the_size_of_files_is_told(store: Store, folder: Path, open_files: OpenFiles) -> None:
    files = open_files()
    committed(store, files.keep([answer(1)]))
    size = (folder / FIRST).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, hard))
    try:
        with pytest.raises(StoreUnavailable, match="no file may be larger here"):
            files.keep([answer(2), answer(3, os.urandom(5_000_000))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (folder / FIRST).stat().st_size == size


def test_a_folder_that_is_not_there_is_told_before_anything_is_given_up(
    store: Store, folder: Path, open_files: OpenFiles
) -> None:
    files = open_files()
    committed(store, files.keep([answer(1)]))
    files.close()
    folder.rename(folder.with_name("away"))
    with pytest.raises(StoreUnavailable, match=f"{folder}: missing; make the folder"):
        open_files().recover()
    assert not entry(store).sealed
    with pytest.raises(StoreUnavailable, match="missing; make the folder"):
        open_files().keep([answer(2)])
    folder.write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="no folder"):
        open_files().recover()


def test_a_file_that_somebody_removes_or_shortens_takes_nothing_more(
    store: Store, folder: Path, open_files: OpenFiles
) -> None:
    files = open_files()
    committed(store, files.keep([answer(1)]))
    os.truncate(folder / FIRST, 600)
    with pytest.raises(StoreUnavailable, match="shortened by another program"):
        files.keep([answer(2)])
    (folder / FIRST).unlink()
    fresh = open_files("cinic")
    captures = committed(store, fresh.keep([answer(3)]))
    (folder / captures[0].warc_file).unlink()
    with pytest.raises(StoreUnavailable, match="was removed while it was written"):
        fresh.keep([answer(4)])


def test_memory_holds_one_record_at_a_time(open_files: OpenFiles) -> None:
    answers = [answer(n, os.urandom(1_000_000)) for n in range(12)]
    files = open_files()
    tracemalloc.start()
    try:
        files.keep(answers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000
