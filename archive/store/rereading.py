"""What is kept of documents and of pages that became none, to be read again without the network."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select, update

from archive.store import leases
from archive.store.captures import originals
from archive.store.conditions import conditions
from archive.store.database import Database
from archive.store.decisions import Standing
from archive.store.rows import capture_of, chunks, found_in, standing_in
from archive.store.selection import Selection
from archive.store.tables import CAPTURE, CONTENT, CRAWL_RUN, DOCUMENT, IMPORTED_FILE, REJECTION
from archive.store.types import storable
from archive.store.values import Capture, ImportedFile, Lease, RecordType

_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that came in for a document."""

    file: ImportedFile
    is_fresh: bool
    """Whether the document has the content that the file was read as."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it stands. Its title and body are those that are kept of its content."""

    id: int
    standing: Standing
    text: str
    """The canonical text of its content."""
    precedence: str
    """That of the body that is kept of its content: of its own, or of another document that has it, too."""
    files: tuple[KeptFile, ...]
    """In the order in which their names came in."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A capture by its number, which grows in the order of storing, and the one that has its payload."""

    id: int
    capture: Capture
    original: Capture | None
    """Itself, for a record that has its payload; None where that is in no record."""


@dataclass(frozen=True, slots=True)
class PageRejected:
    """That a run rejected a page; `capture_id` is of the last answer that it had."""

    run_id: int | None
    stage: str
    reason: str
    capture_id: int | None


