"""Stores for the tests: every test that takes `store` runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from archive.store import Store, fulltext
from archive.store.tables import METADATA
from tests.new_store import copied_to, new_store
from tests.postgres import PostgresServer

DATABASES = ["sqlite", "postgresql"]
_numbers = count()


@pytest.fixture(scope="session")
def shared_postgresql(postgres: PostgresServer) -> Iterator[psycopg.Connection[TupleRow]]:
    """A store that the tests take in turn, emptied between them: making a database takes longer than most."""
    url = postgres.create("store")
    Store.open(url).close()
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


_LARGEST = "SELECT max(pg_relation_size(relid)) FROM pg_stat_user_tables"
_SEQUENCES = "SELECT sequencename FROM pg_sequences"
_MUCH = 512 << 10
"""Bytes of a table, from which on what was deleted would slow down the tests that follow."""


def _empty(connection: psycopg.Connection[TupleRow]) -> None:
    """Empty all tables. A few rows are deleted: to truncate takes longer than most tests."""
    tables = [fulltext.TABLE, *(table.name for table in reversed(METADATA.sorted_tables))]
    ((largest,),) = connection.execute(_LARGEST)
    if largest > _MUCH:
        connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        return
    statements = [f"DELETE FROM {table}" for table in tables]
    statements += [f"ALTER SEQUENCE {name} RESTART" for (name,) in connection.execute(_SEQUENCES)]
    connection.execute("; ".join(statements))


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without anything in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'archive.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store without anything in it. Its tables are not to be changed."""
    if request.param == "sqlite":
        return copied_to(tmp_path / "archive.db")
    _empty(request.getfixturevalue("shared_postgresql"))
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url("store")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as store:
        yield store


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """For what is SQLite's alone."""
    with new_store(tmp_path / "archive.db") as store:
        yield store
