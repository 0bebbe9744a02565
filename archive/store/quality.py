"""What a report on the quality of the corpus is made of: counts, and documents one after the other."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Interval, Row, String, distinct, func, select, type_coerce
from sqlalchemy import literal as sql_literal

from archive.documents import Fidelity
from archive.store.conditions import conditions
from archive.store.database import Database
from archive.store.rows import chunks
from archive.store.selection import EVERYTHING, Selection
from archive.store.statistics import first_crawl
from archive.store.tables import CONTENT, CRAWL_RUN, DOCUMENT, REJECTION

_AT_ONCE = 200
"""Documents in memory at a time. Their texts are read by key, as those of holdings are."""
_SHANGHAI = "+8 hours"
_COLUMNS = tuple(
    DOCUMENT.c[name]
    for name in "id source source_id address link slug outlet author published content_hash fidelity "
    "first_seen gone_since lost normalizer".split()
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What a report looks at of one document. Times are aware, in UTC."""

    id: int
    source: str
    source_id: str
    address: str
    link: str | None
    slug: str
    outlet: str
    author: str
    published: datetime | None
    content_hash: str
    fidelity: Fidelity
    first_seen: datetime
    gone_since: datetime | None
    lost: int
    normalizer: str
    title: str = ""
    text: str = ""
    """The canonical text, where it was asked for."""


class Grouping(StrEnum):
    """What documents are counted by. A day is one of Shanghai, as ``2022-01-22``."""

    SOURCE = "source"
    OUTLET = "outlet"
    CATEGORY = "category"
    FIDELITY = "fidelity"
    NORMALIZER = "normalizer"
    SEEN = "seen"
    """The day of the first sight."""
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class RejectionCount:
    """How many pages of a source were rejected on a day of Shanghai, at a stage, for a reason."""

    source: str
    """Empty where no run is known."""
    stage: str
    reason: str
    day: date
    rejections: int


@dataclass(frozen=True, slots=True)
class RejectedPages:
    """How many pages some rejections are of."""

    pages: int
    """Different addresses."""
    documents: int
    """Those of them at which there is a document by now."""


