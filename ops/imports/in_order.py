"""Names in order, of which there may be more than memory should hold."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain, islice

from archive.errors import StoreUnavailable

_HELD = 10_000
"""Names that are put in order in memory; more are in a temporary file."""


def in_order(names: Iterable[str]) -> Iterator[str]:
    """The names by their bytes, all of which are taken before this returns.

    Raises `StoreUnavailable` where there is no room for a temporary file.
    """
    names = iter(names)
    held = list(islice(names, _HELD))
    if len(held) < _HELD:
        return iter(sorted(held, key=os.fsencode))
    with _explained():
        scratch = sqlite3.connect("", isolation_level=None)  # a file that goes with the connection
        scratch.executescript("BEGIN; CREATE TABLE name (name BLOB)")
        rows = ((os.fsencode(name),) for name in chain(held, names))
        scratch.executemany("INSERT INTO name VALUES (?)", rows)
    return _sorted(scratch)


def _sorted(scratch: sqlite3.Connection) -> Iterator[str]:
    with closing(scratch), _explained():
        for (name,) in scratch.execute("SELECT name FROM name ORDER BY name"):
            yield os.fsdecode(name)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(
            f"names cannot be put in order in a temporary file ({error}); free some space, or set "
            "SQLITE_TMPDIR to a folder that has some"
        ) from error
