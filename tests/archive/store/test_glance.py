"""A glance says what the store says of the last export, or nothing."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.exports import ExportedFolder
from archive.store.glance import CurrentExport, current_export
from tests.archive.store.changes import last_change
from tests.archive.store.samples import T0, seen
from tests.new_store import copied_to

FOLDER = "/home/某人/seeds"
SHOWN = CurrentExport(asked="all of it", files=7, stamp="8 00ff; jsonl")


def exported(url: str) -> None:
    """Note an export of all that the store has."""
    with Store.open(url) as store:
        known = (SHOWN.files, SHOWN.asked, last_change(store), SHOWN.stamp)
        store.exports.note(ExportedFolder(FOLDER, "host", "seeds", T0, *known))


def write(url: str) -> None:
    with Store.open(url) as store:
        store.write([seen(1)], None)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return copied_to(tmp_path / "some 50% of 数据#" / "archive.db").replace("%", "%25")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database into whose store an export was noted."""
    exported(copied_to(tmp_path / "archive.db"))
    return tmp_path / "archive.db"


@pytest.mark.parametrize("before", [lambda url: None, write], ids=["nothing stored", "stored"])
def test_the_last_export_is_shown_while_nothing_has_changed(url: str, before: Callable[[str], None]) -> None:
    before(url)
    exported(url)
    assert current_export(url, FOLDER) == SHOWN
    assert current_export(url, f"{FOLDER}2") is None


def test_a_change_is_seen_at_once_also_one_that_a_writer_keeps_in_the_write_ahead_log(url: str) -> None:
    exported(url)
    with Store.open(url) as store:
        store.write([seen(1)], None)
        assert current_export(url, FOLDER) is None


def test_what_another_is_writing_has_not_happened_yet(url: str) -> None:
    exported(url)
    with Store.open(url) as store, store.exports.reading() as state:
        state.change()
        assert current_export(url, FOLDER) == SHOWN


def test_a_glance_leaves_nothing_behind_and_makes_nothing(url: str, tmp_path: Path) -> None:
    exported(url)
    before = sorted(tmp_path.rglob("*"))
    current_export(url, FOLDER)
    assert current_export(f"sqlite:///{tmp_path / 'none.db'}", FOLDER) is None
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = 'from the future'",
        "DROP TABLE last_change",
        "DROP TABLE alembic_version",
    ],
)
def test_of_a_database_that_is_not_as_this_version_has_it_nothing_is_said(path: Path, change: str) -> None:
    assert current_export(f"sqlite:///{path}", FOLDER) == SHOWN
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    connection.close()
    assert current_export(f"sqlite:///{path}", FOLDER) is None


@pytest.mark.parametrize(
    "address",
    ["postgresql://a@127.0.0.1:1/b", "sqlite+pysqlite:///{path}", "sqlite:///{path}?mode=ro", "none"],
)
def test_of_databases_that_are_opened_otherwise_nothing_is_said(path: Path, address: str) -> None:
    assert current_export(address.format(path=path), FOLDER) is None


def test_of_a_folder_whose_name_is_no_text_nothing_is_said(url: str) -> None:
    exported(url)
    assert current_export(url, "/home/\udcff/seeds") is None


def test_of_a_file_that_is_no_database_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_bytes(b"no database" * 1000)
    assert current_export(f"sqlite:///{tmp_path / 'archive.db'}", FOLDER) is None