class Rereading:
    """Batches of what is kept. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sources(self, selection: Selection) -> dict[str, int]:
        """How many documents are selected of each source, by name."""
        query = select(DOCUMENT.c.source, func.count()).group_by(DOCUMENT.c.source)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(*conditions(connection, selection)))
            return dict(sorted((source, count) for source, count in rows))

    def rejecting(self, stages: Collection[str]) -> dict[str, int]:
        """How many pages the runs of each source rejected at one of the stages, and kept, by its name.

        Without those at whose address it has a document by now.
        """
        # Distinct, so that SQLite makes an index of the addresses instead of looking through all documents.
        known = select(DOCUMENT.c.source, DOCUMENT.c.address).distinct().subquery()
        is_there = and_(known.c.source == CRAWL_RUN.c.source, known.c.address == REJECTION.c.address)
        pages = _rejected_at(stages).outerjoin(known, is_there).where(known.c.source.is_(None))
        query = pages.with_only_columns(CRAWL_RUN.c.source, func.count(REJECTION.c.address.distinct()))
        with self._database.reading() as connection:
            rows = connection.execute(query.group_by(CRAWL_RUN.c.source))
            return dict(sorted((source, count) for source, count in rows))

    def documents(self, source: str, selection: Selection, after: int, limit: int) -> list[Kept]:
        """The next selected documents of the source behind that of the number `after`."""
        with self._database.reading() as connection:
            wanted = conditions(connection, selection)
            query = (
                select(DOCUMENT, CONTENT.c.title, CONTENT.c.body, CONTENT.c.text, CONTENT.c.precedence)
                .join(CONTENT, CONTENT.c.content_hash == DOCUMENT.c.content_hash)
                .where(DOCUMENT.c.source == source, DOCUMENT.c.id > after, *wanted)
                .order_by(DOCUMENT.c.id)
                .limit(limit)
            )
            rows = connection.execute(query).all()
            files = _files(connection, {row.id: row.content_hash for row in rows})
        return [_kept(row, files[row.id]) for row in rows]

    def rejected_pages(self, source: str, stages: Collection[str], after: str, limit: int) -> list[str]:
        """The next addresses, behind `after`, of pages that runs of the source rejected and kept."""
        query = _rejected_at(stages).with_only_columns(REJECTION.c.address).distinct()
        next_ones = query.where(CRAWL_RUN.c.source == source, REJECTION.c.address > after)
        with self._database.reading() as connection:
            rows = connection.execute(next_ones.order_by(REJECTION.c.address).limit(limit))
            return list(rows.scalars())

    def known_at(self, source: str, addresses: Iterable[str]) -> frozenset[str]:
        """Those of the addresses at which there is a document of the source."""
        return self._known(source, DOCUMENT.c.address, addresses)

    def known_ids(self, source: str, source_ids: Iterable[str]) -> frozenset[str]:
        """Those of the source_ids that are of documents of the source."""
        return self._known(source, DOCUMENT.c.source_id, source_ids)

    def _known(self, source: str, column: ColumnElement[str], values: Iterable[str]) -> frozenset[str]:
        """Those of the values that documents of the source have in the column."""
        found: set[str] = set()
        with self._database.reading() as connection:
            for some in chunks(values):
                query = select(column).where(DOCUMENT.c.source == source, column.in_(some))
                found.update(connection.execute(query).scalars())
        return frozenset(found)

    def retrieved(self, source: str, addresses: Iterable[str]) -> dict[str, list[Retrieved]]:
        """By address what runs of the source retrieved there and kept, in the order of storing.

        Without answers that nothing has changed.
        """
        found: dict[str, list[Retrieved]] = defaultdict(list)
        with self._database.reading() as connection:
            for some in chunks(sorted({storable(one) for one in addresses})):
                query = _retrieved_by(source).where(
                    CAPTURE.c.address.in_(some), CAPTURE.c.status != _NOT_MODIFIED
                )
                for one in _with_originals(connection, connection.execute(query).all()):
                    found[one.capture.address].append(one)
        return dict(found)

    def numbered(self, source: str, capture_ids: Iterable[int]) -> dict[int, Retrieved]:
        """What runs of the source retrieved and kept under the numbers, by these."""
        with self._database.reading() as connection:
            return {
                one.id: one
                for some in chunks(sorted(set(capture_ids)))
                for one in _with_originals(
                    connection,
                    connection.execute(_retrieved_by(source).where(CAPTURE.c.id.in_(some))).all(),
                )
            }

    def following(self, source: str, one: Retrieved) -> Retrieved | None:
        """What its run kept next: of a redirect that was followed, what it led to."""
        run_id = one.capture.run_id
        of_run = CAPTURE.c.run_id.is_(None) if run_id is None else CAPTURE.c.run_id == run_id
        query = _retrieved_by(source).where(of_run, CAPTURE.c.id > one.id).limit(1)
        with self._database.reading() as connection:
            return next(iter(_with_originals(connection, connection.execute(query).all())), None)

    def rejections(self, source: str, addresses: Iterable[str]) -> dict[str, list[PageRejected]]:
        """By address how runs of the source rejected its page, in the order of storing."""
        names = ("run_id", "stage", "reason", "capture_id")
        columns = [REJECTION.c.address, *(REJECTION.c[name] for name in names)]
        query = select(*columns).outerjoin(CRAWL_RUN, CRAWL_RUN.c.id == REJECTION.c.run_id)
        of_source = query.where(or_(CRAWL_RUN.c.source == source, REJECTION.c.run_id.is_(None)))
        found: dict[str, list[PageRejected]] = defaultdict(list)
        with self._database.reading() as connection:
            for some in chunks(sorted({storable(one) for one in addresses})):
                asked = of_source.where(REJECTION.c.address.in_(some)).order_by(REJECTION.c.id)
                for row in connection.execute(asked):
                    found[row.address].append(PageRejected(*(getattr(row, name) for name in names)))
        return dict(found)

    def note_normalizer(self, versions: Mapping[int, tuple[str, str]], lease: Lease) -> None:
        """Note by which version the documents, by number, were read as they stand.

        Each comes with the content hash that this was of: one that has another by now is left out. Nothing
        that is exported changes. Raises `LeaseLost` where the lease is not ours any more.
        """
        rows = [
            {"key": key, "content": content_hash, "version": version}
            for key, (content_hash, version) in sorted(versions.items())
        ]
        noted = update(DOCUMENT).where(
            DOCUMENT.c.id == bindparam("key"), DOCUMENT.c.content_hash == bindparam("content")
        )

        def write(connection: Connection) -> None:
            leases.check(connection, lease)
            connection.execute(noted.values(normalizer=bindparam("version")), rows)

        if rows:
            self._database.write(write)


def _kept(row: Row[Any], files: Sequence[KeptFile]) -> Kept:
    standing = standing_in(row)
    return Kept(
        id=row.id,
        standing=replace(standing, found=found_in(row, row.title, row.body)),
        text=row.text,
        precedence=row.precedence,
        files=tuple(files),
    )


def _files(connection: Connection, contents: Mapping[int, str]) -> Mapping[int, list[KeptFile]]:
    """By document its files, given the contents that the documents have."""
    found: dict[int, list[KeptFile]] = defaultdict(list)
    query = select(IMPORTED_FILE).order_by(IMPORTED_FILE.c.id)
    for some in chunks(contents):
        for row in connection.execute(query.where(IMPORTED_FILE.c.document_id.in_(some))):
            file = ImportedFile(row.name, row.data, row.leaves)
            is_fresh = row.content_hash == contents[row.document_id]
            found[row.document_id].append(KeptFile(file, is_fresh))
    return found


def _rejected_at(stages: Collection[str]) -> Select[Any]:
    return (
        select(REJECTION)
        .join(CRAWL_RUN, CRAWL_RUN.c.id == REJECTION.c.run_id)
        .join(CAPTURE, CAPTURE.c.id == REJECTION.c.capture_id)
        .where(REJECTION.c.stage.in_(sorted(stages)), CAPTURE.c.warc_file != "")
    )


def _retrieved_by(source: str) -> Select[Any]:
    """Captures with a record that runs of the source made, or nobody knows which run."""
    made_by = or_(CRAWL_RUN.c.source == source, CAPTURE.c.run_id.is_(None))
    query = select(CAPTURE).outerjoin(CRAWL_RUN, CRAWL_RUN.c.id == CAPTURE.c.run_id)
    return query.where(made_by, CAPTURE.c.warc_file != "").order_by(CAPTURE.c.id)


def _with_originals(connection: Connection, rows: Sequence[Row[Any]]) -> list[Retrieved]:
    captures = {row.id: capture_of(row) for row in rows}
    digests = {one.payload_digest for one in captures.values() if one.record is RecordType.REVISIT}
    by_digest = originals(connection, digests) if digests else {}
    return [
        Retrieved(key, one, one if one.record is RecordType.RESPONSE else by_digest.get(one.payload_digest))
        for key, one in captures.items()
    ]
