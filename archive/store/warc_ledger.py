"""The ledger of WARC files: which there are, and how much of each is committed."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, case, delete, select, update

from archive.errors import StoreError
from archive.store.rows import insertion
from archive.store.tables import WARC_FILE
from archive.store.types import storable
from archive.store.values import Capture, WarcFile


def enter_warc(connection: Connection, file: WarcFile) -> bool:
    """Enter a new file; False where its name is taken."""
    statement = insertion(connection, WARC_FILE).on_conflict_do_nothing().returning(WARC_FILE.c.name)
    return connection.execute(statement, asdict(file)).first() is not None


def seal_warc(connection: Connection, name: str) -> None:
    """Note that nothing is appended to the file any more. Raises `StoreError` for an unknown one."""
    if not connection.execute(update(WARC_FILE).where(WARC_FILE.c.name == name), {"sealed": True}).rowcount:
        raise _unknown(name)


def drop_warc(connection: Connection, name: str) -> None:
    """Strike out a file without captures; nothing happens where it is not there.

    Raises `StoreError` where captures are committed to it.
    """
    named = WARC_FILE.c.name == name
    connection.execute(delete(WARC_FILE).where(named, WARC_FILE.c.length == WARC_FILE.c.head_length))
    if connection.execute(select(WARC_FILE.c.name).where(named)).first():
        raise StoreError(f"{name}: holds captures that are committed; it stays in the store, seal it instead")


def warc_files(connection: Connection, source: str | None, *, open_only: bool) -> list[WarcFile]:
    """The files, of the source if one is given, by name; `open_only` leaves out those that are sealed."""
    query = select(WARC_FILE).order_by(WARC_FILE.c.name)
    if source is not None:
        query = query.where(WARC_FILE.c.source == source)
    if open_only:
        query = query.where(WARC_FILE.c.sealed.is_(False))
    return [WarcFile(**row) for row in connection.execute(query).mappings()]


def raise_lengths(connection: Connection, captures: Iterable[Capture]) -> None:
    """Count the captures' records as committed in their files; no file is ever made shorter by it.

    Raises `StoreError` for a file that is not there: its captures would never be found again.
    """
    for name, end in sorted(_ends(captures).items()):
        longer = case((WARC_FILE.c.length < end, end), else_=WARC_FILE.c.length)
        if not connection.execute(
            update(WARC_FILE).where(WARC_FILE.c.name == name).values(length=longer)
        ).rowcount:
            raise _unknown(name)


def _ends(captures: Iterable[Capture]) -> dict[str, int]:
    ends: dict[str, int] = {}
    for capture in captures:
        if capture.warc_file:
            name = storable(capture.warc_file)
            ends[name] = max(ends.get(name, 0), (capture.warc_offset or 0) + (capture.warc_length or 0))
    return ends


def _unknown(name: str) -> StoreError:
    return StoreError(f"{name}: not among the WARC files of the store; enter it first")
