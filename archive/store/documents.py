"""Documents as they stand: asked for, found, counted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, or_, select

from archive.documents import Fidelity
from archive.store.rows import chunks, found_in
from archive.store.tables import CONTENT, DOCUMENT, IMPORTED_FILE, PAGE, REJECTION, REVISION
from archive.store.values import Counts, Figures, ImportedFile, Known, Stored

_HASH_PREFIX = re.compile(r"[0-9a-f]{6,64}", re.IGNORECASE)


def known(connection: Connection, source: str) -> dict[str, Known]:
    """The source's documents by address, without those gone and those whose address is not known.

    Nor those that came in with their address by an import, as long as nobody has asked there: a crawl that
    comes upon one asks for it once.
    """
    was_asked = exists().where(PAGE.c.source == DOCUMENT.c.source, PAGE.c.address == DOCUMENT.c.address)
    names = ("address", "source_id", "slug", "fidelity", "published", "content_hash", "first_seen")
    query = (
        select(*(DOCUMENT.c[name] for name in names), CONTENT.c.title)
        .join(CONTENT, CONTENT.c.content_hash == DOCUMENT.c.content_hash)
        .where(DOCUMENT.c.source == source, DOCUMENT.c.gone_since.is_(None), DOCUMENT.c.address != "")
        .where(or_(DOCUMENT.c.fidelity != Fidelity.IMPORT, was_asked))
        .order_by(DOCUMENT.c.source_id)
    )
    return {
        row.address: Known(
            source_id=row.source_id,
            slug=row.slug,
            title=row.title,
            fidelity=Fidelity(row.fidelity),
            published=row.published,
            content_hash=row.content_hash,
            first_seen=row.first_seen,
        )
        for row in connection.execute(query)
    }


def is_gone(connection: Connection, source: str, source_id: str) -> bool:
    """Whether the source has taken the document away."""
    named = (DOCUMENT.c.source == source) & (DOCUMENT.c.source_id == source_id)
    found = connection.execute(select(DOCUMENT.c.gone_since).where(named)).scalar_one_or_none()
    return found is not None


def find(connection: Connection, texts: Iterable[str], limit: int) -> list[Stored]:
    """The documents that any of the texts names, by source and source_id.

    A text names by a source_id, alone or behind its source and a colon, by an address, by the beginning of
    a content hash (six digits or more), and by the name of an imported file.
    """
    names = [name for text in texts if text for name in _names(text)]
    if not names:
        return []
    query = (
        select(DOCUMENT, CONTENT.c.title, CONTENT.c.body, CONTENT.c.text)
        .join(CONTENT, CONTENT.c.content_hash == DOCUMENT.c.content_hash)
        .where(or_(*names))
        .order_by(DOCUMENT.c.source, DOCUMENT.c.source_id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    revisions, files = _revisions(connection, ids), _files(connection, ids)
    return [_stored(row, revisions[row.id], files.get(row.id)) for row in rows]


def _names(text: str) -> Iterable[ColumnElement[bool]]:
    # Scans: it is people who ask, and a table of 300,000 documents without their contents takes 0.2 s.
    yield DOCUMENT.c.source_id == text
    source, colon, source_id = text.partition(":")
    if colon:
        yield (DOCUMENT.c.source == source) & (DOCUMENT.c.source_id == source_id)
    yield DOCUMENT.c.address == text
    yield DOCUMENT.c.share_address == text
    if _HASH_PREFIX.fullmatch(text):
        # Between the prefix and what sorts behind all hashes that begin with it: an index can do that.
        first = text.lower()
        yield DOCUMENT.c.content_hash.between(first.ljust(64, "0"), first.ljust(64, "f"))
    yield DOCUMENT.c.id.in_(select(IMPORTED_FILE.c.document_id).where(IMPORTED_FILE.c.name == text))


def _revisions(connection: Connection, ids: Sequence[int]) -> Mapping[int, int]:
    counted = select(REVISION.c.document_id, func.count()).group_by(REVISION.c.document_id)
    return {
        row[0]: row[1]
        for some in chunks(ids)
        for row in connection.execute(counted.where(REVISION.c.document_id.in_(some)))
    }


def _files(connection: Connection, ids: Sequence[int]) -> Mapping[int, ImportedFile]:
    current = (
        select(IMPORTED_FILE)
        .join(DOCUMENT, DOCUMENT.c.id == IMPORTED_FILE.c.document_id)
        .where(DOCUMENT.c.content_hash == IMPORTED_FILE.c.content_hash)
        .order_by(IMPORTED_FILE.c.name.desc())  # so that the first by name stays, of several
    )
    return {
        row.document_id: ImportedFile(row.name, row.data, leaves=row.leaves)
        for some in chunks(ids)
        for row in connection.execute(current.where(DOCUMENT.c.id.in_(some)))
    }


def _stored(row: Row[Any], revisions: int, imported: ImportedFile | None) -> Stored:
    return Stored(
        id=row.id,
        found=found_in(row, row.title, row.body),
        content_hash=row.content_hash,
        text=row.text,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        gone_since=row.gone_since,
        revisions=revisions,
        imported=imported,
    )


def counts(connection: Connection) -> Counts:
    """How much there is of each."""
    tables = (DOCUMENT, CONTENT, REVISION, REJECTION)
    numbers = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
    return Counts(*connection.execute(select(*numbers)).one())


def figures(connection: Connection, source: str) -> Figures:
    """How much there is of a source."""
    columns = (func.count(), func.count(DOCUMENT.c.gone_since))
    latest = (func.max(DOCUMENT.c.first_seen, type_=DOCUMENT.c.first_seen.type),) + (
        func.max(DOCUMENT.c.published, type_=DOCUMENT.c.published.type),
    )
    return Figures(*connection.execute(select(*columns, *latest).where(DOCUMENT.c.source == source)).one())
