"""What is counted of the store, to tell how current it is: by source, quick however much there is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any, cast

from sqlalchemy import (
    Column,
    Connection,
    Select,
    String,
    Table,
    Text,
    case,
    func,
    select,
    text,
    type_coerce,
)
from sqlalchemy import cast as sql_cast

from archive.documents import SHANGHAI, Fidelity
from archive.store.database import Database
from archive.store.runs import BEGUN, run_of
from archive.store.tables import CRAWL_RUN, DELIVERY, DOCUMENT, INCIDENT, REJECTION, REVISION
from archive.store.values import Run, RunState

_WHOLE = ("", "--full")
"""What runs ask for that look at the whole of their source."""
_GOOD = ("complete", "partial")
"""Outcomes, as the crawler has them, of runs that reached their source and could read it."""
_OVERFLOW = '%"window_overflow"%'
_GONE = DOCUMENT.c.gone_since.is_not(None)
_REPROCESS = "reprocess"
"""What starts runs that read what is kept again."""
"""In the words of the index."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one source's documents in a time."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Amount:
    """How many documents there are of a source, and how many of these it has taken away."""

    documents: int
    gone: int


@dataclass(frozen=True, slots=True)
class Delay:
    """How long documents took from being published to being in the store, in seconds."""

    documents: int
    median: float
    longest: float
    """Of all but the slowest hundredth."""


@dataclass(frozen=True, slots=True)
class RunCount:
    """How many runs of a source ended so, and how many of these may have missed posts."""

    source: str
    state: RunState
    outcome: str
    runs: int
    overflows: int


@dataclass(frozen=True, slots=True)
class Alerts:
    """How many incidents are open, and how many messages no receiver has taken yet."""

    open: int
    waiting: int


