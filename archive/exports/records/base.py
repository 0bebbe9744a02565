"""The base of a delta: what another folder has of each document, looked up by it, whatever the memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.errors import ExportError
from archive.exports.records.entry import RecordEntry, parse_record, record_line
from archive.exports.records.manifest import RecordManifest

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
BEGIN;
CREATE TABLE base (
    id INTEGER PRIMARY KEY, source TEXT, source_id TEXT, record TEXT, UNIQUE (source, source_id)
);
CREATE TABLE fresh (content_hash TEXT PRIMARY KEY, file TEXT) WITHOUT ROWID;
CREATE TABLE tombstone (id INTEGER PRIMARY KEY, line TEXT);
"""


class RecordBase:
    """The records of a manifest, in a scratch database: as many as there are take no more memory than one.

    `take` them one by one; what is left is what nothing has taken the place of. It also keeps what is found
    out meanwhile: contents that are `fresh`, tombstones. Raises `ExportError`, for a broken manifest too.
    """

    def __init__(self, manifest: RecordManifest, scratch: Path) -> None:
        self._manifest = manifest
        self._scratch = scratch
        self._database = sqlite3.connect(":memory:")

    def __enter__(self) -> Self:
        self._database.close()
        self._scratch.unlink(missing_ok=True)
        with self._explained():
            self._database = sqlite3.connect(self._scratch, isolation_level=None)
            self._database.executescript(_TABLES)
            try:
                self._database.executemany(
                    "INSERT INTO base (source, source_id, record) VALUES (?, ?, ?)",
                    ((one.source, one.source_id, record_line(one)) for one in self._manifest.records()),
                )
            except sqlite3.IntegrityError as error:
                raise ExportError(f"{self._manifest.path}: broken (it has a document twice)") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._scratch.unlink(missing_ok=True)

    def take(self, source: str, source_id: str) -> RecordEntry | None:
        """What the base has of the document, which it has no more then; None where it has nothing."""
        with self._explained():
            taken = self._database.execute(
                "DELETE FROM base WHERE source = ? AND source_id = ? RETURNING record", (source, source_id)
            ).fetchall()
        return parse_record(taken[0][0]) if taken else None

    def left(self) -> Iterator[RecordEntry]:
        """What was not taken, in the manifest's order."""
        with self._explained():
            for (record,) in self._database.execute("SELECT record FROM base ORDER BY id"):
                yield parse_record(record)

    def note_fresh(self, entry: RecordEntry) -> None:
        """Note that this record is written, for its content."""
        with self._explained():
            self._database.execute(
                "INSERT OR IGNORE INTO fresh VALUES (?, ?)", (entry.content_hash, entry.file)
            )

    def fresh(self, content_hash: str) -> str | None:
        """The first file in which a record of the content is written; None where none is."""
        with self._explained():
            query = "SELECT file FROM fresh WHERE content_hash = ?"
            row = self._database.execute(query, (content_hash,)).fetchone()
        return str(row[0]) if row else None

    def bury(self, tombstone: str) -> None:
        """Keep a line of the tombstones."""
        with self._explained():
            self._database.execute("INSERT INTO tombstone (line) VALUES (?)", (tombstone,))

    def tombstones(self) -> Iterator[str]:
        """The lines, in the order in which they were kept."""
        with self._explained():
            for (line,) in self._database.execute("SELECT line FROM tombstone ORDER BY id"):
                yield line

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ExportError(
                f"{self._scratch}: no scratch database can be kept there ({error}); free some space"
            ) from error
