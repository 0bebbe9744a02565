"""The ledger of crawl runs."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, insert, literal_column, select, update

from archive.errors import NotFound, RunTaken
from archive.store.tables import CRAWL_RUN
from archive.store.values import Run, RunState

BEGUN = [str(state) for state in RunState if state.has_begun]
"""The states of runs that have ever asked for anything."""
_COMPLETE = "complete"
"""The crawler's name for that outcome."""
_MOST_SLOTS = 10_000
"""Rows that are listed at the most, with slots: a year without a service has a hundred thousand."""
_OPEN = CRAWL_RUN.c.finished_at.is_(None)
"""In the words of the index."""


def start_run(connection: Connection, columns: Mapping[str, Any]) -> int:
    """Enter a run, which begins unless the columns say otherwise; its number."""
    nothing_yet: dict[str, Any] = {"outcome": "", "detail": "", "finished_at": None, "counters": {}}
    nothing_yet |= {"asked": "", "story": {}}
    row = {"state": RunState.RUNNING, **nothing_yet, **columns}
    return int(connection.execute(insert(CRAWL_RUN).returning(CRAWL_RUN.c.id), row).scalar_one())


def take_up(connection: Connection, run_id: int, columns: Mapping[str, Any]) -> int:
    """Have a planned run begin; its number. Raises `RunTaken` where it has begun, or is not to any more."""
    planned = update(CRAWL_RUN).where(CRAWL_RUN.c.id == run_id, CRAWL_RUN.c.state == RunState.PLANNED)
    begins = {"state": RunState.RUNNING, **columns}
    if not connection.execute(planned, begins).rowcount:
        raise RunTaken(f"run {run_id} is {run(connection, run_id).state}: it is not to begin any more")
    return run_id


def change_run(connection: Connection, run_id: int, columns: Mapping[str, Any]) -> None:
    """Write the columns given. Raises `NotFound` for a number that no run has."""
    done = connection.execute(update(CRAWL_RUN).where(CRAWL_RUN.c.id == run_id), columns)
    if not done.rowcount:
        raise _not_found(run_id)


def end_run(
    connection: Connection,
    run_id: int,
    columns: Mapping[str, Any],
    of: Collection[RunState] = (RunState.RUNNING,),
) -> None:
    """Write how the run ended, unless that is known: another may have found it dead, and begun anew.

    What was to be known of it from its beginning stays before what is to be known of its end. Raises
    `NotFound` for a number that no run has.
    """
    before = run(connection, run_id)
    detail = added(before.detail, columns.get("detail", ""))
    states = [str(state) for state in of]
    ended = update(CRAWL_RUN).where(CRAWL_RUN.c.id == run_id, CRAWL_RUN.c.state.in_(states))
    connection.execute(ended, {**columns, "detail": detail})


def added(detail: str, more: str) -> str:
    """What is to be known of a run, with more of it."""
    return "; ".join(filter(None, (detail, more)))


def run(connection: Connection, run_id: int, *, lock: bool = False) -> Run:
    """The run of the number; `lock` keeps it as it is. Raises `NotFound` where there is none."""
    query = select(CRAWL_RUN).where(CRAWL_RUN.c.id == run_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise _not_found(run_id)
    return run_of(row)


def runs(connection: Connection, source: str | None, limit: int, *, slots: bool) -> list[Run]:
    """The newest runs that have begun, of the source if one is given, the newest first.

    With `slots` those between them as well that never began, and are not counted.
    """
    of_source = () if source is None else (CRAWL_RUN.c.source == source,)
    begun = CRAWL_RUN.c.state.in_(BEGUN)
    newest = select(CRAWL_RUN).where(begun, *of_source).order_by(CRAWL_RUN.c.id.desc()).limit(limit)
    if slots:
        ids = newest.with_only_columns(CRAWL_RUN.c.id).subquery()
        first = select(func.min(ids.c.id)).scalar_subquery()
        is_full = select(func.count()).select_from(ids).scalar_subquery() >= limit
        within = (CRAWL_RUN.c.id >= first) | ~is_full
        newest = (
            select(CRAWL_RUN).where(within, *of_source).order_by(CRAWL_RUN.c.id.desc()).limit(_MOST_SLOTS)
        )
    return [run_of(row) for row in connection.execute(newest)]


def last_complete(connection: Connection, source: str, before: int) -> Run | None:
    """The newest run of the source before that number in which nothing went wrong; None without any."""
    earlier = (CRAWL_RUN.c.source == source, CRAWL_RUN.c.id < before, CRAWL_RUN.c.outcome == _COMPLETE)
    query = select(CRAWL_RUN).where(*earlier).order_by(CRAWL_RUN.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else run_of(row)


def unfinished(connection: Connection, state: RunState) -> list[Run]:
    """Runs in a state that is no end, the oldest first."""
    in_state = CRAWL_RUN.c.state == literal_column(f"'{state}'")
    query = select(CRAWL_RUN).where(_OPEN, in_state).order_by(CRAWL_RUN.c.id)
    return [run_of(row) for row in connection.execute(query)]


def run_of(row: Row[Any]) -> Run:
    """The run of a row that has the table's columns."""
    return Run(
        id=row.id,
        source=row.source,
        trigger=row.trigger,
        state=RunState(row.state),
        outcome=row.outcome,
        detail=row.detail,
        started_at=row.started_at,
        finished_at=row.finished_at,
        counters=row.counters,
        host=row.host,
        pid=row.pid,
        schedule=row.schedule or "",
        slot_at=row.slot_at,
        asked=row.asked,
        story=row.story,
    )


def _not_found(run_id: int) -> NotFound:
    return NotFound(f"no run {run_id}; `archive runs` lists them")
