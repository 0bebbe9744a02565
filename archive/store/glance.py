"""A glance at the store: what tells whether an export is current, read without SQLAlchemy.

To load that and the tables takes half a second, longer than all else in a refresh where nothing has changed.
A glance never decides that something has: whatever it cannot make out, the store itself is asked.
"""

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from archive.store.migrations import HEAD

_SQLITE = "sqlite:///"
_LAST_EXPORT = """
SELECT asked, files, stamp FROM export_folder
WHERE folder = ?
AND change = coalesce((SELECT number FROM last_change), 0)
AND ? = (SELECT version_num FROM alembic_version)
"""
_PATIENCE = 1.0
"""Seconds for the lock of another program."""


@dataclass(frozen=True, slots=True)
class CurrentExport:
    """An export that has in it all that the store has; the fields are those of an `ExportedFolder`."""

    asked: str
    files: int
    stamp: str


def current_export(address: str, folder: str) -> CurrentExport | None:
    """The last export into the folder, where nothing has changed in the store since.

    None where it has, or where a glance cannot tell: at PostgreSQL, at a store of another version, at a file
    that cannot be read.
    """
    path = file_of(address)
    if path is None or "?" in address:  # options are for the store to heed
        return None
    with suppress(sqlite3.Error, UnicodeError):
        place = f"file:{quote(str(path))}?mode=rw"  # `ro` would leave the write-ahead log behind
        with closing(sqlite3.connect(place, uri=True, timeout=_PATIENCE)) as connection:
            row = connection.execute(_LAST_EXPORT, (folder, HEAD)).fetchone()
        return CurrentExport(*row) if row else None
    return None


def file_of(address: str) -> Path | None:
    """The file of a database, by its address as it is configured; None where that names none."""
    path = address.partition("?")[0].removeprefix(_SQLITE)
    return Path(unquote(path)) if address.startswith(_SQLITE) else None
