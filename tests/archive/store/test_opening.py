"""Opening a store: made where there is none, brought up where it is older, refused where it is not ours."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from archive.errors import StoreMismatch, StoreUnavailable, UsageError
from archive.store import Store, database, fulltext, migrations, schema
from archive.store.database import Database
from archive.store.tables import METADATA
from archive.store.values import Capture, Effect, ImportedFile, Observation
from tests.archive.store.samples import T0, gone, page, seen
from tests.in_child import in_child
from tests.postgres import PostgresServer


@pytest.fixture
def raw(empty_url: str) -> Iterator[Database]:
    """The empty database, below the store."""
    database = Database.open(empty_url)
    yield database
    database.close()


def _run(database: Database, *statements: str) -> None:
    database.write(lambda connection: [connection.execute(text(one)) for one in statements])


def test_an_empty_database_becomes_a_store(empty_url: str) -> None:
    with Store.open(empty_url) as store:
        store.write([seen(1)], None)
    with Store.open(empty_url) as store:
        assert store.counts().documents == 1


def test_the_migrated_schema_is_that_of_the_tables(empty_url: str, raw: Database) -> None:
    Store.open(empty_url).close()
    with raw.reading() as connection:
        assert _differences(connection) == []


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"include_name": fulltext.is_ours})
    return list(compare_metadata(context, METADATA))


def test_the_migrated_schema_has_the_same_names_and_collations_too(empty_url: str, raw: Database) -> None:
    # Alembic compares neither names of keys, nor collations, nor the kinds of indexes.
    Store.open(empty_url).close()
    with raw.reading() as connection:
        migrated = _described(connection)
    raw.write(METADATA.drop_all)
    raw.write(METADATA.create_all)
    with raw.reading() as connection:
        assert _described(connection) == migrated


def _described(connection: Connection) -> dict[str, Any]:
    inspector = inspect(connection)
    described: dict[str, Any] = {}
    for table in METADATA.tables:
        columns = [{**column, "type": repr(column["type"])} for column in inspector.get_columns(table)]
        described[table] = (
            columns,
            inspector.get_pk_constraint(table),
            sorted(map(repr, inspector.get_foreign_keys(table))),
            sorted(map(repr, inspector.get_unique_constraints(table))),
            sorted(map(_index, inspector.get_indexes(table))),
        )
    if connection.dialect.name == "postgresql":
        indexes = text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname")
        described["indexes"] = [one for one in connection.execute(indexes).scalars() if "alembic" not in one]
    return described


def _index(index: Mapping[str, Any]) -> str:
    options = {name: str(value) for name, value in index["dialect_options"].items()}
    return repr({**index, "dialect_options": options})


def test_the_history_ends_at_the_revision_that_the_program_names() -> None:
    config = Config()
    config.set_main_option("script_location", "archive.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_an_older_store_is_brought_up_with_what_is_in_it(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(empty_url) as store:
        store.write([seen(1)], None)
    newer = _history(tmp_path, monkeypatch, "9999")
    (newer / "9999_next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = '9999', '{migrations.HEAD}'\n"
        "def upgrade():\n    op.add_column('revision', sa.Column('note', sa.Text()))\n",
        encoding="utf-8",
    )
    with Store.open(empty_url) as store:
        assert store.counts().documents == 1
        with store._database.reading() as connection:
            assert "note" in {column["name"] for column in inspect(connection).get_columns("revision")}


def _history(folder: Path, monkeypatch: pytest.MonkeyPatch, head: str) -> Path:
    """A copy of the history, without what is newer than `head`, that is used from now on; its versions."""
    copy = folder / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for version in (copy / "versions").glob("0*.py"):
        if version.name[:4] > head:
            version.unlink()
    monkeypatch.setattr(schema, "HEAD", head)
    monkeypatch.setattr(schema, "_SCRIPTS", str(copy))
    return copy / "versions"


_OF_0001 = """
INSERT INTO content VALUES ('HASH', '题', '<p>文</p>', '文', '9 ~ finews 1');
INSERT INTO crawl_run VALUES (9, 'finews', 'cli', 'finished', 'complete', 'T0', NULL, '{}', 'h', 7);
INSERT INTO document VALUES (9, 'finews', '1', 'https://finews.example/1.html', '', 'gupiao', '', '[]',
    NULL, NULL, NULL, 'HASH', 'page', 'T0', 'T0', 'T0', NULL, 'T0');
