"""A whole store: the database, its contents, and the WARC files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from archive.verification.contents import verify_contents
from archive.verification.findings import Finding, OnProgress, damage, read_through
from archive.verification.warc_files import verify_warc_files

if TYPE_CHECKING:
    from archive.store import Store


def verify_store(
    store: "Store", warc_folder: Path, on_progress: OnProgress = lambda name, count: None
) -> Iterator[Finding]:
    """All that is wrong with the store and the WARC files in the folder, as it is found.

    Nothing is changed, and a crawl may go on meanwhile. A database that cannot be read to its end is a
    finding as well, and the rest is looked at nevertheless.
    """
    where = store.url_shown
    yield from read_through(where, (damage(where, line) for line in _lines(store)))
    yield from read_through(where, verify_contents(store, on_progress))
    yield from read_through(where, verify_warc_files(store, warc_folder, on_progress))


def _lines(store: "Store") -> Iterator[str]:
    yield from store.damage()
