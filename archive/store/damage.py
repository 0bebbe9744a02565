"""What the database itself finds wrong with its tables."""

from collections.abc import Iterator

from sqlalchemy import Connection, ForeignKey, func, select
from sqlalchemy.exc import DatabaseError

from archive.store import fulltext
from archive.store.failures import is_damage
from archive.store.tables import DOCUMENT, METADATA, REVISION


def damage(connection: Connection) -> list[str]:
    """A line for each fault; none where the database is sound. It reads all of it."""
    found: list[str] = []
    try:
        if connection.dialect.name == "sqlite":
            found += _broken_structure(connection)
        found += _broken_references(connection)
        found += _broken_histories(connection)
        found += fulltext.faults(connection)
    except DatabaseError as error:
        if not is_damage(error):
            raise
        found.append(" ".join(str(error.orig).split()))
    return found


def _broken_structure(connection: Connection) -> list[str]:
    lines = [
        " ".join(str(line).split()) for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars()
    ]
    return [line for line in lines if line != "ok"]


def _broken_references(connection: Connection) -> Iterator[str]:
    """Asked for in so many words: SQLite's own check names rows only, and PostgreSQL has none."""
    for key in sorted(_foreign_keys(), key=lambda one: (str(one.parent), str(one.column))):
        child, parent = key.parent, key.column
        orphans = select(func.count(), func.min(child)).where(
            child.is_not(None), ~select(parent).where(parent == child).correlate(child.table).exists()
        )
        number, first = connection.execute(orphans).one()
        if number:
            yield f"{number} rows of {child.table.name} name a {parent} that is not there, {first} among them"


def _broken_histories(connection: Connection) -> Iterator[str]:
    """A document's content is that of its newest revision."""
    newest = (
        select(REVISION.c.content_hash)
        .where(REVISION.c.document_id == DOCUMENT.c.id)
        .order_by(REVISION.c.id.desc())
        .limit(1)
        .correlate(DOCUMENT)
        .scalar_subquery()
    )
    broken = select(func.count(), func.min(DOCUMENT.c.source_id)).where(
        newest.is_distinct_from(DOCUMENT.c.content_hash)
    )
    number, first = connection.execute(broken).one()
    if number:
        yield f"{number} rows of document have another content than their newest revision, {first} among them"


def _foreign_keys() -> Iterator[ForeignKey]:
    for table in METADATA.sorted_tables:
        yield from table.foreign_keys
