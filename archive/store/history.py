"""What became of one document, or of one address: read for people who ask why."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, func, select, union

from archive.store import pages
from archive.store.captures import Rejections, rejections
from archive.store.database import Database
from archive.store.documents import find
from archive.store.holdings import ORDER
from archive.store.rows import capture_of, chunks
from archive.store.runs import run_of
from archive.store.tables import (
    CAPTURE,
    CONTENT,
    CRAWL_RUN,
    DOCUMENT,
    IMPORTED_FILE,
    PAGE,
    REJECTION,
    REVISION,
)
from archive.store.types import storable
from archive.store.values import Capture, Page, Rejected, Run, Stored

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Newest(Generic[Item]):
    """The newest of many, in the order in which they came."""

    items: tuple[Item, ...] = ()
    in_all: int = 0

    @property
    def left_out(self) -> int:
        """How many older ones there are."""
        return self.in_all - len(self.items)


@dataclass(frozen=True, slots=True)
class Revised:
    """One revision of a document, with its content. The time is aware, in UTC."""

    id: int
    """Greater than those of all revisions, of whatever document, that were stored before."""
    content_hash: str
    seen_at: datetime
    run_id: int | None
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sharer:
    """Another document that has, or once had, a content of the one that is asked about."""

    source: str
    source_id: str
    address: str
    published: datetime | None
    content_hash: str
    """The content that both have had."""
    since: datetime
    """When it was first seen with it."""
    revision_id: int
    """The id of that revision."""
    is_current: bool
    """Whether it has it now."""


@dataclass(frozen=True, slots=True)
class CameIn:
    """A file that came in for a document, with the content that it had."""

    name: str
    sha256: str
    content_hash: str
    leaves: bool
    """It is a file of a corpus, and leaves as it came while its document has this content."""


class History:
    """The past as the store has it. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def named(self, texts: Iterable[str], limit: int) -> list[Stored]:
        """The documents that any of the texts names, as `Store.find` has it, in order of source and id."""
        with self._database.reading() as connection:
            return find(connection, texts, limit)

    def revisions(self, document_id: int) -> list[Revised]:
        """The document's revisions, in the order seen; the first sight is one."""
        query = (
            select(REVISION, CONTENT.c.title, CONTENT.c.text)
            .join(CONTENT, CONTENT.c.content_hash == REVISION.c.content_hash)
            .where(REVISION.c.document_id == document_id)
            .order_by(REVISION.c.id)
        )
        with self._database.reading() as connection:
            return [
                Revised(row.id, row.content_hash, row.seen_at, row.run_id, row.title, row.text)
                for row in connection.execute(query)
            ]

    def body(self, content_hash: str) -> str:
        """The body of a content; of several documents with it, that of the one that took precedence."""
        query = select(CONTENT.c.body).where(CONTENT.c.content_hash == content_hash)
        with self._database.reading() as connection:
            return str(connection.execute(query).scalar_one())

    def captures(self, addresses: Collection[str], limit: int) -> Newest[Capture]:
        """The newest captures of any of the addresses."""
        at = CAPTURE.c.address.in_([storable(address) for address in addresses])
        order = (CAPTURE.c.fetched_at.desc(), CAPTURE.c.id.desc())
        with self._database.reading() as connection:
            rows = connection.execute(select(CAPTURE).where(at).order_by(*order).limit(limit)).all()
            return Newest(tuple(map(capture_of, reversed(rows))), _count(connection, CAPTURE, at))

    def rejections(self, addresses: Collection[str], limit: int) -> Newest[Rejected]:
        """The newest rejections at any of the addresses."""
        asked = [storable(address) for address in addresses]
        with self._database.reading() as connection:
            found = rejections(connection, Rejections(addresses=asked), limit)
            in_all = _count(connection, REJECTION, REJECTION.c.address.in_(asked))
        return Newest(tuple(reversed(found)), in_all)

    def sharers(self, document_id: int, hashes: Collection[str], limit: int) -> Newest[Sharer]:
        """The other documents that have or had one of the contents; those that have it now come first.

        Of these, and of the others, that first which would speak in an export.
        """
        since = func.min(REVISION.c.seen_at, type_=REVISION.c.seen_at.type).label("since")
        first = func.min(REVISION.c.id).label("revision_id")
        shared = (
            select(REVISION.c.document_id, REVISION.c.content_hash, since, first)
            .where(REVISION.c.content_hash.in_(sorted(hashes)), REVISION.c.document_id != document_id)
            .group_by(REVISION.c.document_id, REVISION.c.content_hash)
            .subquery()
        )
        is_current = (DOCUMENT.c.content_hash == shared.c.content_hash).label("is_current")
        columns = (DOCUMENT.c.source, DOCUMENT.c.source_id, DOCUMENT.c.address, DOCUMENT.c.published)
        query = (
            select(*columns, shared.c.content_hash, shared.c.since, shared.c.revision_id, is_current)
            .join(shared, shared.c.document_id == DOCUMENT.c.id)
            .order_by(is_current.desc(), *ORDER, shared.c.content_hash)
            .limit(limit)
        )
        with self._database.reading() as connection:
            in_all = connection.execute(select(func.count()).select_from(shared)).scalar_one()
            rows = connection.execute(query).mappings().all()
        return Newest(tuple(Sharer(**{**row, "is_current": bool(row["is_current"])}) for row in rows), in_all)

    def speaker(self, content_hash: str) -> tuple[str, str] | None:
        """The document (source, source_id) that speaks for the content in an export of everything."""
        query = select(DOCUMENT.c.source, DOCUMENT.c.source_id).order_by(*ORDER).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query.where(DOCUMENT.c.content_hash == content_hash)).one_or_none()
        return None if row is None else (row.source, row.source_id)

    def files(self, document_id: int) -> list[CameIn]:
        """The files that came in for the document, by name."""
        names = ("name", "sha256", "content_hash", "leaves")
        query = select(*(IMPORTED_FILE.c[name] for name in names)).order_by(IMPORTED_FILE.c.name)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(IMPORTED_FILE.c.document_id == document_id)).mappings()
            return [CameIn(**row) for row in rows]

    def runs(self, run_ids: Iterable[int]) -> dict[int, Run]:
        """The runs of these numbers, by number."""
        with self._database.reading() as connection:
            return {
                row.id: run_of(row)
                for some in chunks(sorted(set(run_ids)))
                for row in connection.execute(select(CRAWL_RUN).where(CRAWL_RUN.c.id.in_(some)))
            }

    def in_frontier(self, source: str, address: str, now: datetime) -> Page | None:
        """The page as a crawl that begins now would find it in its frontier; None where it would not."""
        with self._database.reading() as connection:
            return next(iter(pages.frontier(connection, source, now, address)), None)

    def addresses_ending(self, source: str, ending: str) -> Sequence[str]:
        """The addresses with that end of the source's pages, and of pages that were rejected; sorted.

        A scan, as it is people who ask, and pages and rejections are narrow rows.
        """
        of_pages = select(PAGE.c.address).where(PAGE.c.source == source)
        of_rejections = select(REJECTION.c.address).join(CRAWL_RUN, CRAWL_RUN.c.id == REJECTION.c.run_id)
        query = union(
            of_pages.where(PAGE.c.address.endswith(ending, autoescape=True)),
            of_rejections.where(
                CRAWL_RUN.c.source == source, REJECTION.c.address.endswith(ending, autoescape=True)
            ),
        )
        with self._database.reading() as connection:
            return sorted(connection.execute(query).scalars())


def _count(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(where)).scalar_one())
