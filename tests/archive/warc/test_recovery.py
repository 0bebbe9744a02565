"""WARC files after a kill, at whatever instant, and after a second one while they are taken up again."""

import fcntl
import itertools
import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from archive.store import Store
from archive.store.values import WarcFile
from archive.warc import WarcFiles, read_record
from archive.warc.recovery import Condition, condition_of
from tests.archive.warc.answers import answer, committed
from tests.archive.warc.conftest import OpenFiles

FIRST = "finews-20240501T080000Z-00000.warc.gz"
SYSTEM_CALLS = ((os, "open pwrite ftruncate fsync unlink".split()), (fcntl, ["flock"]))
COMMITS = "enter_warc seal_warc drop_warc write".split()
MOST_BYTES = 2000


def killed_after(steps: int, act: Callable[[], object]) -> bool:
    """Whether `act` came to its end after all. It runs in a process of its own, a fork of this one."""
    child = os.fork()
    if child == 0:
        try:
            _kill_this_process_after(steps)
            act()
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, -signal.SIGKILL}
    return code == 0


def _kill_this_process_after(steps: int) -> None:
    left = itertools.count(steps, -1)

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def doing(*arguments: Any, **named: Any) -> Any:
            if next(left) == 0:
                if act.__name__ == "pwrite":  # killed in the middle of it
                    act(arguments[0], bytes(arguments[1])[:100], arguments[2])
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*arguments, **named)

        return doing

    for owner, names in (*SYSTEM_CALLS, (Store, COMMITS)):
        for name in names:
            setattr(owner, name, counted(getattr(owner, name)))


def run_once(database: str, folder: Path, numbers: range) -> None:
    """What a run does: take up what is there, and keep and store answers, two at a time."""
    with Store.open(database) as store, WarcFiles(folder, store, "finews", most_bytes=MOST_BYTES) as files:
        files.recover()
        for number in numbers:
            answers = [answer(number, b"%d" % number * 500), answer(number, b"x" * number, at=1)]
            committed(store, files.keep(answers))


def recovered(database: str, folder: Path) -> tuple[list[str], dict[str, bytes], list[WarcFile]]:
    """What recovery says, and what there is after it: the files' bytes and the ledger."""
    with Store.open(database) as store, WarcFiles(folder, store, "finews", most_bytes=MOST_BYTES) as files:
        return files.recover(), bytes_of(folder), store.warc_files("finews")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def copied(tmp_path: Path, name: str) -> tuple[str, Path]:
    """The store and the folder as they are now, elsewhere."""
    (tmp_path / name).mkdir()
    for part in tmp_path.glob("archive.db*"):  # with what is in its write-ahead log alone
        shutil.copyfile(part, tmp_path / name / part.name)
    shutil.copytree(tmp_path / "warc", tmp_path / name / "warc")
    return f"sqlite:///{tmp_path / name / 'archive.db'}", tmp_path / name / "warc"


def test_a_run_killed_before_any_step_leaves_nothing_but_what_is_committed(
    database: str, folder: Path, tmp_path: Path
) -> None:
    run_once(database, folder, range(3))
    begun = bytes_of(folder)
    for steps in itertools.count():
        there, files = copied(tmp_path, str(steps))
        finished = killed_after(steps, partial(run_once, there, files, range(3, 6)))
        lines, contents, ledger = recovered(there, files)
        assert lines == []
        assert {name: len(data) for name, data in contents.items()} == {
            one.name: one.length for one in ledger
        }
        assert sum(not one.sealed for one in ledger) <= 1
        assert all(contents[name].startswith(data) for name, data in begun.items())
        run_once(there, files, range(7, 8))
        with Store.open(there) as store:
            kept = [one for number in range(8) for one in store.captures(answer(number).address)]
            length = sum(one.length - one.head_length for one in store.warc_files())
        assert all(read_record(files, one).header("WARC-Target-URI") == one.address for one in kept)
        assert sum(one.warc_length or 0 for one in kept) == length
        assert len(kept) % 2 == 0
        if finished:
            break
    assert len(kept) == 14
    assert steps > 20


