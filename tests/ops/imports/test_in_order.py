"""Names are put in order, however many there are."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.errors import StoreUnavailable
from ops.imports import in_order as ordering
from ops.imports.in_order import in_order

ODD = [os.fsdecode(b"\xff"), os.fsdecode(b"a\xfe")]
NAMES = ["b", "a", "中文", "\uff21", "𠮷", "a\nb", "", *ODD, "B", "a b"]
ORDERED = sorted(NAMES, key=os.fsencode)


@pytest.mark.parametrize("held", [1, 5, len(NAMES), len(NAMES) + 1])
def test_names_come_by_their_bytes_whether_memory_holds_them_or_a_file(
    monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(ordering, "_HELD", held)
    assert list(in_order(iter(NAMES))) == ORDERED


@pytest.mark.parametrize("held", [1, 100])
def test_all_names_are_taken_at_once_and_what_goes_wrong_then_is_raised_at_once(
    monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    def names() -> Iterator[str]:
        yield from NAMES
        raise PermissionError

    monkeypatch.setattr(ordering, "_HELD", held)
    with pytest.raises(PermissionError):
        in_order(names())


def test_where_no_file_can_be_kept_it_is_told_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "_HELD", 1)
    connect = sqlite3.connect

    def small(*arguments: str, **options: None) -> sqlite3.Connection:
        connection = connect(*arguments, **options)  # type: ignore[arg-type]
        connection.execute("PRAGMA max_page_count = 3")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(StoreUnavailable, match=r"full.*; free some space, or set SQLITE_TMPDIR"):
        in_order("x" * 1000 for _ in range(100))


def test_no_file_stays_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ordering, "_HELD", 1)
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    before = {*Path("/proc/self/fd").iterdir()}
    names = in_order(f"{number:08}" for number in range(200_000))
    assert next(names) == "00000000"
    del names
    assert {*Path("/proc/self/fd").iterdir()} == before
    assert not [*tmp_path.iterdir(), *Path(tempfile.gettempdir()).glob("etilqs*")]
