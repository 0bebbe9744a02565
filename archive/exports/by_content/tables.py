"""The tables of a plan: a database in the hidden folder, for as long as an export takes.

What is wanted and what is there has a row for each file here, and nothing in memory: that stays flat however
many files there are. Nothing in it outlives the export, so it is written without any care for the disk.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.errors import ExportError

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -16000;
CREATE TABLE wanted (
    id INTEGER PRIMARY KEY, own TEXT, content_hash TEXT, source TEXT, source_id TEXT,
    moment REAL, place INTEGER, name TEXT, settled INTEGER, gone_since TEXT, tail TEXT
);
CREATE TABLE listed (
    name TEXT PRIMARY KEY, sha256 TEXT, content_hash TEXT, source TEXT, source_id TEXT,
    number INTEGER, is_numbered INTEGER, state INTEGER, is_passed_on INTEGER, is_gone INTEGER, tail TEXT
);
CREATE TABLE present (name TEXT PRIMARY KEY, is_plain INTEGER, number INTEGER, hash16 TEXT, settled INTEGER);
CREATE TABLE taken (folded TEXT PRIMARY KEY, is_present INTEGER) WITHOUT ROWID;
CREATE TABLE other (source TEXT, source_id TEXT, PRIMARY KEY (source, source_id)) WITHOUT ROWID;
CREATE TABLE sure (content_hash TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE extra (name TEXT PRIMARY KEY, listed_sha256 TEXT, sha256 TEXT);
"""


@contextmanager
def plan_tables(path: Path) -> Iterator[sqlite3.Connection]:
    """The tables, in a new file of that path. Raises `ExportError` where they cannot be written.

    ``wanted``: what the folder is to have, and under which name. ``listed``: the files of the manifest, and
    what becomes of them (`plan.State`). ``present``: what lies in the folder. ``taken``: the names of all
    these, as a file system may see them. ``other``: documents that do not speak for a wanted content.
    ``sure``: contents of which the manifest is believed. ``extra``: files that are of no content, as they
    were listed and as they are to be.
    """
    with suppress(FileNotFoundError):
        path.unlink()
    with refusing(path):
        tables = sqlite3.connect(path, isolation_level=None)
    try:
        with refusing(path):
            tables.executescript(_TABLES)
            tables.execute("BEGIN")
            yield tables
    finally:
        tables.close()
        with suppress(FileNotFoundError):
            path.unlink()


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        where = path.parent.parent
        if "full" in str(error):
            what = "no space left; free some and export again: the files that are there are whole"
        else:
            what = f"cannot be exported to ({error}); export into a folder that can be written"
        raise ExportError(f"{where}: {what}") from error
