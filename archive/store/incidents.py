"""Incidents, and the messages about them: each kept until its channel has taken it.

Several processes may look at the same runs and send the same messages. What opens or closes an incident
brings its messages in the same transaction; one of them alone opens it (there is one open incident of a rule
and a source), and one alone claims a message for as long as it takes to send it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from archive.store.database import Database
from archive.store.rows import claim
from archive.store.tables import DELIVERY, INCIDENT

ALERT, REPEAT, ALL_CLEAR = "alert", "repeat", "all-clear"
_OPEN = INCIDENT.c.closed_at.is_(None)
_WAITS = DELIVERY.c.delivered_at.is_(None)
"""Both in the words of the indexes."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One time that a rule held for a source, until it held no more. Times are aware, in UTC."""

    id: int
    rule: str
    source: str
    """Empty for what is about the machine."""
    text: str
    """In a line, what was seen when it was opened."""
    run_id: int | None
    """The run that opened it."""
    opened_at: datetime
    told_at: datetime
    """When an alert or a repeat of it was last written."""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one channel. Times are aware, in UTC."""

    id: int
    incident_id: int
    kind: str
    """``alert``, ``repeat`` or ``all-clear``."""
    channel: str
    text: str
    created_at: datetime
    next_try: datetime | None
    """When it is tried, or tried again; None once it is delivered."""
    attempts: int
    delivered_at: datetime | None
    problem: str
    """Why it could not be delivered the last time; empty where it could, and while it is being tried."""


class Incidents:
    """Incidents and their messages. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(  # noqa: PLR0913 an incident is described by as many
        self,
        rule: str,
        source: str,
        text: str,
        run_id: int | None,
        now: datetime,
        *,
        message: str,
        channels: Iterable[str],
    ) -> int | None:
        """Open an incident, with its alert for each channel; its number, None where it is open already."""
        row: dict[str, Any] = {"rule": rule, "source": source, "text": text, "run_id": run_id}
        row |= {"opened_at": now, "told_at": now, "closed_at": None}

        def write(connection: Connection) -> int | None:
            number: int | None = claim(connection, [row], INCIDENT.c.id).scalar_one_or_none()
            if number is not None:
                _enter(connection, number, ALERT, message, channels, now)
            return number

        return self._database.write(write)

    def repeat(self, incident: Incident, message: str, channels: Iterable[str], now: datetime) -> bool:
        """Tell an incident again, unless somebody has by now; whether it is told.

        A channel that has not taken the message before is not given another.
        """
        untold = (INCIDENT.c.id == incident.id) & (INCIDENT.c.told_at == incident.told_at) & _OPEN

        def write(connection: Connection) -> bool:
            if not connection.execute(update(INCIDENT).where(untold).values(told_at=now)).rowcount:
                return False
            waiting = select(DELIVERY.c.channel).where(DELIVERY.c.incident_id == incident.id, _WAITS)
            behind = set(connection.execute(waiting).scalars())
            _enter(
                connection, incident.id, REPEAT, message, [one for one in channels if one not in behind], now
            )
            return True

        return self._database.write(write)

    def close(self, incident: Incident, message: str, channels: Iterable[str], now: datetime) -> bool:
        """Close an incident, with its all-clear for each channel; False where it is closed already."""

        def write(connection: Connection) -> bool:
            still_open = update(INCIDENT).where(INCIDENT.c.id == incident.id, _OPEN)
            if not connection.execute(still_open.values(closed_at=now)).rowcount:
                return False
            _enter(connection, incident.id, ALL_CLEAR, message, channels, now)
            return True

        return self._database.write(write)

    def all_open(self) -> list[Incident]:
        """The open incidents, the oldest first."""
        with self._database.reading() as connection:
            found = connection.execute(select(INCIDENT).where(_OPEN).order_by(INCIDENT.c.id))
            return [_incident(row) for row in found]

    def newest(self, limit: int) -> list[tuple[Incident, list[Delivery]]]:
        """Incidents with their messages in order: the open ones first, then the newest closed."""
        with self._database.reading() as connection:
            newest = select(INCIDENT).order_by(~_OPEN, INCIDENT.c.id.desc()).limit(limit)
            found = [_incident(row) for row in connection.execute(newest)]
            about = DELIVERY.c.incident_id.in_([one.id for one in found])
            rows = connection.execute(select(DELIVERY).where(about).order_by(DELIVERY.c.id))
            messages = [_delivery(row) for row in rows]
        return [(one, [each for each in messages if each.incident_id == one.id]) for one in found]

    def claim(self, channel: str, now: datetime, until: datetime) -> tuple[Incident, Delivery] | None:
        """Claim the next message that is due for the channel, for sending it; None where there is none.

        Messages about one incident go in order. One that is neither `delivered` nor `failed` at the time
        `until` is due again: whoever claimed it is gone.
        """

        def write(connection: Connection) -> tuple[Incident, Delivery] | None:
            while number := connection.execute(_next(channel, now)).scalar_one_or_none():
                taken = {"next_try": until, "attempts": DELIVERY.c.attempts + 1, "problem": ""}
                mine = update(DELIVERY).where(DELIVERY.c.id == number, _WAITS, DELIVERY.c.next_try <= now)
                row = connection.execute(mine.values(taken).returning(*DELIVERY.c)).one_or_none()
                if row is not None:  # PostgreSQL: another was quicker, between two statements
                    about = select(INCIDENT).where(INCIDENT.c.id == row.incident_id)
                    return _incident(connection.execute(about).one()), _delivery(row)
            return None

        with self._database.reading() as connection:  # mostly nothing is due: no crawl is kept from writing
            is_any_due = connection.execute(_next(channel, now)).scalar_one_or_none() is not None
        return self._database.write(write) if is_any_due else None

    def delivered(self, delivery: Delivery, now: datetime) -> None:
        """Enter that the channel has taken a message; what failed there before is due at once."""
        taken = {"delivered_at": now, "next_try": None, "problem": ""}

        def write(connection: Connection) -> None:
            connection.execute(update(DELIVERY).where(DELIVERY.c.id == delivery.id).values(taken))
            _hurry(connection, delivery.channel, now)

        self._database.write(write)

    def hurry(self, channel: str, now: datetime) -> None:
        """Have all that failed at the channel be due at once: it is up again."""
        self._database.write(lambda connection: _hurry(connection, channel, now))

    def failed(self, delivery: Delivery, problem: str, next_try: datetime) -> None:
        """Enter why a message could not be delivered, and when it is tried again."""
        waiting = update(DELIVERY).where(DELIVERY.c.id == delivery.id, _WAITS)
        later = {"problem": problem or "unknown", "next_try": next_try}
        self._database.write(lambda connection: connection.execute(waiting.values(later)))

    def waiting(self) -> list[Delivery]:
        """The messages that no channel has taken yet, the oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(DELIVERY).where(_WAITS).order_by(DELIVERY.c.id))
            return [_delivery(row) for row in rows]


def _enter(
    connection: Connection, incident: int, kind: str, text: str, channels: Iterable[str], now: datetime
) -> None:
    untried = {"next_try": now, "attempts": 0, "delivered_at": None, "problem": ""}
    rows: Sequence[dict[str, Any]] = [
        {"incident_id": incident, "kind": kind, "channel": one, "text": text, "created_at": now, **untried}
        for one in channels
    ]
    if rows:
        connection.execute(insert(DELIVERY), rows)


def _hurry(connection: Connection, channel: str, now: datetime) -> None:
    failed = (DELIVERY.c.channel == channel) & _WAITS & (DELIVERY.c.problem != "")
    connection.execute(update(DELIVERY).where(failed).values(next_try=now))


def _next(channel: str, now: datetime) -> Any:
    """The number of the first message that is due, and that no earlier one of its incident is before."""
    earlier = DELIVERY.alias()
    is_behind = exists().where(
        earlier.c.incident_id == DELIVERY.c.incident_id,
        earlier.c.channel == DELIVERY.c.channel,
        earlier.c.delivered_at.is_(None),
        earlier.c.id < DELIVERY.c.id,
    )
    due = (DELIVERY.c.channel == channel) & _WAITS & (DELIVERY.c.next_try <= now)
    return select(DELIVERY.c.id).where(due, ~is_behind).order_by(DELIVERY.c.id).limit(1)


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=row.id,
        rule=row.rule,
        source=row.source,
        text=row.text,
        run_id=row.run_id,
        opened_at=row.opened_at,
        told_at=row.told_at,
        closed_at=row.closed_at,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        incident_id=row.incident_id,
        kind=row.kind,
        channel=row.channel,
        text=row.text,
        created_at=row.created_at,
        next_try=row.next_try,
        attempts=row.attempts,
        delivered_at=row.delivered_at,
        problem=row.problem,
    )
