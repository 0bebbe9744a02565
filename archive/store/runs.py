"""The ledger of crawl runs."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from archive.errors import NotFound
from archive.store.tables import CRAWL_RUN
from archive.store.values import Run, RunState


def start_run(connection: Connection, columns: Mapping[str, Any]) -> int:
    """Enter a run that begins; its number."""
    nothing_yet: dict[str, Any] = {"outcome": "", "detail": "", "finished_at": None, "counters": {}}
    row = {"state": RunState.RUNNING, **nothing_yet, **columns}
    return int(connection.execute(insert(CRAWL_RUN).returning(CRAWL_RUN.c.id), row).scalar_one())


def change_run(connection: Connection, run_id: int, columns: Mapping[str, Any]) -> None:
    """Write the columns given. Raises `NotFound` for a number that no run has."""
    done = connection.execute(update(CRAWL_RUN).where(CRAWL_RUN.c.id == run_id), columns)
    if not done.rowcount:
        raise _not_found(run_id)


def end_run(connection: Connection, run_id: int, columns: Mapping[str, Any]) -> None:
    """Write how the run ended, unless that is known: another may have found it dead, and begun anew.

    Raises `NotFound` for a number that no run has.
    """
    ended = update(CRAWL_RUN).where(CRAWL_RUN.c.id == run_id, CRAWL_RUN.c.state == RunState.RUNNING)
    if not connection.execute(ended, columns).rowcount:
        run(connection, run_id)


def run(connection: Connection, run_id: int) -> Run:
    """The run of the number. Raises `NotFound` where there is none."""
    row = connection.execute(select(CRAWL_RUN).where(CRAWL_RUN.c.id == run_id)).one_or_none()
    if row is None:
        raise _not_found(run_id)
    return _run(row)


def runs(connection: Connection, source: str | None, limit: int) -> list[Run]:
    """Runs, of the source if one is given, the newest first."""
    query = select(CRAWL_RUN).order_by(CRAWL_RUN.c.id.desc()).limit(limit)
    if source is not None:
        query = query.where(CRAWL_RUN.c.source == source)
    return [_run(row) for row in connection.execute(query)]


def running(connection: Connection) -> list[Run]:
    """Runs that have not said how they ended, the oldest first."""
    query = select(CRAWL_RUN).where(CRAWL_RUN.c.state == RunState.RUNNING).order_by(CRAWL_RUN.c.id)
    return [_run(row) for row in connection.execute(query)]


def _run(row: Row[Any]) -> Run:
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
    )


def _not_found(run_id: int) -> NotFound:
    return NotFound(f"no run {run_id}; `archive runs` lists them")
