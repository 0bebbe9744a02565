"""Errors of the libraries never leave the store as they are."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import alembic.util.exc
import psycopg
import pytest
import sqlalchemy.exc
import sqlalchemy.orm.exc

from archive.errors import StoreError, StoreMismatch, StoreUnavailable
from archive.store.failures import is_passing, translated


def _kinds(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


ROOTS = [sqlalchemy.exc.SQLAlchemyError, sqlite3.Error, psycopg.Error, alembic.util.exc.CommandError]


def _made(kind: type[Any]) -> Exception:
    """An error of the kind, whatever its constructor asks for."""
    if issubclass(kind, sqlalchemy.exc.StatementError):
        return kind("text", "SELECT 1", {}, sqlite3.OperationalError("text"))
    try:
        return kind("text")
    except (TypeError, AttributeError):
        return kind.__new__(kind, "text")


@pytest.mark.parametrize("root", ROOTS)
def test_none_is_forgotten(root: type[Exception]) -> None:
    kinds = {kind for kind in _kinds(root) if kind.__module__.partition(".")[0] in root.__module__}
    for kind in kinds:
        with pytest.raises(StoreError) as caught, translated("archive.db"):
            raise _made(kind)
        message = str(caught.value)
        assert message.startswith("archive.db: "), kind
        assert "\n" not in message, kind
        assert ";" in message, f"{kind} without a word of what to do"
    assert len(kinds) >= {"psycopg": 250, "sqlalchemy": 50}.get(root.__module__.partition(".")[0], 2)


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, OSError, StoreMismatch])
def test_what_is_not_of_a_library_passes_as_it_is(kind: type[BaseException]) -> None:
    error = kind("text")
    with pytest.raises(kind) as caught, translated("archive.db"):
        raise error
    assert caught.value is error


def test_a_refused_value_is_no_failure_of_the_database() -> None:
    with pytest.raises(ValueError, match="naive"), translated("archive.db"):
        raise sqlalchemy.exc.StatementError("text", "SELECT 1", {}, ValueError("naive"))


def _sqlite(code: int, text: str = "text") -> Exception:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return sqlalchemy.exc.OperationalError("SELECT 1", {}, error)


def _postgresql(state: str) -> Exception:
    return sqlalchemy.exc.OperationalError("SELECT 1", {}, psycopg.errors.lookup(state)("text\nDETAIL: more"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (_sqlite(sqlite3.SQLITE_BUSY), "locked"),
        (_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "locked"),
        (_sqlite(sqlite3.SQLITE_FULL), "disk full"),
        (_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), "read-only"),
        (_sqlite(sqlite3.SQLITE_CANTOPEN_ISDIR), "cannot be opened"),
        (_sqlite(sqlite3.SQLITE_NOTADB), "not a database"),
        (_sqlite(sqlite3.SQLITE_CORRUPT), "damaged"),
        (_sqlite(sqlite3.SQLITE_IOERR_FSYNC), "disk fails"),
        (_sqlite(sqlite3.SQLITE_NOMEM), "memory"),
        (_postgresql("08006"), "cannot connect"),
        (_postgresql("25006"), "read-only"),
        (_postgresql("28P01"), "access refused"),
        (_postgresql("3D000"), "createdb"),
        (_postgresql("40001"), "conflict"),
        (_postgresql("40P01"), "conflict"),
        (_postgresql("42501"), "access refused"),
        (_postgresql("53100"), "disk full"),
        (_postgresql("53300"), "no connection"),
        (_postgresql("55P03"), "locked"),
        (_postgresql("57P01"), "ended the connection"),
        (_postgresql("58030"), "disk of the server"),
        (_postgresql("XX001"), "damaged"),
    ],
    ids=str,
)
def test_a_failure_is_called_by_its_cause(error: Exception, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words) as caught, translated("archive.db"):
        raise error
    assert caught.value.__cause__ is error
    assert "DETAIL" not in str(caught.value)


@pytest.mark.parametrize("error", [_sqlite(sqlite3.SQLITE_ERROR, "no such column: x"), _postgresql("42P01")])
def test_other_tables_are_a_mismatch(error: Exception) -> None:
    with pytest.raises(StoreMismatch), translated("archive.db"):
        raise error


def test_only_what_passes_is_tried_again() -> None:
    passing = [_sqlite(sqlite3.SQLITE_BUSY), _postgresql("40001"), _postgresql("40P01"), _postgresql("55P03")]
    lasting = [_sqlite(sqlite3.SQLITE_FULL), _postgresql("08006"), _postgresql("23505"), ValueError()]
    assert [is_passing(error) for error in passing + lasting] == [True] * 4 + [False] * 4