INSERT INTO revision VALUES (9, 9, 'HASH', 'T0', 9);
INSERT INTO capture VALUES (9, 9, 'https://finews.example/1.html', 'T0', 200, 'e', 'm', 'sha256:1', 9,
    '', NULL, NULL);
INSERT INTO rejection VALUES (9, 9, 9, 'https://finews.example/1.html', 'parse', 'no_body', '', 'T0');
INSERT INTO imported_file VALUES (9, '000_a.txt', BYTES, 'HASH', 9, 'HASH')
"""


def test_a_store_of_the_first_version_is_brought_up_with_what_is_in_it(
    raw: Database, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        _history(tmp_path, patch, "0001")
        assert schema.bring_up(raw)
    values = {"HASH": "a" * 64, "T0": "2024-05-01 08:00:00", "BYTES": "CAST('file' AS BLOB)"}
    if empty_url.startswith("postgresql"):
        values["BYTES"] = "CAST('file' AS BYTEA)"
    _run(raw, *reduce(lambda rows, one: rows.replace(*one), values.items(), _OF_0001).split(";"))
    with Store.open(empty_url) as store:
        (stored,) = store.find("1")
        assert stored.found.document.body == "<p>文</p>"
        assert stored.imported == ImportedFile("000_a.txt", b"file")
        address = stored.found.address
        old = Capture(address, datetime(2024, 5, 1, 8, tzinfo=UTC), 200, "sha256:1", 9, "e", "m")
        assert store.captures(address) == [old]
        assert [one.capture for one in store.rejections()] == [old]
        assert store.originals(["sha256:1"]) == store.payloads([address]) == {}
        effects = store.write([seen(2), gone(2), Observation(T0, pages=(page(1),))], 9)
        assert effects == [Effect.NEW, Effect.GONE, None]
        assert store.damage() == []
        assert [found.content_hash for found in store.search.find("文").hits] == ["a" * 64]
        with store._database.reading() as connection:
            assert _differences(connection) == []


def test_a_store_may_be_opened_only_if_it_is_there(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r": no database; crawl or import something first"):
        Store.open(empty_url, create=False)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreUnavailable, match="no database"):
        Store.open(f"sqlite:///{tmp_path}/nowhere/archive.db", create=False)
    assert list(tmp_path.iterdir()) == []
    Store.open(empty_url).close()
    with Store.open(empty_url, create=False) as store:
        assert store.counts().documents == 0


def test_a_store_from_the_future_is_refused_and_left_alone(empty_url: str) -> None:
    with Store.open(empty_url) as store:
        _run(store._database, "UPDATE alembic_version SET version_num = '9999'")
        shown = store.url_shown
    with pytest.raises(StoreMismatch, match="9999") as caught:
        Store.open(empty_url)
    assert str(caught.value).startswith(f"{shown}: ")
    assert "\n" not in str(caught.value)


def test_a_database_of_another_program_is_refused_and_left_alone(empty_url: str, raw: Database) -> None:
    _run(raw, "CREATE TABLE customers (id INTEGER)")
    with pytest.raises(StoreMismatch, match=r"another program \(customers\)"):
        Store.open(empty_url)
    with raw.reading() as connection:
        assert inspect(connection).get_table_names() == ["customers"]
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "delete"


def test_tables_that_were_dropped_are_missed_by_name(empty_url: str) -> None:
    with Store.open(empty_url) as store:
        _run(store._database, "DROP TABLE rejection")
        with pytest.raises(StoreMismatch, match="rejection"):
            store.rejections()


def test_several_programs_may_open_a_new_database_at_once(empty_url: str) -> None:
    programs = [in_child(lambda: Store.open(empty_url).close()) for _ in range(5)]
    assert [os.waitpid(program, 0)[1] for program in programs] == [0] * 5


def test_sqlite_is_durable_and_checks_its_references(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a/b/archive.db"
    with Store.open(url) as store, store._database.reading() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(b"---\ntitle: not a database\n---\n" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match=rf"^{path}: not a database; .*move"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_file_that_is_taken_away_in_use_is_missed_and_one_that_is_put_back_is_used(tmp_path: Path) -> None:
    path, away = tmp_path / "archive.db", tmp_path / "away"
    with Store.open(f"sqlite:///{path}") as store:
        store.start_run("finews", "cli", T0, "here", 1)
        path.rename(away)
        for use in (store.counts, lambda: store.start_run("finews", "cli", T0, "here", 1)):
            with pytest.raises(StoreUnavailable, match=r"archive\.db: was taken away while it was in use"):
                use()
        assert not path.exists()
        away.rename(path)
        store.start_run("finews", "cli", T0, "here", 1)
        assert len(store.runs()) == 2


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=rf"^{tmp_path}: cannot be opened; check"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match=r"file/archive\.db: its folder cannot be created"):
        Store.open(f"sqlite:///{tmp_path}/file/archive.db")


def test_a_damaged_file_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Store.open(f"sqlite:///{path}") as store:
        store.write([seen(n) for n in range(500)], None)
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(StoreUnavailable, match="damaged"), Store.open(f"sqlite:///{path}") as store:
        list(store.holdings())


def test_a_read_only_store_can_be_read(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/archive.db") as store:
        store.write([seen(1)], None)
    with Store.open(f"sqlite:///file:{tmp_path}/archive.db?mode=ro&uri=true") as store:
        assert store.counts().documents == 1
        with pytest.raises(StoreUnavailable, match="read-only; give"):
            store.write([seen(2)], None)


def test_a_postgresql_that_does_not_answer_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        Store.open(f"postgres://me:secret@/news?host={tmp_path}")
    assert str(caught.value).startswith("postgresql://me:***@/news?host=")
    assert "cannot connect" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_database_that_is_not_on_the_server_is_named(postgres: PostgresServer) -> None:
    with pytest.raises(StoreUnavailable, match="nowhere"):
        Store.open(postgres.url("nowhere"))


def test_a_postgresql_without_unicode_is_refused(postgres: PostgresServer) -> None:
    url = postgres.create("latin", encoding="LATIN1")
    with pytest.raises(StoreMismatch, match="LATIN1"):
        Store.open(url)


def test_a_postgresql_that_is_too_old_is_refused(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_OLDEST_POSTGRESQL", 99)
    with pytest.raises(StoreMismatch, match="99 or newer"):
        Store.open(postgres.url("postgres"))


def test_a_sqlite_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_OLDEST_SQLITE", (99,))
    with pytest.raises(StoreUnavailable, match=r"archive\.db: this Python has SQLite 3"):
        Store.open(f"sqlite:///{tmp_path}/archive.db")


def test_a_sqlite_without_full_text_search_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_HAS_FTS5", database._HAS_FTS5.replace("fts5", "fts9"))
    with pytest.raises(StoreUnavailable, match=r"archive\.db: the SQLite of this Python .* without FTS5"):
        Store.open(f"sqlite:///{tmp_path}/archive.db")


def test_a_missing_driver_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreUnavailable, match=r"psycopg is missing; install finews-archive\[postgres\]"):
        Store.open("postgresql://me@localhost/news")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "archive.db",
        "mysql://root:secret@localhost/news",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://archive.db",
        "postgresql://me:secret@host:port/news",
    ],
)
def test_an_address_that_is_none_is_a_fault_of_use(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///FILE or postgresql://") as caught:
        Store.open(url)
    assert "secret" not in str(caught.value)


def test_an_address_is_shown_without_its_passwords(tmp_path: Path, postgres: PostgresServer) -> None:
    with Store.open(f"sqlite:///{tmp_path}/archive.db") as store:
        assert store.url_shown == f"{tmp_path}/archive.db"
    with Store.open(f"{postgres.create('shown')}&password=secret") as store:
        assert "secret" not in store.url_shown
        assert store.url_shown.startswith("postgresql://")