@pytest.fixture
def left(store: Store, folder: Path, open_files: OpenFiles) -> dict[str, str]:
    """All that runs may leave behind at their worst: the names of the files."""

    def kept(number: int, size: int = 300, source: str = "finews") -> str:
        with open_files(source) as files:
            return committed(store, files.keep([answer(number, os.urandom(size), at=number)]))[0].warc_file

    def begun(number: int) -> str:
        with open_files() as files:
            return files._begin(answer(at=number).fetched_at)

    names = {
        "full": kept(0, MOST_BYTES),
        "sound": kept(1),
        "second": kept(2),
        "short": kept(3),
        "gone": kept(4),
        "foreign": kept(5),
        "unmade": begun(6),
        "half made": begun(7),
        "empty": begun(8),
        "sealed": kept(9),
        "of another source": kept(10, source="cinic"),
    }
    for name in ("sound", "second", "sealed", "of another source"):
        with (folder / names[name]).open("ab") as file:
            file.write(b"never committed")
    os.truncate(folder / names["short"], (folder / names["short"]).stat().st_size - 1)
    for name in ("gone", "unmade"):
        (folder / names[name]).unlink()
    (folder / names["foreign"]).write_bytes(bytes(2000))
    os.truncate(folder / names["half made"], 100)
    (folder / names["empty"]).write_bytes(bytes((folder / names["empty"]).stat().st_size))
    store.seal_warc(names["sealed"])
    (folder / "finews-20990101T000000Z-00000.warc.gz").write_bytes(b"unknown to the store")
    return names


def test_recovery_cuts_what_was_not_committed_and_touches_nothing_else(
    database: str, store: Store, folder: Path, left: dict[str, str]
) -> None:
    before, entries = bytes_of(folder), store.warc_files("finews")
    lines, after, ledger = recovered(database, folder)
    cut = {left[name]: before[left[name]][: -len(b"never committed")] for name in ("sound", "second")}
    removed = (left["half made"], left["empty"])
    assert after == {name: data for name, data in before.items() if name not in removed} | cut
    taken_out = (left["unmade"], *removed)
    assert [one.name for one in ledger] == [one.name for one in entries if one.name not in taken_out]
    assert [one.name for one in ledger if not one.sealed] == [left["sound"]]
    assert lines == [
        f"{folder / left['short']}: shorter than what the store has of it; restore a copy of it",
        f"{folder / left['gone']}: missing, though the store has captures in it; restore a copy of it",
        f"{folder / left['foreign']}: does not begin as it was begun; restore a copy of it",
    ]
    assert recovered(database, folder) == ([], after, ledger)


def test_recovery_killed_before_any_step_and_done_again_ends_the_same(
    folder: Path, left: dict[str, str], tmp_path: Path
) -> None:
    _, *once = recovered(*copied(tmp_path, "once"))
    for steps in itertools.count():
        there, files = copied(tmp_path, str(steps))
        finished = killed_after(steps, partial(recovered, there, files))
        assert list(recovered(there, files)[1:]) == once
        if finished:
            break
    assert steps > 30


def test_recovery_leaves_a_file_that_is_held_to_its_holder(
    store: Store, folder: Path, open_files: OpenFiles
) -> None:
    holder = open_files()
    committed(store, holder.keep([answer(1)]))
    holder.keep([answer(2)])
    before = (folder / FIRST).read_bytes()
    said = f"{folder / FIRST}: another process has it open; left to that one"
    assert open_files().recover() == [said]
    assert (folder / FIRST).read_bytes() == before
    holder.close()
    assert open_files().recover() == []
    assert len((folder / FIRST).read_bytes()) < len(before)


def test_recovery_may_be_done_again_by_the_same_run(
    store: Store, folder: Path, open_files: OpenFiles
) -> None:
    files = open_files()
    committed(store, files.keep([answer(1)]))
    assert files.recover() == files.recover() == []
    committed(store, files.keep([answer(2)]))
    assert [path.name for path in folder.iterdir()] == [FIRST]


HEAD_ONLY = WarcFile(FIRST, "finews", 490, 490, "right", sealed=False)
WITH_CAPTURES = WarcFile(FIRST, "finews", 2000, 490, "right", sealed=False)


@pytest.mark.parametrize(
    ("file", "size", "head", "condition"),
    [
        (HEAD_ONLY, None, "", Condition.UNMADE),
        (HEAD_ONLY, 0, "wrong", Condition.UNMADE),
        (HEAD_ONLY, 490, "wrong", Condition.UNMADE),
        (HEAD_ONLY, 491, "wrong", Condition.FOREIGN),
        (HEAD_ONLY, 490, "right", Condition.SOUND),
        (HEAD_ONLY, 900, "right", Condition.SOUND),
        (WITH_CAPTURES, None, "", Condition.MISSING),
        (WITH_CAPTURES, 1999, "right", Condition.SHORT),
        (WITH_CAPTURES, 2000, "right", Condition.SOUND),
        (WITH_CAPTURES, 2001, "right", Condition.SOUND),
        (WITH_CAPTURES, 2001, "wrong", Condition.FOREIGN),
        (WITH_CAPTURES, 0, "wrong", Condition.FOREIGN),
    ],
)
def test_a_files_condition_follows_from_ledger_and_disk(
    file: WarcFile, size: int | None, head: str, condition: Condition
) -> None:
    assert condition_of(file, size, head) is condition
