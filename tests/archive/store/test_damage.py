"""What the database finds wrong with itself."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from archive.errors import StoreMismatch
from archive.store import Store
from tests.archive.store.samples import imported, rejected, seen


def _filled(store: Store, many: int = 20) -> None:
    run = store.start_run("finews", "cli", seen(1).seen_at, "host", 1)
    store.write([seen(n) for n in range(many)] + [rejected(1), imported(99, name="a.txt")], run)


def test_a_sound_store_has_no_damage(store: Store) -> None:
    assert store.damage() == []
    _filled(store)
    assert store.damage() == []


def test_rows_that_name_what_is_not_there_are_counted(store: Store) -> None:
    _filled(store)
    with store._database._engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            connection.execute(text("SET session_replication_role = replica"))
        else:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(text("DELETE FROM crawl_run"))
        connection.execute(text("DELETE FROM document WHERE id = 7"))
        connection.execute(text("DELETE FROM capture"))
        connection.commit()
        connection.invalidate()
    assert store.damage() == [
        "1 rows of rejection name a capture.id that is not there, 1 among them",
        "1 rows of rejection name a crawl_run.id that is not there, 1 among them",
        "1 rows of revision name a document.id that is not there, 7 among them",
        "21 rows of revision name a crawl_run.id that is not there, 1 among them",
    ]


@pytest.mark.parametrize("name", ["document", "ix_document_published_source_source_id"])
def test_a_file_with_bytes_overwritten_is_damaged(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    _filled(sqlite_store, 300)
    sqlite_store.close()
    path = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute(f"SELECT rootpage FROM sqlite_master WHERE name = '{name}'").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096 + 4)
        file.write(b"\xff" * 40)
    found = sqlite_store.damage()
    assert found
    assert all(line == " ".join(line.split()) for line in found)


def test_a_database_that_cannot_be_read_just_now_is_not_called_damaged(store: Store) -> None:
    with store._database._engine.begin() as connection:
        connection.execute(text("ALTER TABLE rejection RENAME TO elsewhere"))
    try:
        with pytest.raises(StoreMismatch, match="rejection"):
            store.damage()
    finally:
        with store._database._engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO rejection"))
