"""Captures, and the rejections that refer to them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from archive.store.rows import capture_columns, capture_of, chunks
from archive.store.tables import CAPTURE, REJECTION
from archive.store.values import Capture, Observation, Rejected, Rejection


def store_captures(connection: Connection, observations: Iterable[Observation], run_id: int | None) -> None:
    """All captures and rejections; the last capture of a rejected page is what its rejection refers to."""
    rejected: list[tuple[Observation, Rejection]] = []
    plain: list[Capture] = []
    for one in observations:
        if one.rejection:
            rejected.append((one, one.rejection))
        plain += one.captures[:-1] if one.rejection else one.captures
    if plain:
        connection.execute(insert(CAPTURE), [capture_columns(capture, run_id) for capture in plain])
    if rejected:
        _store_rejections(connection, rejected, run_id)


def _store_rejections(
    connection: Connection, rejected: Sequence[tuple[Observation, Rejection]], run_id: int | None
) -> None:
    captures = [capture_columns(one.captures[-1], run_id) for one, _ in rejected if one.captures]
    ids = iter(_store_numbered(connection, captures))
    rows = [
        asdict(rejection)
        | {"run_id": run_id, "seen_at": one.seen_at, "capture_id": next(ids) if one.captures else None}
        for one, rejection in rejected
    ]
    connection.execute(insert(REJECTION), rows)


def _store_numbered(connection: Connection, captures: Sequence[dict[str, Any]]) -> Sequence[int]:
    if not captures:
        return []
    numbered = insert(CAPTURE).returning(CAPTURE.c.id, sort_by_parameter_order=True)
    return connection.execute(numbered, captures).scalars().all()


def captures(connection: Connection, address: str, limit: int) -> list[Capture]:
    """The captures of the address, the newest first."""
    query = select(CAPTURE).where(CAPTURE.c.address == address)
    newest = query.order_by(CAPTURE.c.fetched_at.desc(), CAPTURE.c.id.desc()).limit(limit)
    return [capture_of(row) for row in connection.execute(newest)]


def rejections(connection: Connection, run_id: int | None, limit: int) -> list[Rejected]:
    """The rejections of the run, or of all, the newest first."""
    query = select(REJECTION).order_by(REJECTION.c.id.desc()).limit(limit)
    if run_id is not None:
        query = query.where(REJECTION.c.run_id == run_id)
    rows = connection.execute(query).all()
    found = {
        row.id: capture_of(row)
        for some in chunks(row.capture_id for row in rows if row.capture_id is not None)
        for row in connection.execute(select(CAPTURE).where(CAPTURE.c.id.in_(some)))
    }
    return [_rejected(row, found.get(row.capture_id)) for row in rows]


def _rejected(row: Row[Any], capture: Capture | None) -> Rejected:
    return Rejected(
        id=row.id,
        run_id=row.run_id,
        seen_at=row.seen_at,
        rejection=Rejection(row.address, row.stage, row.reason, row.detail),
        capture=capture,
    )
