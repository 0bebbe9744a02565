"""The stamp of a folder: the same however many look, another one once anything was touched."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.exports import stamp as stamps
from archive.exports.stamp import stamp_of

NESTED = ("posts", "none")
NAMES = ["a.txt", "中文.txt", os.fsdecode(b"\xff.txt"), "posts/b.md", "posts/deep/c.md", "other/d.txt"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in [*NAMES, *(f"{number:03}.txt" for number in range(100))]:
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, errors="surrogateescape")
    (tmp_path / "folder" / "link").symlink_to("a.txt")
    return tmp_path / "folder"


def edit_in_place(path: Path) -> None:
    """Change a byte, and put its times back."""
    before = path.stat()
    path.write_bytes(b"x" + path.read_bytes()[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def descriptors_open() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


TOUCHED: dict[str, Callable[[Path], object]] = {
    "edited in place": lambda folder: edit_in_place(folder / "050.txt"),
    "edited below": lambda folder: edit_in_place(folder / "posts" / "deep" / "c.md"),
    "replaced by its like": lambda folder: (
        (folder / "new").write_text("050.txt") and (folder / "new").replace(folder / "050.txt")
    ),
    "one more": lambda folder: (folder / "more.txt").write_text(""),
    "one less": lambda folder: (folder / "posts" / "b.md").unlink(),
    "a folder more": lambda folder: (folder / "new").mkdir(),
    "two names exchanged": lambda folder: (
        (folder / "001.txt").rename(folder / "x"),
        (folder / "002.txt").rename(folder / "001.txt"),
        (folder / "x").rename(folder / "002.txt"),
    ),
}


@pytest.mark.parametrize("processes", [2, 3, 7])
def test_several_processes_see_what_one_sees(folder: Path, processes: int) -> None:
    assert stamp_of(folder, NESTED, processes) == stamp_of(folder, NESTED)
    assert stamp_of(folder, NESTED).files == 107, "of the folder `other` its being there"


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("touch", TOUCHED)
def test_whatever_is_touched_gives_another_stamp(folder: Path, touch: str, processes: int) -> None:
    before = stamp_of(folder, NESTED, processes)
    assert stamp_of(folder, NESTED, processes) == before
    TOUCHED[touch](folder)
    assert stamp_of(folder, NESTED, processes) != before


def test_where_another_process_comes_to_grief_there_is_no_stamp_and_nothing_stays_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, open_before, here = stamp_of(folder, NESTED, 2), descriptors_open(), os.getpid()
    look = stamps.stamp_of_open

    def killed(*arguments: object, **options: object) -> object:
        if os.getpid() != here:
            os._exit(1)
        return look(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(stamps, "stamp_of_open", killed)
    with pytest.raises(ChildProcessError):
        stamp_of(folder, NESTED, 3)
    monkeypatch.undo()
    assert stamp_of(folder, NESTED, 2) == before
    assert descriptors_open() == open_before
    with pytest.raises(ChildProcessError):  # no child is left to wait for
        os.waitpid(-1, os.WNOHANG)