class Statistics:
    """What is counted. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sources(self) -> list[str]:
        """The sources that have documents or runs, by name."""
        with self._database.reading() as connection:
            return sorted({*_names(connection, DOCUMENT), *_names(connection, CRAWL_RUN)})

    def last_new(self, source: str) -> datetime | None:
        """When a document of the source was first seen, the last time."""
        latest = func.max(DOCUMENT.c.first_seen, type_=DOCUMENT.c.first_seen.type)
        with self._database.reading() as connection:
            found = connection.execute(select(latest).where(DOCUMENT.c.source == source)).scalar_one()
        return cast("datetime | None", found)

    def by_hour(self, source: str, since: datetime) -> dict[datetime, int]:
        """How many documents of the source were first seen in each hour (UTC, by its beginning), if any."""
        with self._database.reading() as connection:
            hour = _hour(connection, DOCUMENT.c.first_seen)
            of_source = (DOCUMENT.c.source == source) & (DOCUMENT.c.first_seen >= since)
            query = select(hour.label("hour"), func.count()).where(of_source).group_by(text("hour"))
            return {_beginning(found): count for found, count in connection.execute(query)}

    def tallies(self, since: datetime) -> dict[str, Tally]:
        """By source what was new, changed, gone and rejected since then."""
        first = REVISION.c.seen_at <= DOCUMENT.c.first_seen
        # What was read again has not changed at its source.
        at_its_source = func.coalesce(CRAWL_RUN.c.trigger, "") != _REPROCESS
        queries = {
            "changed": _per_source(DOCUMENT, REVISION.c.seen_at >= since, ~first, at_its_source)
            .join(REVISION, REVISION.c.document_id == DOCUMENT.c.id)
            .outerjoin(CRAWL_RUN, CRAWL_RUN.c.id == REVISION.c.run_id),
            "rejected": _per_source(CRAWL_RUN, REJECTION.c.seen_at >= since).join(
                REJECTION, REJECTION.c.run_id == CRAWL_RUN.c.id
            ),
        }
        found: dict[str, dict[str, int]] = defaultdict(dict)
        with self._database.reading() as connection:
            for name, query in queries.items():
                for source, count in connection.execute(query):
                    found[source][name] = count
            for source in _names(
                connection, DOCUMENT
            ):  # a source at a time: that is what the indexes are for
                new = _count(connection, source, DOCUMENT.c.first_seen >= since)
                gone = _count(connection, source, _GONE, DOCUMENT.c.gone_since >= since)
                found[source] |= {"new": new, "gone": gone}
        return {source: Tally(**counts) for source, counts in found.items()}

    def rejections(self, since: datetime) -> dict[str, dict[str, int]]:
        """By source how many pages were rejected since then for each reason."""
        query = (
            select(CRAWL_RUN.c.source, REJECTION.c.reason, func.count())
            .join(CRAWL_RUN, CRAWL_RUN.c.id == REJECTION.c.run_id)
            .where(REJECTION.c.seen_at >= since)
            .group_by(CRAWL_RUN.c.source, REJECTION.c.reason)
        )
        found: dict[str, dict[str, int]] = defaultdict(dict)
        with self._database.reading() as connection:
            for source, reason, count in connection.execute(query):
                found[source][reason] = count
        return dict(found)

    def runs(self, source: str, since: datetime, *, overflowed: bool = False) -> list[Run]:
        """The source's runs since then and slots without one, newest first.

        `overflowed` selects those that may have missed posts.
        """
        of_source = CRAWL_RUN.c.source == source
        # By number, which has an index: the newest run from before then is found from the end.
        older = of_source & CRAWL_RUN.c.state.in_(BEGUN) & (CRAWL_RUN.c.started_at < since)
        last = select(func.max(CRAWL_RUN.c.id)).where(older).scalar_subquery()
        recent = (CRAWL_RUN.c.id > func.coalesce(last, 0)) & (CRAWL_RUN.c.started_at >= since)
        query = select(CRAWL_RUN).where(of_source, recent)
        if overflowed:
            query = query.where(_overflowed())
        with self._database.reading() as connection:
            return [run_of(row) for row in connection.execute(query.order_by(CRAWL_RUN.c.id.desc()))]

    def last_good(self, source: str) -> Run | None:
        """The newest run that looked at the whole source and could read it; None without any."""
        query = _good(source).order_by(CRAWL_RUN.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else run_of(row)

    def run_counts(self) -> list[RunCount]:
        """How all runs of the ledger ended, by source, state and outcome."""
        by = (CRAWL_RUN.c.source, CRAWL_RUN.c.state, CRAWL_RUN.c.outcome)
        overflows = func.sum(case((_overflowed(), 1), else_=0))
        query = select(*by, func.count(), overflows).group_by(*by).order_by(*by)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [
            RunCount(source, RunState(state), outcome, *counts) for source, state, outcome, *counts in rows
        ]

    def amounts(self) -> dict[str, Amount]:
        """How many documents there are, by source."""
        with self._database.reading() as connection:
            return {
                source: Amount(_count(connection, source), _count(connection, source, _GONE))
                for source in _names(connection, DOCUMENT)
            }

    def delays(self, since: datetime) -> dict[str, Delay]:
        """By source how long the documents took that were first seen since then.

        Those count whose time of day is known, that a crawl found, and not the first one: what was there
        before it came late through no fault.
        """
        columns = (DOCUMENT.c.published, DOCUMENT.c.first_seen)
        found = {}
        with self._database.reading() as connection:
            for source in _names(connection, DOCUMENT):
                begins = max(since, first_crawl(connection, source) or since)
                query = select(*columns).where(
                    DOCUMENT.c.source == source,
                    DOCUMENT.c.first_seen > begins,
                    DOCUMENT.c.published.is_not(None),
                    DOCUMENT.c.fidelity != Fidelity.IMPORT,
                )
                if delay := _delay(connection.execute(query)):
                    found[source] = delay
        return found

    def alerts(self) -> Alerts:
        """How the alerts stand."""
        is_open = select(func.count()).where(INCIDENT.c.closed_at.is_(None)).scalar_subquery()
        waits = DELIVERY.c.delivered_at.is_(None) & DELIVERY.c.next_try.is_not(None)
        waiting = select(func.count()).where(waits).scalar_subquery()
        with self._database.reading() as connection:
            return Alerts(*connection.execute(select(is_open, waiting)).one())

    def size(self) -> int:
        """Bytes that the database takes."""
        with self._database.reading() as connection:
            if connection.dialect.name == "postgresql":
                query = text("SELECT pg_database_size(current_database())")
            else:
                query = text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return int(connection.execute(query).scalar_one())


def _names(connection: Connection, table: Table) -> Iterable[str]:
    """The sources in a table, each found in the index behind the one before: a few steps, not a scan."""
    name: str | None = ""
    while name is not None:
        behind = select(func.min(table.c.source)).where(table.c.source > name)
        if name := connection.execute(behind).scalar():
            yield name


def _per_source(table: Table, *where: Any) -> Select[Any]:
    return select(table.c.source, func.count()).where(*where).group_by(table.c.source)


def _count(connection: Connection, source: str, *where: Any) -> int:
    query = select(func.count()).select_from(DOCUMENT).where(DOCUMENT.c.source == source, *where)
    return int(connection.execute(query).scalar_one())


def _hour(connection: Connection, column: Column[Any]) -> Any:
    if connection.dialect.name == "postgresql":
        return func.date_trunc("hour", column, "UTC")
    return func.substr(type_coerce(column, String), 1, 13)


def _beginning(hour: datetime | str) -> datetime:
    if isinstance(hour, str):
        return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
    return hour.astimezone(UTC)


def _overflowed() -> Any:
    return sql_cast(CRAWL_RUN.c.counters, Text).like(_OVERFLOW)


def _good(source: str) -> Select[Any]:
    return select(CRAWL_RUN).where(
        CRAWL_RUN.c.source == source,
        CRAWL_RUN.c.state == RunState.FINISHED,
        CRAWL_RUN.c.outcome.in_(_GOOD),
        CRAWL_RUN.c.asked.in_(_WHOLE),
    )


def first_crawl(connection: Connection, source: str) -> datetime | None:
    """When the first crawl ended that saw the whole source; None while there was none."""
    row = connection.execute(_good(source).order_by(CRAWL_RUN.c.id).limit(1)).one_or_none()
    return None if row is None else cast("datetime | None", row.finished_at)


def _delay(rows: Iterable[Any]) -> Delay | None:
    """Of rows with published time and that of the first sight."""
    took = [max(0.0, (seen - published).total_seconds()) for published, seen in rows if _has_time(published)]
    return Delay(len(took), median(took), _most(took)) if took else None


def _has_time(published: datetime) -> bool:
    """Whether more than a day is known: midnight stands for that."""
    there = published.astimezone(SHANGHAI)
    return timedelta(hours=there.hour, minutes=there.minute, seconds=there.second) > timedelta(0)


def _most(took: Sequence[float]) -> float:
    return took[0] if len(took) == 1 else quantiles(took, n=100, method="inclusive")[98]
