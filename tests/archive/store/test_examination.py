"""Examination: how a database stands is told, and nothing is made, upgraded or written."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from archive.errors import StoreAbsent, StoreUnavailable
from archive.store import Store
from archive.store.database import Database
from archive.store.examination import Schema, examine, file_at
from archive.store.values import Observation
from tests.archive.store.samples import T0, capture, later, warc_file

WEEK = timedelta(days=7)


def clock(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def revision(url: str, *written: str) -> str:
    """The schema that a database says it has, after writing that if one is given."""
    database = Database.open(url)
    try:
        for one in written:
            database.write(
                lambda c, one=one: c.execute(text(f"UPDATE alembic_version SET version_num = '{one}'"))
            )
        with database.reading() as connection:
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    finally:
        database.close()


def test_a_store_of_this_version_is_described(url: str, store: Store) -> None:
    store.start_run("finews", "cli", later(20), "host", 1)
    store.start_run("cinic", "cli", later(10), "host", 1)
    found = examine(url, clock(T0), patience=1, since=WEEK)
    assert (found.schema, found.revision, found.is_read_only) == (Schema.CURRENT, found.head, False)
    assert found.engine.startswith(("SQLite 3.", "PostgreSQL 1"))
    assert (found.journal, found.is_on_server) in {("wal", False), ("", True)}
    assert found.last_begun == later(20)
    assert (found.kept, found.kept_since) == (0, None)


@pytest.mark.parametrize(("number", "schema"), [("0003", Schema.OLDER), ("9999", Schema.NEWER)])
def test_a_store_of_another_version_is_left_as_it_is(url: str, number: str, schema: Schema) -> None:
    current = revision(url)
    try:
        revision(url, number)
        assert examine(url, clock(T0), patience=1, since=WEEK).schema is schema
        assert revision(url) == number
    finally:
        revision(url, current)  # the database may be other tests' as well


def test_an_empty_database_stays_empty(empty_url: str) -> None:
    if file := file_at(empty_url):
        file.touch()
    for _ in range(2):
        assert examine(empty_url, clock(T0), patience=1, since=WEEK).schema is Schema.NONE


def test_no_database_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreAbsent):
        examine(f"sqlite:///{tmp_path}/data/archive.db", clock(T0), patience=1, since=WEEK)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_locked_is_told_after_its_patience(sqlite_store: Store, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    database = Database.open(url)

    def meanwhile(_connection: object) -> None:
        with pytest.raises(StoreUnavailable, match="locked by another program"):
            examine(url, clock(T0), patience=0.05, since=WEEK)

    database.write(meanwhile)
    database.close()


def test_what_was_kept_lately_is_counted(url: str, store: Store) -> None:
    store.enter_warc(warc_file("a.warc.gz"))
    for day in range(40):
        place = {"warc_file": "a.warc.gz", "warc_offset": day * 100, "warc_length": 100}
        one = capture(at=day * 24 * 60, **place)
        store.write([Observation(one.fetched_at, captures=(one,))], None)
    last = T0 + timedelta(days=39)
    found = examine(url, clock(last), patience=1, since=WEEK)
    assert (found.kept, found.kept_since) == (800, last - WEEK)
    all_of_it = examine(url, clock(last), patience=1, since=timedelta(days=400))
    assert (all_of_it.kept, all_of_it.kept_since) == (4000, T0)


def test_a_server_tells_its_time(url: str, store: Store) -> None:
    found = examine(url, clock(datetime.now(T0.tzinfo) - timedelta(minutes=9)), patience=1, since=WEEK)
    assert (540 <= found.ahead < 560) if found.is_on_server else found.ahead == 0
