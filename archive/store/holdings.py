"""Holdings: what an export is made of, streamed in an order that follows from the documents alone."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, case, exists, func, select

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.store.conditions import conditions
from archive.store.rows import chunks
from archive.store.selection import Duplicates, Selection
from archive.store.tables import CONTENT, DOCUMENT, IMPORTED_FILE
from archive.store.values import Holding, ImportedFile

_AT_ONCE = 200
"""Contents in memory at a time. Their bodies are read by key behind the ordered documents: sorting rows that
carry their bodies would write the whole store to a temporary file."""

_HASHES_AT_ONCE = 5000
Values = Row[*tuple[Any, ...]]
"""In the order of the columns that were asked for."""

ORDER = (DOCUMENT.c.published.asc().nulls_last(), DOCUMENT.c.source, DOCUMENT.c.source_id)
"""Of several documents with one content the first of these speaks."""


def holdings(
    connection: Connection,
    selection: Selection,
    duplicates: Duplicates,
    *,
    with_text: bool,
    contents: Collection[str] | None = None,
) -> Iterator[Holding]:
    """One for each content that is current for a selected document; the first of these in order speaks.

    Or one for each document, each with the others of its content. `contents` are the only ones wanted, if
    given: these are read in any order, as many at a time as a statement takes.
    """
    for some in [None] if contents is None else chunks(sorted(contents)):
        reading = _Reading(connection, duplicates, some, with_text=with_text)
        query = _speakers(connection, selection)
        if some is not None:
            query = query.where(DOCUMENT.c.content_hash.in_(some))
        with connection.execute(query, execution_options={"yield_per": _AT_ONCE}) as rows:
            for speakers in rows.partitions(_AT_ONCE):
                yield from reading.complete(speakers)


_SPEAKER = tuple(
    DOCUMENT.c[name]
    for name in (
        *("id", "content_hash", "source", "source_id", "address", "share_address", "fidelity", "published"),
        *("slug", "outlet", "tags", "link", "return_url", "lost", "author", "normalizer"),
        *("first_seen", "changed_at", "gone_since"),
    )
)


def selected(connection: Connection, selection: Selection) -> Iterator[str]:
    """The contents of the holdings, one by one, some of them several times."""
    query = _selected(connection, selection, select(DOCUMENT.c.content_hash))
    with connection.execute(query, execution_options={"yield_per": _HASHES_AT_ONCE}) as rows:
        yield from rows.scalars()


def _speakers(connection: Connection, selection: Selection) -> Select[Any]:
    return _selected(connection, selection, select(*_SPEAKER)).order_by(*ORDER)


def _selected(connection: Connection, selection: Selection, query: Select[Any]) -> Select[Any]:
    wanted = conditions(connection, selection)
    if selection.since is None:
        return query.where(*wanted)
    changed = select(DOCUMENT.c.content_hash).where(*wanted, DOCUMENT.c.changed_at >= selection.since)
    return query.where(*wanted, DOCUMENT.c.content_hash.in_(changed))


class _Reading:
    """What is read beside the speakers: their contents, the others that have these, and the files of all."""

    def __init__(
        self,
        connection: Connection,
        duplicates: Duplicates,
        contents: Sequence[str] | None,
        *,
        with_text: bool,
    ) -> None:
        self._connection = connection
        self._is_each = duplicates is Duplicates.ALL
        self._with_text = with_text
        self._has_spoken = dict.fromkeys(_shared(connection, contents), False)
        """Of each content that several documents have, whether one has spoken for it."""
        self._has_files = connection.execute(select(exists().where(IMPORTED_FILE.c.leaves))).scalar_one()

    def complete(self, rows: Sequence[Values]) -> Iterator[Holding]:
        """The holdings of the documents, which come in order."""
        speakers = rows if self._is_each or not self._has_spoken else list(filter(self._is_first, rows))
        hashes = [row[1] for row in speakers]
        contents = self._contents(hashes)
        sharing = _sharing(self._connection, [one for one in hashes if one in self._has_spoken])
        fresh, stale = _files(self._connection, hashes) if self._has_files else ({}, {})
        for row in speakers:
            files = fresh.get(row[1], ())
            if self._is_each:
                files = [file for file in files if file[0] == row[0]]
            others = [other for other in sharing.get(row[1], ()) if other.id != row[0]]
            yield self._holding(row, contents[row[1]], others, [file for _, file in files], stale)

    def _is_first(self, row: Values) -> bool:
        """Whether no document has spoken for its content yet."""
        content_hash = row[1]
        if content_hash not in self._has_spoken:
            return True
        is_first = not self._has_spoken[content_hash]
        self._has_spoken[content_hash] = True
        return is_first

    def _contents(self, hashes: Sequence[str]) -> Mapping[str, Values]:
        columns = select(
            CONTENT.c.content_hash, CONTENT.c.title, CONTENT.c.body, *([CONTENT.c.text] * self._with_text)
        )
        rows = self._connection.execute(columns.where(CONTENT.c.content_hash.in_(hashes))).all()
        return {row[0]: row for row in rows}

    def _holding(
        self,
        row: Values,
        content: Values,
        others: Sequence[Values],
        files: Sequence[ImportedFile],
        stale: Mapping[int, str],
    ) -> Holding:
        document_id, content_hash, *_, first_seen, changed_at, gone_since = row
        name = files[0].name if files else ""
        if stale and not files:
            of_others = () if self._is_each else (other.id for other in others)
            name = next((stale[one] for one in (document_id, *of_others) if one in stale), "")
        return Holding(
            _speaker(row, content[1], content[2]),
            content_hash,
            tuple((other.source, other.source_id, other.address) for other in others),
            tuple(files),
            name,
            text=content[3] if self._with_text else "",
            first_seen=first_seen,
            changed_at=changed_at,
            gone_since=gone_since,
            is_gone=gone_since is not None and all(other.gone_since for other in others),
        )


_FIDELITIES = {str(fidelity): fidelity for fidelity in Fidelity}


def _speaker(row: Values, title: str, body: str) -> SourcedDocument:
    """The document of a row of `_SPEAKER`: by place, since an export reads a million of them."""
    _, _, source, source_id, address, share_address, fidelity, published, *said, author, normalizer = row[:16]
    slug, outlet, tags, link, return_url, lost = said
    if published is not None:
        published = published.astimezone(SHANGHAI)
    return SourcedDocument(
        source,
        source_id,
        address,
        share_address,
        _FIDELITIES[fidelity],
        Document(title, published, slug, outlet, tags, body, link, return_url, lost),
        author,
        normalizer,
    )


def _shared(connection: Connection, contents: Sequence[str] | None) -> Iterator[str]:
    """The contents that more than one document has; of these contents, if given."""
    several = select(DOCUMENT.c.content_hash).group_by(DOCUMENT.c.content_hash).having(func.count() > 1)
    if contents is not None:
        several = several.where(DOCUMENT.c.content_hash.in_(contents))
    return connection.execute(several, execution_options={"yield_per": _HASHES_AT_ONCE}).scalars()


def _sharing(connection: Connection, contents: Sequence[str]) -> Mapping[str, Sequence[Values]]:
    """The documents of each of the contents, in order."""
    sharing: dict[str, list[Values]] = defaultdict(list)
    if contents:
        names = ("id", "content_hash", "source", "source_id", "address", "gone_since")
        query = select(*(DOCUMENT.c[name] for name in names)).order_by(*ORDER)
        for row in connection.execute(query.where(DOCUMENT.c.content_hash.in_(contents))):
            sharing[row.content_hash].append(row)
    return sharing


def _files(
    connection: Connection, hashes: Sequence[str]
) -> tuple[Mapping[str, Sequence[tuple[int, ImportedFile]]], Mapping[int, str]]:
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
    fresh: dict[str, list[tuple[int, ImportedFile]]] = defaultdict(list)
    stale: dict[int, str] = {}
    for row in connection.execute(query):
        if row.data is None:
            stale.setdefault(row.document_id, row.name)
        else:
            fresh[row.content_hash].append((row.document_id, ImportedFile(row.name, row.data)))
    return fresh, stale