class Survey:
    """One state of the store, as a report sees it: the selected documents.

    Rejections are no documents: of the selection, the sources alone hold for them.
    """

    def __init__(self, connection: Connection, selection: Selection) -> None:
        self._connection, self._selection = connection, selection
        self._where = _conditions(connection, selection)

    def contents(self) -> int:
        """How many contents the documents have."""
        query = select(func.count(distinct(DOCUMENT.c.content_hash))).where(*self._where)
        return int(self._connection.execute(query).scalar_one())

    def counts(self, by: Grouping, *, of: Grouping | None = None) -> dict[tuple[str, ...], int]:
        """How many documents there are by one thing, or by two; those that have none count as ``""``."""
        keys = [self._key(one) for one in (by, of) if one is not None]
        query = select(*keys, func.count()).where(*self._where).group_by(*keys).order_by(*keys)
        return {tuple(key or "" for key in found): count for *found, count in self._connection.execute(query)}

    def newest(self, by: Grouping, limit: int) -> dict[str, list[int]]:
        """The ids of the newest documents of each group, so many at the most."""
        key = self._key(by)
        place = func.row_number().over(partition_by=key, order_by=DOCUMENT.c.id.desc())
        ranked = select(key.label("key"), DOCUMENT.c.id, place.label("place")).where(*self._where).subquery()
        query = select(ranked.c.key, ranked.c.id).where(ranked.c.place <= limit).order_by(ranked.c.id.desc())
        found: dict[str, list[int]] = defaultdict(list)
        for value, number in self._connection.execute(query):
            found[value or ""].append(number)
        return dict(found)

    def first_crawls(self) -> dict[str, datetime]:
        """By source when the first crawl ended that saw all of it: what was there before it came late."""
        ended = {source: first_crawl(self._connection, source) for (source,) in self.counts(Grouping.SOURCE)}
        return {source: at for source, at in ended.items() if at}

    def shared(self) -> frozenset[str]:
        """The contents of the documents that other documents, selected or not, have as well."""
        several = select(DOCUMENT.c.content_hash).group_by(DOCUMENT.c.content_hash).having(func.count() > 1)
        query = select(DOCUMENT.c.content_hash).where(*self._where, DOCUMENT.c.content_hash.in_(several))
        return frozenset(self._connection.execute(query).scalars())

    def rejections(self) -> list[RejectionCount]:
        """The rejections of the selected sources, by day, source, stage and reason."""
        source = func.coalesce(CRAWL_RUN.c.source, "")
        day = _day(self._connection, REJECTION.c.seen_at)
        keys = (day, source, REJECTION.c.stage, REJECTION.c.reason)
        query = select(*keys, func.count()).outerjoin_from(
            REJECTION, CRAWL_RUN, CRAWL_RUN.c.id == REJECTION.c.run_id
        )
        query = query.where(*self._of_sources(source))
        rows = self._connection.execute(query.group_by(*keys).order_by(*keys))
        return [
            RejectionCount(source, stage, reason, date.fromisoformat(day), count)
            for day, source, stage, reason, count in rows
        ]

    def rejected_pages(self) -> dict[tuple[str, str, str], RejectedPages]:
        """By source, stage and reason how many pages these rejections are of."""
        source = func.coalesce(CRAWL_RUN.c.source, "").label("source")
        columns = (source, REJECTION.c.stage, REJECTION.c.reason, REJECTION.c.address)
        pages = (
            select(*columns)
            .outerjoin_from(REJECTION, CRAWL_RUN, CRAWL_RUN.c.id == REJECTION.c.run_id)
            .where(*self._of_sources(source))
            .distinct()
            .subquery()
        )
        known = select(DOCUMENT.c.address).where(DOCUMENT.c.address != "").distinct().subquery()
        keys = (pages.c.source, pages.c.stage, pages.c.reason)
        query = select(*keys, func.count(), func.count(known.c.address)).group_by(*keys)
        rows = self._connection.execute(
            query.outerjoin_from(pages, known, known.c.address == pages.c.address)
        )
        return {(source, stage, reason): RejectedPages(*counts) for source, stage, reason, *counts in rows}

    def documents(self, *, with_text: bool) -> Iterator[Examined]:
        """The documents in the order in which they were first stored, one by one."""
        query = select(*_COLUMNS).where(*self._where).order_by(DOCUMENT.c.id)
        with self._connection.execute(query, execution_options={"yield_per": _AT_ONCE}) as rows:
            for some in chunks(rows, _AT_ONCE):
                yield from self._examined(some, with_text=with_text)

    def named(self, ids: Sequence[int]) -> list[Examined]:
        """The documents with these ids, as given, with their texts."""
        found = {
            one.id: one
            for some in chunks(sorted(set(ids)))
            for one in self._examined(
                self._connection.execute(select(*_COLUMNS).where(DOCUMENT.c.id.in_(some))).all(),
                with_text=True,
            )
        }
        return [found[number] for number in ids]

    def _examined(self, rows: Sequence[Row[Any]], *, with_text: bool) -> Iterator[Examined]:
        if not with_text:
            yield from (_examined(row, "", "") for row in rows)
            return
        columns = select(CONTENT.c.content_hash, CONTENT.c.title, CONTENT.c.text)
        wanted = columns.where(CONTENT.c.content_hash.in_({row.content_hash for row in rows}))
        contents = {row.content_hash: row for row in self._connection.execute(wanted)}
        for row in rows:
            content = contents[row.content_hash]
            yield _examined(row, content.title, content.text)

    def _of_sources(self, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
        sources = self._selection.sources
        return [] if sources is None else [column.in_(list(sources))]

    def _key(self, by: Grouping) -> ColumnElement[Any]:
        match by:
            case Grouping.SEEN:
                return _day(self._connection, DOCUMENT.c.first_seen)
            case Grouping.PUBLISHED:
                return _day(self._connection, DOCUMENT.c.published)
            case Grouping.CATEGORY:
                return DOCUMENT.c.slug
            case _:
                return DOCUMENT.c[str(by)]


class Quality:
    """The door to surveys. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def survey(self, selection: Selection = EVERYTHING) -> Iterator[Survey]:
        """The selected documents as they are when the block begins, to its end."""
        with self._database.reading() as connection:
            yield Survey(connection, selection)


def _conditions(connection: Connection, selection: Selection) -> list[ColumnElement[bool]]:
    wanted = conditions(connection, selection)
    if selection.since is None:
        return wanted
    changed = select(DOCUMENT.c.content_hash).where(*wanted, DOCUMENT.c.changed_at >= selection.since)
    return [*wanted, DOCUMENT.c.content_hash.in_(changed)]


def _day(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[str]:
    """The day of Shanghai, whose offset has been one for longer than there are documents (`SHANGHAI`)."""
    if connection.dialect.name == "postgresql":
        there = func.timezone("UTC", column) + sql_literal(timedelta(hours=8), Interval)
        return func.to_char(there, "YYYY-MM-DD", type_=String)
    return func.date(type_coerce(column, String), _SHANGHAI, type_=String)


def _examined(row: Row[Any], title: str, text: str) -> Examined:
    return Examined(
        id=row.id,
        source=row.source,
        source_id=row.source_id,
        address=row.address,
        link=row.link,
        slug=row.slug,
        outlet=row.outlet,
        author=row.author,
        published=row.published,
        content_hash=row.content_hash,
        fidelity=Fidelity(row.fidelity),
        first_seen=row.first_seen,
        gone_since=row.gone_since,
        lost=row.lost,
        normalizer=row.normalizer,
        title=title,
        text=text,
    )
