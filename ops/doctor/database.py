"""The store: whether it can be used, and by this version; it is neither made nor upgraded."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from archive.errors import ArchiveError, StoreAbsent, UsageError
from archive.store.examination import Examined, Schema, examine, file_at
from ops.doctor.findings import Finding, from_error, ok, problem, warning

_CHECK = "store"
_PATIENCE = 3.0
"""Seconds to wait for a lock: a batch of a crawl holds it for a tenth of one."""
WEEK = timedelta(days=7)
"""What "the present growth" is measured over."""


def examined(address: str, now: Callable[[], datetime]) -> tuple[Examined | None, Finding | None]:
    """The database at the address; or, where it cannot be used, what is wrong."""
    try:
        return examine(address, now, patience=_PATIENCE, since=WEEK), None
    except StoreAbsent as error:
        do = "nothing: the first crawl or import makes it. Is it elsewhere? Then set data_dir or database_url"
        if "sqlite" not in address:
            do = str(error).partition("; ")[2]
        return None, warning(_CHECK, str(error).partition("; ")[0], do)
    except ArchiveError as error:
        return None, from_error(_CHECK, error)


def growth(found: Examined | None, now: datetime) -> float:
    """Bytes of captures a day; 0 where it cannot be told yet."""
    if found is None or found.kept_since is None or now - found.kept_since < timedelta(days=1):
        return 0.0
    return found.kept / ((now - found.kept_since) / timedelta(days=1))


def file_of(address: str) -> Path | None:
    """The file of the database at the address, whether it is there or not; None where there is none."""
    try:
        file = file_at(address)
    except UsageError:
        return None
    return file.absolute() if file else None


def store_findings(found: Examined) -> Iterator[Finding]:
    """How a database that can be read stands."""
    about = f"{found.shown}: {found.engine}, schema {found.revision or 'none'}"
    if found.is_read_only:
        yield problem(_CHECK, f"{about}: read-only", "name the server that is written to, in database_url")
    if found.schema is Schema.NEWER:
        what = f"{about}, which this version does not know (it knows up to {found.head})"
        yield problem(_CHECK, what, "update finews-archive, or name another database")
    elif found.schema is Schema.OLDER:
        what = f"{about}, older than that of this version ({found.head})"
        yield warning(_CHECK, what, "back it up, then `archive db upgrade`; the next crawl does it as well")
    elif found.schema is Schema.NONE:
        yield warning(_CHECK, f"{about}: empty", "nothing: the first crawl or import fills it")
    elif found.journal not in {"", "wal"}:
        what = f"{about}, journal {found.journal}: readers and a crawl would wait for each other"
        yield warning(_CHECK, what, "close all that has it open, then `archive db upgrade`")
    elif not found.is_read_only:
        yield ok(_CHECK, f"{about}{', WAL' if found.journal else ''}, can be written to")
