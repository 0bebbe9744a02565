"""Holdings: what an export is made of, streamed in an order that follows from the documents alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from archive.store.rows import chunks, found_in
from archive.store.selection import Duplicates, Selection, conditions
from archive.store.tables import CONTENT, DOCUMENT, IMPORTED_FILE
from archive.store.values import Holding, ImportedFile

_AT_ONCE = 200
"""Contents in memory at a time. Their bodies are read by key behind the ordered documents: sorting rows that
carry their bodies would write the whole store to a temporary file."""

ORDER = (DOCUMENT.c.published.asc().nulls_last(), DOCUMENT.c.source, DOCUMENT.c.source_id)
"""Of several documents with one content the first of these speaks."""


def holdings(
    connection: Connection, selection: Selection, duplicates: Duplicates, *, with_text: bool
) -> Iterator[Holding]:
    """One for each content that is current for a selected document; the first of these in order speaks.

    Or one for each document, each with the others of its content.
    """
    sharing = _sharing(connection)
    with connection.execute(
        _speakers(connection, selection), execution_options={"yield_per": _AT_ONCE}
    ) as rows:
        speakers = rows if duplicates is Duplicates.ALL else _first_of_each(rows, sharing)
        for some in chunks(speakers, _AT_ONCE):
            yield from _complete(connection, some, sharing, with_text=with_text)


def current(connection: Connection, selection: Selection) -> frozenset[str]:
    """The contents that are current for a selected document."""
    wanted = conditions(connection, selection)
    return frozenset(connection.execute(select(DOCUMENT.c.content_hash).where(*wanted)).scalars())


def _speakers(connection: Connection, selection: Selection) -> Select[Any]:
    wanted = conditions(connection, selection)
    query = select(DOCUMENT).where(*wanted).order_by(*ORDER)
    if selection.since is None:
        return query
    changed = select(DOCUMENT.c.content_hash).where(*wanted, DOCUMENT.c.changed_at >= selection.since)
    return query.where(DOCUMENT.c.content_hash.in_(changed))


def _sharing(connection: Connection) -> Mapping[str, Sequence[Row[Any]]]:
    """The documents, in order, of each content that more than one has."""
    several = select(DOCUMENT.c.content_hash).group_by(DOCUMENT.c.content_hash).having(func.count() > 1)
    columns = (DOCUMENT.c[name] for name in ("id", "content_hash", "source", "source_id", "address"))
    query = select(*columns).where(DOCUMENT.c.content_hash.in_(several)).order_by(*ORDER)
    sharing = defaultdict(list)
    for row in connection.execute(query):
        sharing[row.content_hash].append(row)
    return sharing


def _first_of_each(rows: Iterable[Row[Any]], sharing: Mapping[str, Sequence[Row[Any]]]) -> Iterator[Row[Any]]:
    spoken: set[str] = set()
    for row in rows:
        if row.content_hash in sharing:
            if row.content_hash in spoken:
                continue
            spoken.add(row.content_hash)
        yield row


def _complete(
    connection: Connection,
    speakers: Sequence[Row[Any]],
    sharing: Mapping[str, Sequence[Row[Any]]],
    *,
    with_text: bool,
) -> Iterator[Holding]:
    hashes = [row.content_hash for row in speakers]
    columns = select(
        CONTENT.c.content_hash, CONTENT.c.title, CONTENT.c.body, *([CONTENT.c.text] if with_text else [])
    )
    contents = {
        row.content_hash: row for row in connection.execute(columns.where(CONTENT.c.content_hash.in_(hashes)))
    }
    fresh, stale = _files(connection, hashes)
    for row in speakers:
        content = contents[row.content_hash]
        others = [other for other in sharing.get(row.content_hash, ()) if other.id != row.id]
        files = tuple(fresh.get(row.content_hash, ()))
        names = [stale[one.id] for one in (row, *others) if one.id in stale]
        yield Holding(
            speaker=found_in(row, content.title, content.body),
            content_hash=row.content_hash,
            others=tuple((other.source, other.source_id, other.address) for other in others),
            imported=files,
            name=files[0].name if files else next(iter(names), ""),
            text=content.text if with_text else "",
            first_seen=row.first_seen,
            changed_at=row.changed_at,
            gone_since=row.gone_since,
        )


def _files(
    connection: Connection, hashes: Sequence[str]
) -> tuple[Mapping[str, Sequence[ImportedFile]], Mapping[int, str]]:
    """Files whose document has not changed since, by content; and the first names of others, by document."""
    is_fresh = IMPORTED_FILE.c.content_hash == DOCUMENT.c.content_hash
    query = (
        select(
            IMPORTED_FILE.c.name,
            IMPORTED_FILE.c.document_id,
            DOCUMENT.c.content_hash,
            case((is_fresh, IMPORTED_FILE.c.data)).label("data"),
        )
        .join(DOCUMENT, DOCUMENT.c.id == IMPORTED_FILE.c.document_id)
        .where(DOCUMENT.c.content_hash.in_(hashes), IMPORTED_FILE.c.leaves)
        .order_by(IMPORTED_FILE.c.name)
    )
    fresh: dict[str, list[ImportedFile]] = defaultdict(list)
    stale: dict[int, str] = {}
    for row in connection.execute(query):
        if row.data is None:
            stale.setdefault(row.document_id, row.name)
        else:
            fresh[row.content_hash].append(ImportedFile(row.name, row.data))
    return fresh, stale
