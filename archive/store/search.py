"""Search: the documents that a query finds, the best first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Row, func, literal, select

from archive.documents import SourcedDocument
from archive.search import Query
from archive.search.excerpts import Excerpt, Span, excerpt, spans
from archive.store import fulltext
from archive.store.conditions import conditions
from archive.store.database import Database
from archive.store.fulltext import AHEAD
from archive.store.holdings import ORDER
from archive.store.rows import chunks, found_in
from archive.store.searching import Hits, hits, number_of, ranked
from archive.store.selection import EVERYTHING, Selection
from archive.store.tables import CATALOGUE, CONTENT, DOCUMENT


class Sort(StrEnum):
    """What comes first; of equals the newest, those without a date last, then by source and source_id."""

    RANK = "rank"
    """What answers the query best: its words in the title, then how often it has them for its length."""
    NEWEST = "newest"
    """By the published time."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One content that was found, with the document that speaks for it among those selected."""

    speaker: SourcedDocument
    """Without its body."""
    content_hash: str
    in_title: tuple[Span, ...]
    """What of the title was looked for."""
    excerpt: Excerpt
    """Of the canonical text."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found: the hits asked for, and how many there are in all."""

    hits: Sequence[Hit]
    total: int


@dataclass(frozen=True, slots=True)
class Part:
    """Which of the hits to show."""

    sort: Sort
    limit: int
    offset: int


class Search:
    """Full text search. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        asked: str,
        selection: Selection = EVERYTHING,
        sort: Sort = Sort.RANK,
        *,
        limit: int = 20,
        offset: int = 0,
    ) -> Found:
        """The contents that the query finds and that a selected document has now, `since` aside.

        `offset` is how many of the first to leave out; a `limit` of 0 counts only. Raises `UsageError` for a
        query that asks for nothing, or is too long.
        """
        query = Query.parse(asked)
        with self._database.reading() as connection:
            wanted = conditions(connection, selection)
            found = hits(connection, query)
            rows = _page(connection, found, wanted, Part(sort, limit, offset)) if limit else []
            total = _total(connection, found, wanted) if not wanted or not rows else rows[0].total
            return Found(tuple(_hits(connection, query, [row.id for row in rows])), total)

    def rebuild(self, on_progress: Callable[[int], None] = lambda number: None) -> None:
        """Make the full text index anew, in one transaction; `on_progress` is told how many contents more."""
        self._database.write(lambda connection: fulltext.rebuild(connection, on_progress))


def _total(connection: Connection, found: Hits, wanted: Sequence[ColumnElement[bool]]) -> int:
    if not wanted:
        return number_of(connection, found.current)
    columns = select(DOCUMENT.c.content_hash).distinct()
    joined = columns.join(CATALOGUE, CATALOGUE.c.content_hash == DOCUMENT.c.content_hash)
    return number_of(connection, joined.where(found.key.in_(found.keys), *wanted))


def _page(
    connection: Connection, found: Hits, wanted: Sequence[ColumnElement[bool]], part: Part
) -> Sequence[Row[Any]]:
    """The `id`s of the documents that speak for the contents of a part; with conditions also the `total`."""
    enough = part.offset + part.limit if not wanted else None
    if part.sort is Sort.NEWEST:
        best = found.current.add_columns(literal(0).label("score")).cte("found")
    else:
        best = ranked(connection, found, enough).cte("found")
        best = best if enough is None else _best(best, enough)
    speaking = func.row_number().over(partition_by=best.c.key, order_by=ORDER)
    columns = [DOCUMENT.c[name] for name in ("id", "published", "source", "source_id")]
    speakers = (
        select(*columns, best.c.score, speaking.label("place"))
        .select_from(best)
        .join(CATALOGUE, found.key == best.c.key)
        .join(DOCUMENT, DOCUMENT.c.content_hash == CATALOGUE.c.content_hash)
        .where(*wanted)
        .subquery()
    )
    newest = (speakers.c.published.desc().nulls_last(), speakers.c.source, speakers.c.source_id)
    query = select(speakers.c.id, func.count().over().label("total")).where(speakers.c.place == 1)
    return connection.execute(
        query.order_by(speakers.c.score, *newest).limit(part.limit).offset(part.offset)
    ).all()


def _best(found: CTE, number: int) -> CTE:
    """So many of the best, and those that are as good as the last of them: few have to be looked up."""
    last = select(found.c.score).order_by(found.c.score).limit(1).offset(number - 1).scalar_subquery()
    return select(found).where(found.c.score <= func.coalesce(last, AHEAD)).cte("best")


def _hits(connection: Connection, query: Query, ids: Sequence[int]) -> Iterator[Hit]:
    columns = select(DOCUMENT, CONTENT.c.title, CONTENT.c.text)
    joined = columns.join(CONTENT, CONTENT.c.content_hash == DOCUMENT.c.content_hash)
    for some in chunks(ids):
        rows = {row.id: row for row in connection.execute(joined.where(DOCUMENT.c.id.in_(some)))}
        yield from (_hit(query, rows[one]) for one in some)


def _hit(query: Query, row: Row[Any]) -> Hit:
    return Hit(
        speaker=found_in(row, row.title),
        content_hash=row.content_hash,
        in_title=spans(query, row.title),
        excerpt=excerpt(query, row.text),
    )
