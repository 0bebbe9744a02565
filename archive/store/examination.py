"""Examination: how a database stands, looked at without making, upgrading or writing anything."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from archive.store.address import parse_address
from archive.store.database import Database
from archive.store.migrations import HEAD
from archive.store.schema import known_revisions, revision_of
from archive.store.tables import CAPTURE, CRAWL_RUN

_LATEST_RUNS = 1000
"""Runs among which the one that began last is looked for."""


class Schema(StrEnum):
    """How the schema of a database stands to that of this version."""

    NONE = "none"
    """It is empty."""
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    """Of a version to come, or of another program with migrations."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A database. Times are aware, in UTC."""

    shown: str
    """Its address, as it may be shown."""
    engine: str
    """Its name and version: ``SQLite 3.40.1``, ``PostgreSQL 16.2``."""
    schema: Schema
    revision: str
    """The schema that it is at, and ..."""
    head: str
    """... that of this version."""
    is_on_server: bool
    """Whether another program keeps it: PostgreSQL."""
    journal: str
    """SQLite's journal mode; empty where a server keeps it."""
    is_read_only: bool
    """Whether a server takes nothing that is written, as one that follows another."""
    ahead: float
    """Seconds that a server's clock is ahead of ours; 0 for SQLite, which has none of its own."""
    last_begun: datetime | None = None
    """When the run began that began last."""
    kept: int = 0
    """Bytes of WARC files that were committed since the time asked for ..."""
    kept_since: datetime | None = None
    """... or, where that is later, since the first capture of all."""


def file_at(url: str) -> Path | None:
    """The file of the database at the address; None where a server keeps it. Raises `UsageError`."""
    address = parse_address(url)
    is_file = address.drivername == "sqlite" and "uri" not in address.query
    return Path(str(address.database)) if is_file else None


def examine(url: str, now: Callable[[], datetime], *, patience: float, since: timedelta) -> Examined:
    """The database at the address. `now` gives aware times; `since` is how far back to count what was kept.

    Raises `StoreAbsent` where there is none, and otherwise as `Store.open`. Where it can be written to, the
    lock to write was had for a moment.
    """
    database = Database.open(url, patience, create=False)
    try:
        with database.reading() as connection:
            found = _examined(connection, database.shown, now, since)
        if not found.is_read_only:
            database.write(lambda _connection: None)
        return found
    finally:
        database.close()


def _examined(connection: Connection, shown: str, now: Callable[[], datetime], since: timedelta) -> Examined:
    is_sqlite = connection.dialect.name == "sqlite"
    revision = revision_of(connection, shown)
    schema = _schema(revision)
    is_current = schema is Schema.CURRENT
    kept, kept_since = _kept(connection, now() - since) if is_current else (0, None)
    return Examined(
        shown=shown,
        engine=_engine(connection),
        schema=schema,
        revision=revision or "",
        head=HEAD,
        is_on_server=not is_sqlite,
        journal=str(_asked(connection, "PRAGMA journal_mode")) if is_sqlite else "",
        is_read_only=not is_sqlite and _asked(connection, "SHOW transaction_read_only") == "on",
        ahead=0.0 if is_sqlite else _ahead(connection, now),
        last_begun=_last_begun(connection) if is_current else None,
        kept=kept,
        kept_since=kept_since,
    )


def _schema(revision: str | None) -> Schema:
    if revision is None:
        return Schema.NONE
    if revision == HEAD:
        return Schema.CURRENT
    return Schema.OLDER if revision in known_revisions() else Schema.NEWER


def _engine(connection: Connection) -> str:
    if connection.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    version = connection.dialect.server_version_info or ()
    return f"PostgreSQL {'.'.join(map(str, version))}"


def _asked(connection: Connection, question: str) -> object:
    return connection.execute(text(question)).scalar_one()


def _ahead(connection: Connection, now: Callable[[], datetime]) -> float:
    before = now()
    said = connection.execute(select(func.clock_timestamp())).scalar_one()
    after = now()
    ahead: timedelta = said - before - (after - before) / 2
    return ahead.total_seconds()


def _last_begun(connection: Connection) -> datetime | None:
    newest = select(CRAWL_RUN.c.started_at).order_by(CRAWL_RUN.c.id.desc()).limit(_LATEST_RUNS).subquery()
    found: datetime | None = connection.execute(select(func.max(newest.c.started_at))).scalar()
    return found.astimezone(UTC) if found else None


def _kept(connection: Connection, since: datetime) -> tuple[int, datetime | None]:
    """Bytes of the captures' records since then, and when the first was made."""
    first = _first_since(connection, since)
    query = select(func.sum(CAPTURE.c.warc_length), func.min(CAPTURE.c.fetched_at))
    size, at = connection.execute(query.where(CAPTURE.c.id >= first)).one()
    return int(size or 0), at


def _first_since(connection: Connection, since: datetime) -> int:
    """The number of the first capture since then. Times have no index; numbers nearly go by them."""
    last = connection.execute(select(func.max(CAPTURE.c.id))).scalar()
    least, most = 1, (last or 0) + 1
    while least < most:
        middle = (least + most) // 2
        at = connection.execute(
            select(CAPTURE.c.fetched_at).where(CAPTURE.c.id >= middle).order_by(CAPTURE.c.id).limit(1)
        ).scalar()
        if at is None or at >= since:
            most = middle
        else:
            least = middle + 1
    return least
