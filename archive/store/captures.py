"""Captures, and the rejections that refer to them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    column,
    func,
    insert,
    literal_column,
    select,
    values,
)

from archive.store.rows import capture_columns, capture_of, chunks
from archive.store.tables import CAPTURE, CRAWL_RUN, REJECTION
from archive.store.types import Words, storable
from archive.store.values import Capture, Observation, Rejected, Rejection

_AT_ONCE = 1000
_INDEXED = 600
"""Characters of an address in the index of payloads. Longer ones are found by the index of all addresses."""

# In the words of the indexes: with parameters in their place neither database would use them.
_IN_WARC = CAPTURE.c.warc_file != literal_column("''")
_WHOLE = and_(_IN_WARC, CAPTURE.c.truncated == literal_column("''"))
_RESPONSE = CAPTURE.c.record == literal_column("'response'")
_OK = CAPTURE.c.status == literal_column("200")
_SHORT = func.length(CAPTURE.c.address) <= literal_column(str(_INDEXED))


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


def originals(connection: Connection, digests: Iterable[str]) -> dict[str, Capture]:
    """By payload digest the earliest capture whose record in the WARC has that payload, and all of it."""
    query = (
        select(CAPTURE).where(_RESPONSE, _WHOLE).order_by(CAPTURE.c.fetched_at.desc(), CAPTURE.c.id.desc())
    )
    return {
        row.payload_digest: capture_of(row)
        for some in chunks(sorted(set(digests)))
        for row in connection.execute(query.where(CAPTURE.c.payload_digest.in_(some)))
    }


def payloads(connection: Connection, addresses: Iterable[str]) -> dict[str, Capture]:
    """By address its newest capture with status 200, whole and in the WARC, be it a response or a revisit."""
    asked = sorted({storable(address) for address in addresses})
    found: dict[str, Capture] = {}
    for is_short in (True, False):
        where = and_(_OK, _WHOLE, _SHORT) if is_short else and_(_OK, _WHOLE)
        for some in chunks(address for address in asked if (len(address) <= _INDEXED) is is_short):
            found |= _newest(connection, where, some)
    return found


def _newest(
    connection: Connection, where: ColumnElement[bool], addresses: Sequence[str]
) -> dict[str, Capture]:
    """By address the newest of its captures, each found at the end of the index: a list has thousands."""
    asked = values(column("address", Words), name="asked").data([(one,) for one in addresses]).cte()
    newest = (
        select(CAPTURE.c.id)
        .where(CAPTURE.c.address == asked.c.address, where)
        .order_by(CAPTURE.c.fetched_at.desc(), CAPTURE.c.id.desc())
        .limit(1)
        .correlate(asked)
        .scalar_subquery()
    )
    query = select(CAPTURE).where(CAPTURE.c.id.in_(select(newest).select_from(asked)))
    return {row.address: capture_of(row) for row in connection.execute(query)}


def kept_captures(connection: Connection) -> Iterator[tuple[int, Capture]]:
    """The captures that have a record in a WARC file, with their numbers, by file and offset."""
    query = select(CAPTURE).where(_IN_WARC).order_by(CAPTURE.c.warc_file, CAPTURE.c.warc_offset)
    with connection.execute(query, execution_options={"yield_per": _AT_ONCE}) as rows:
        for row in rows:
            yield row.id, capture_of(row)


@dataclass(frozen=True, slots=True)
class Rejections:
    """Which rejections: of the run or source, at the stage, with the reason, at the addresses.

    None is no condition; the source ``""`` has those of which no run is known.
    """

    run_id: int | None = None
    source: str | None = None
    stage: str | None = None
    reason: str | None = None
    addresses: Sequence[str] | None = None


def rejections(connection: Connection, selection: Rejections, limit: int) -> list[Rejected]:
    """The rejections selected, the newest first."""
    query = select(REJECTION).where(*_selected(selection)).order_by(REJECTION.c.id.desc()).limit(limit)
    rows = connection.execute(query).all()
    found = {
        row.id: capture_of(row)
        for some in chunks(row.capture_id for row in rows if row.capture_id is not None)
        for row in connection.execute(select(CAPTURE).where(CAPTURE.c.id.in_(some)))
    }
    return [_rejected(row, found.get(row.capture_id)) for row in rows]


def rejection_count(connection: Connection, selection: Rejections) -> int:
    """How many rejections are selected."""
    query = select(func.count()).select_from(REJECTION).where(*_selected(selection))
    return int(connection.execute(query).scalar_one())


def _selected(selection: Rejections) -> Iterator[ColumnElement[bool]]:
    if selection.run_id is not None:
        yield REJECTION.c.run_id == selection.run_id
    if selection.source:
        of_source = select(CRAWL_RUN.c.id).where(CRAWL_RUN.c.source == selection.source)
        yield REJECTION.c.run_id.in_(of_source)
    elif selection.source is not None:
        yield REJECTION.c.run_id.is_(None)
    if selection.stage is not None:
        yield REJECTION.c.stage == selection.stage
    if selection.reason is not None:
        yield REJECTION.c.reason == selection.reason
    if selection.addresses is not None:
        yield REJECTION.c.address.in_(selection.addresses)


def _rejected(row: Row[Any], capture: Capture | None) -> Rejected:
    return Rejected(
        id=row.id,
        run_id=row.run_id,
        seen_at=row.seen_at,
        rejection=Rejection(row.address, row.stage, row.reason, row.detail),
        capture=capture,
    )
