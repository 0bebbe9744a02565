"""The one place where errors of SQLAlchemy, the drivers and Alembic become ours."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, NoSuchModuleError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from archive.errors import StoreAbsent, StoreError, StoreMismatch, StoreUnavailable

# By name: psycopg is an extra and need not be there, and Alembic is loaded for migrations only.
_LIBRARIES = frozenset({"sqlalchemy", "sqlite3", "psycopg", "alembic"})

_LOCKED = "locked by another program; end that one, or try again"
_FULL = "disk full; free some space, what is committed is intact"
_READ_ONLY = "read-only; give this program the right to write"
_REFUSED = "access refused; check the user, the password and the rights of that user"
_LOST = "cannot connect; check the address and its user, and that the server runs"
_NO_DRIVER = "its driver is missing; install finews-archive[postgres]"
_BROKEN_INDEX = "its full text index is damaged; make it anew with `archive db reindex`"
_OTHER_SCHEMA = "its tables are not those of this version; restore a copy, or name another database"

# https://www.sqlite.org/rescode.html: the primary codes; the extended ones have them in the low byte.
_SQLITE: Mapping[int, str] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and may be written to",
    sqlite3.SQLITE_NOTADB: "not a database; name another file, or move this one away",
    sqlite3.SQLITE_CORRUPT: "damaged; restore a copy, or try `sqlite3 FILE .recover`",
    sqlite3.SQLITE_IOERR: "the disk fails to read or write; check its room, the disk and its mount",
    sqlite3.SQLITE_PERM: _REFUSED,
    sqlite3.SQLITE_AUTH: _REFUSED,
    sqlite3.SQLITE_NOMEM: "no memory left; end other programs",
}

_ABSENT = "3D000"
# https://www.postgresql.org/docs/current/errcodes-appendix.html: a whole code goes before its class.
_POSTGRESQL: Mapping[str, str] = {
    "25006": _READ_ONLY,
    _ABSENT: "there is no database of that name; create it with `createdb`",
    "42501": _REFUSED,
    "53100": _FULL,
    "55P03": _LOCKED,
    "08": _LOST,
    "28": _REFUSED,
    "40": "in conflict with other writers, again and again; let one of them end",
    "53": "the server has no connection or memory left; try again later",
    "57": "the server ended the connection; check that it runs, and try again",
    "58": "the disk of the server fails to read or write; check it",
    "XX": "damaged; restore a copy",
}
_PASSING = frozenset({"40001", "40P01", "55P03"})
_NO_SUCH_TABLE = frozenset({"42P01", "42703"})


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Errors of the libraries leave as `StoreError`, naming the database by `shown`."""
    try:
        yield
    except Exception as error:
        if not _is_of_a_library(error):
            raise
        failure = failure_of(error, shown)
        raise failure from (error if isinstance(failure, StoreError) else None)


def failure_of(error: Exception, shown: str) -> Exception:
    """Our error for one of a library; the cause itself where no database failed (a value was refused)."""
    driver_error = getattr(error, "orig", None) if isinstance(error, StatementError) else error
    if isinstance(driver_error, Exception) and not _is_of_a_library(driver_error):
        return driver_error
    cause = driver_error or error
    if isinstance(cause, NoConnectionFree):
        return StoreUnavailable(f"{shown}: all connections are in use; let fewer threads use it at once")
    if isinstance(cause, NoSuchModuleError):
        return StoreUnavailable(f"{shown}: {_NO_DRIVER}")
    if _is_other_schema(cause):
        return StoreMismatch(f"{shown}: {_OTHER_SCHEMA} ({_first_line(cause)})")
    if reason := _reason(cause):
        kind = StoreAbsent if getattr(cause, "sqlstate", None) == _ABSENT else StoreUnavailable
        return kind(f"{shown}: {reason} ({_first_line(cause)})")
    return StoreError(f"{shown}: the database refused ({_first_line(cause)}); please report this")


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction, tried again at once, may well go through."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(_primary_code(cause)) == _LOCKED
    return getattr(cause, "sqlstate", None) in _PASSING


def is_damage(error: BaseException) -> bool:
    """Whether the database has met with bytes that it cannot have written."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _primary_code(cause) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
    return str(getattr(cause, "sqlstate", None)).startswith("XX")


def is_broken_index(error: BaseException) -> bool:
    """Whether SQLite's full text index, its only virtual table, cannot be read."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        return False
    said = str(cause).startswith(("vtable constructor failed", "invalid fts5 file format"))
    return said or getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_CORRUPT_VTAB


def _reason(error: BaseException) -> str:
    """Why the database cannot be used; empty where it can, and the fault is another."""
    if isinstance(error, sqlite3.Error):
        return _BROKEN_INDEX if is_broken_index(error) else _SQLITE.get(_primary_code(error), "")
    state = getattr(error, "sqlstate", None)
    if state:
        return _POSTGRESQL.get(state, _POSTGRESQL.get(state[:2], ""))
    # Without a code the server has not answered: it is not there, or went away.
    connectionless = {kind.__name__ for kind in type(error).__mro__} & {"OperationalError", "InterfaceError"}
    return _LOST if connectionless else ""


def _is_other_schema(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return str(error).startswith(("no such table", "no such column"))
    return getattr(error, "sqlstate", None) in _NO_SUCH_TABLE


def _primary_code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _is_of_a_library(error: BaseException) -> bool:
    return any(kind.__module__.partition(".")[0] in _LIBRARIES for kind in type(error).__mro__)


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:300] if lines else type(error).__name__
