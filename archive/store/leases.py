"""Leases: one run at a time crawls a source.

Whoever writes under a lease holds a share of its row until the batch is committed, and whoever takes it over
waits for that: nothing is stored by a run that has lost its source. A holder may renew it meanwhile.
"""

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, delete, extract, func, select, type_coerce, update

from archive.errors import LeaseLost, SourceBusy
from archive.store.rows import insertion
from archive.store.runs import end_run, start_run, take_up
from archive.store.tables import LEASE
from archive.store.values import Lease, RunState

_CRASHED = "crashed"
"""The outcome of a run whose source was taken over."""


def begin_run(
    connection: Connection,
    columns: Mapping[str, Any],
    may_take_over: Callable[[Lease], bool],
    planned: int | None = None,
) -> Lease:
    """Enter a run with its source's lease, which must be free or may be taken over from its holder.

    `planned` is the number of a run that is in the ledger already. A holder's run that has not ended is
    marked as crashed. Raises `SourceBusy` where the source is taken, `RunTaken` where the planned run is not
    to begin any more.
    """
    source = columns["source"]
    holder = lease(connection, source, lock=True)
    if holder is not None:
        if not may_take_over(holder):
            raise _busy(holder)
        silent = f"its process ({holder.pid} on {holder.host}) was gone, or silent for {holder.silent:.0f} s"
        end = {"state": RunState.CRASHED, "outcome": _CRASHED, "finished_at": columns["started_at"]}
        end |= {"detail": f"{silent}: another run took its source over"}
        end_run(connection, holder.run_id, end)
        release(connection, holder)
    row = {
        "source": source,
        "token": token_hex(16),
        "run_id": start_run(connection, columns)
        if planned is None
        else take_up(connection, planned, columns),
        "host": columns["host"],
        "pid": columns["pid"],
        "acquired_at": columns["started_at"],
    }
    claimed = (
        insertion(connection, LEASE).values(**row, renewed_at=now_in(connection)).on_conflict_do_nothing()
    )
    connection.execute(claimed)
    taken = lease(connection, source)
    if (
        taken is None or taken.token != row["token"]
    ):  # PostgreSQL: another was quicker, between two statements
        raise _busy(taken) if taken else SourceBusy(f"{source} was taken just now, and left; try again")
    return taken


def lease(connection: Connection, source: str, *, lock: bool = False) -> Lease | None:
    """The source's lease; None where nobody holds it. `lock` waits for whoever writes under it."""
    silent = silence_in(connection, LEASE.c.renewed_at).label("silent")
    query = select(LEASE, silent).where(LEASE.c.source == source)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return Lease(
        source=row.source,
        token=row.token,
        run_id=row.run_id,
        host=row.host,
        pid=row.pid,
        acquired_at=row.acquired_at,
        silent=max(0.0, float(row.silent)),
    )


def check(connection: Connection, held: Lease) -> None:
    """Make sure that the lease stays ours until the transaction ends. Raises `LeaseLost` where it is not."""
    query = select(LEASE.c.token).where(LEASE.c.source == held.source)
    # A share that leaves renewing free: that must not wait for a batch.
    token = connection.execute(query.with_for_update(read=True, key_share=True)).scalar_one_or_none()
    if token != held.token:
        raise _lost(held, lease(connection, held.source))


def renew(connection: Connection, held: Lease) -> None:
    """Say that the holder lives. Raises `LeaseLost` where the lease is not ours any more."""
    renewed = update(LEASE).where(*_is(held)).values(renewed_at=now_in(connection))
    if not connection.execute(renewed).rowcount:
        raise _lost(held, lease(connection, held.source))


def release(connection: Connection, held: Lease) -> None:
    """Free the source, if the lease is still ours."""
    connection.execute(delete(LEASE).where(*_is(held)))


def _is(held: Lease) -> tuple[ColumnElement[bool], ...]:
    return LEASE.c.source == held.source, LEASE.c.token == held.token


def now_in(connection: Connection) -> ColumnElement[Any]:
    """The time by the clock of the database, as it keeps times."""
    if connection.dialect.name == "postgresql":
        return func.clock_timestamp()
    return func.strftime("%Y-%m-%d %H:%M:%f", "now")


def silence_in(connection: Connection, renewed_at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Seconds since a sign of life, by the same clock."""
    if connection.dialect.name == "postgresql":
        return extract("epoch", func.clock_timestamp() - renewed_at)
    days = type_coerce(func.julianday("now"), Float) - type_coerce(func.julianday(renewed_at), Float)
    return days * 86_400.0


def _busy(holder: Lease) -> SourceBusy:
    return SourceBusy(
        f"{holder.source} is being crawled already: run {holder.run_id}, process {holder.pid} on "
        f"{holder.host}, since {holder.acquired_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"last heard of {holder.silent:.0f} s ago; wait for it, or end it"
    )


def _lost(held: Lease, holder: Lease | None) -> LeaseLost:
    if holder is None:
        return LeaseLost(
            f"{held.source}: run {held.run_id} does not hold its source any more; nothing more is written"
        )
    return LeaseLost(
        f"{held.source}: run {held.run_id} was silent too long and run {holder.run_id} "
        f"(process {holder.pid} on {holder.host}) has taken over; nothing more is written"
    )
