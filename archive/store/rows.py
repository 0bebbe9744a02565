"""Rows of the tables to values, and back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, CursorResult, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.store.decisions import Seen, Standing, precedence
from archive.store.values import Capture, RecordType, Truncated

Item = TypeVar("Item")

_CAPTURE = tuple(field.name for field in fields(Capture))

AT_ONCE = 500
"""Keys asked for in one statement: well under the 32,766 parameters that SQLite takes."""


def chunks(items: Iterable[Item], size: int = AT_ONCE) -> Iterator[Sequence[Item]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def insertion(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say ON CONFLICT; both dialects spell it alike."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def claim(
    connection: Connection, rows: Sequence[Mapping[str, Any]], *returned: Column[Any]
) -> CursorResult[Any]:
    """Insert those of the rows whose key is free, and return the columns of those alone."""
    statement = insertion(connection, returned[0].table)
    return connection.execute(statement.on_conflict_do_nothing().returning(*returned), rows)


def document_columns(standing: Standing) -> dict[str, Any]:
    """A document's row but for its id."""
    found, document = standing.found, standing.found.document
    return {
        "source": found.source,
        "source_id": found.source_id,
        "address": found.address,
        "share_address": found.share_address,
        "slug": document.slug,
        "outlet": document.outlet,
        "tags": document.tags,
        "link": document.link,
        "return_url": document.return_url,
        "published": document.published,
        "author": found.author,
        "lost": document.lost,
        "normalizer": found.normalizer,
        "content_hash": standing.content_hash,
        "fidelity": found.fidelity,
        "first_seen": standing.first_seen,
        "last_seen": standing.last_seen,
        "changed_at": standing.changed_at,
        "gone_since": standing.gone_since,
    }


def content_columns(seen: Seen) -> dict[str, Any]:
    """A content's row."""
    return {
        "content_hash": seen.content_hash,
        "title": seen.found.document.title,
        "body": seen.found.document.body,
        "text": seen.text,
        "precedence": precedence(seen.found),
    }


def capture_columns(capture: Capture, run_id: int | None) -> dict[str, Any]:
    """A capture's row but for its id."""
    return {name: getattr(capture, name) for name in _CAPTURE} | {"run_id": run_id}


def capture_of(row: Row[Any]) -> Capture:
    """The capture of a row that has the table's columns."""
    return Capture(
        address=row.address,
        fetched_at=row.fetched_at,
        status=row.status,
        payload_digest=row.payload_digest,
        payload_bytes=row.payload_bytes,
        etag=row.etag,
        last_modified=row.last_modified,
        truncated=Truncated(row.truncated),
        record=RecordType(row.record),
        warc_file=row.warc_file,
        warc_offset=row.warc_offset,
        warc_length=row.warc_length,
        record_sha256=row.record_sha256,
        took=row.took,
        why=row.why,
        run_id=row.run_id,
    )


def found_in(row: Row[Any], title: str = "", body: str = "") -> SourcedDocument:
    """The document of a row; its title and body are those of its content."""
    return SourcedDocument(
        source=row.source,
        source_id=row.source_id,
        address=row.address,
        share_address=row.share_address,
        fidelity=Fidelity(row.fidelity),
        document=Document(
            title=title,
            published=row.published and row.published.astimezone(SHANGHAI),
            slug=row.slug,
            outlet=row.outlet,
            tags=row.tags,
            body=body,
            link=row.link,
            return_url=row.return_url,
            lost=row.lost,
        ),
        author=row.author,
        normalizer=row.normalizer,
    )


def standing_in(row: Row[Any]) -> Standing:
    """What a document's row says."""
    return Standing(
        found=found_in(row),
        content_hash=row.content_hash,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        changed_at=row.changed_at,
        gone_since=row.gone_since,
    )
