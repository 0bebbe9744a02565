"""The engine: how either database is opened, read and written."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random,
    wait_random_exponential,
)
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from archive.errors import StoreAbsent, StoreMismatch, StoreUnavailable
from archive.store.address import parse_address, show_address
from archive.store.failures import is_passing, translated

Result = TypeVar("Result")

PATIENCE = 10.0
"""Seconds to wait for a lock that another program holds. A batch of 200 documents takes under 0.1 s."""
_STOP = stop_after_attempt(4) | stop_after_delay(15)  # each attempt may have waited out `PATIENCE`
_WAIT = wait_random_exponential(multiplier=0.05, max=1)
_OLDEST_POSTGRESQL = 15
_OLDEST_SQLITE = (3, 35)  # RETURNING
_HAS_FTS5 = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"


class Database:
    """One database, through connections taken for one use each: safe to use from several threads."""

    def __init__(self, engine: Engine, shown: str, patience: float) -> None:
        self._engine, self._patience = engine, patience
        self._file = Path(shown) if engine.dialect.name == "sqlite" else None
        self._inode = _inode(self._file)
        self._writing = engine.execution_options(begin="BEGIN IMMEDIATE")
        # SQLite's transactions always see one state of the database; PostgreSQL's are asked to.
        level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        self._reading = engine.execution_options(**level)
        self.shown = shown

    @classmethod
    def open(cls, url: str, patience: float = PATIENCE, *, create: bool = True) -> Self:
        """Connect to the database at the address; wait `patience` seconds at most for others' locks.

        SQLite makes a file where there is none, unless told not to. Raises `UsageError` for an address that
        is none, `StoreUnavailable` where nothing can be reached there, `StoreMismatch` for a PostgreSQL that
        is too old or keeps no Unicode.
        """
        address = parse_address(url)
        shown = show_address(address)
        if not create and _is_missing(address):
            raise no_database(shown)
        with translated(shown):
            engine = _engine(address, shown, patience)
            try:
                _check_version(engine, shown)
            except BaseException:
                engine.dispose()
                raise
            return cls(engine, shown, patience)

    def close(self) -> None:
        """Close the connections that are not in use; those in use close after it."""
        with translated(self.shown):
            self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction to read in; it sees one state of the database from beginning to end."""
        self._follow_file()
        with translated(self.shown), self._reading.connect() as connection:
            yield connection

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Do the work in one transaction, again from its beginning where it met another's lock.

        Nothing is seen by others before it is committed; after an error, nothing of it is there.
        """
        self._follow_file()

        def once() -> Result:
            with self._writing.begin() as connection:
                return work(connection)

        with translated(self.shown):
            return _tried_again(once)

    def _follow_file(self) -> None:
        """Let go of a file that was taken away or replaced: what is written to it then is lost to all others.

        Raises `StoreUnavailable` where there is none in its place.
        """
        if self._file is None or (found := _inode(self._file)) == self._inode:
            return
        self._engine.dispose()
        if found is None:
            raise StoreUnavailable(f"{self.shown}: was taken away while it was in use; put it back")
        self._inode = found

    def use_wal(self) -> None:
        """Have SQLite keep a write-ahead log from now on, so that readers and a writer need not wait."""
        if self._engine.dialect.name == "sqlite":
            # SQLite fails at once where others have the file open, whatever the patience: so it is ours.
            stop, wait = stop_after_delay(self._patience), wait_random(0.01, 0.1)
            with translated(self.shown):
                _tried_again(self._switch_to_wal, stop=stop, wait=wait)

    def _switch_to_wal(self) -> None:
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            if driver.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                driver.execute("PRAGMA journal_mode = WAL")


def _tried_again(work: Callable[[], Result], stop: stop_base = _STOP, wait: wait_base = _WAIT) -> Result:
    return Retrying(retry=retry_if_exception(is_passing), stop=stop, wait=wait, reraise=True)(work)


def _engine(address: URL, shown: str, patience: float) -> Engine:
    if address.drivername == "sqlite":
        _make_folder(address)
        engine = create_engine(address, connect_args={"timeout": patience})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # A server that falls silent is given up after half a minute, instead of after hours.
    defaults = {
        "connect_timeout": 10,
        "application_name": "finews-archive",
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    missing = {name: value for name, value in defaults.items() if name not in address.query}
    try:
        engine = create_engine(address, pool_pre_ping=True, connect_args=missing)
    except ModuleNotFoundError as error:
        raise StoreUnavailable(
            f"{shown}: {error.name} is missing; install finews-archive[postgres]"
        ) from error
    event.listen(engine, "connect", _set_up_postgresql(patience))
    return engine


def _inode(path: Path | None) -> tuple[int, int] | None:
    """What tells a file from another one in its place; None for none."""
    if path is not None:
        with suppress(OSError):
            found = path.stat()
            return found.st_dev, found.st_ino
    return None


def no_database(shown: str) -> StoreAbsent:
    """What to say where there is nothing and nothing is to be made."""
    return StoreAbsent(f"{shown}: no database; crawl or import something first, or name another")


def _is_missing(address: URL) -> bool:
    if address.drivername != "sqlite" or "uri" in address.query:
        return False
    path = Path(str(address.database))
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError as error:
        raise StoreUnavailable(
            f"{path}: cannot be looked at ({error.strerror}); name another in ARCHIVE_DATA_DIR"
        ) from error
    return False


def _make_folder(address: URL) -> None:
    path = Path(str(address.database))
    if "uri" in address.query:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"{path}: its folder cannot be created ({error.strerror})") from error


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver is to begin no transactions of its own: `_begin_sqlite` does. See "Serializable isolation /
    # Savepoints / Transactional DDL" in SQLAlchemy's documentation of SQLite.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the lock at its beginning: one that has read first, and then finds
    # that another wrote meanwhile, fails at once whatever its patience.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _set_up_postgresql(patience: float) -> Callable[[Any, object], None]:
    def set_up(connection: Any, _record: object) -> None:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(f"SET lock_timeout = {round(patience * 1000)}")
        connection.commit()

    return set_up


def _check_version(engine: Engine, shown: str) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            _check_postgresql(connection, shown)
        elif sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise StoreUnavailable(
                f"{shown}: this Python has SQLite {sqlite3.sqlite_version}; 3.35 or newer is needed"
            )
        elif not connection.exec_driver_sql(_HAS_FTS5).scalar():
            raise StoreUnavailable(
                f"{shown}: the SQLite of this Python was built without FTS5, which full text search needs; "
                "use another Python, or PostgreSQL"
            )


def _check_postgresql(connection: Connection, shown: str) -> None:
    version = int((connection.dialect.server_version_info or (0,))[0])
    if version < _OLDEST_POSTGRESQL:
        raise StoreMismatch(f"{shown}: PostgreSQL {version}; {_OLDEST_POSTGRESQL} or newer is needed")
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreMismatch(f"{shown}: keeps text as {encoding}; create it with `createdb --encoding UTF8`")
