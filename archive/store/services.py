"""Scheduling services: which there are, whether they live, and which of them leads.

One leads at a time. It proves by renewing its row that it lives; when it is silent for too long, or its
process is gone, another takes its place. Whatever it enters into the ledger it enters as the one that leads,
checked in the same transaction: one that was asleep, and has been replaced, enters nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, text, update

from archive.errors import NotLeading
from archive.store.database import Database
from archive.store.leases import now_in, silence_in
from archive.store.rows import insertion
from archive.store.tables import SERVICE

_LEADER = "leader"
_ADVISORY_LOCK = 0x6C656164  # "lead": any number that no other program locks by
_SET_BACK = 60.0
"""Seconds in the future from which on a sign of life tells of another time, and no more of this one."""
_FORGOTTEN = 3600.0
"""Seconds of silence after which a service that never said goodbye is struck out."""


@dataclass(frozen=True, slots=True)
class Service:
    """One scheduling service. Times are aware, in UTC."""

    token: str
    """Of this service, from its start to its end."""
    host: str
    pid: int
    listens: str
    """The address of its health and metrics; empty where it has none."""
    started_at: datetime
    led_since: datetime | None
    """Since when it leads; None for one that stands by."""
    silent: float = 0.0
    """Seconds since its last sign of life, by the clock of the database."""


class Services:
    """The services on one store. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(
        self, service: Service, now: datetime, *, silence: float, is_dead: Callable[[Service], bool]
    ) -> Service:
        """Say that a service lives, and have it lead where nobody does; it as it stands now.

        A leader that was silent for more than `silence` seconds, or that `is_dead`, is replaced.
        """

        def write(connection: Connection) -> Service:
            _one_at_a_time(connection)
            _renew(connection, service)
            leader = _leader(connection)
            if leader is None or (leader.token != service.token and _is_over(leader, silence, is_dead)):
                if leader is not None:
                    connection.execute(delete(SERVICE).where(SERVICE.c.token == leader.token))
                _promote(connection, service.token, now)
            _strike_out(connection, is_dead)
            return _one(connection, service.token)

        return self._database.write(write)

    def leave(self, token: str) -> None:
        """Strike a service out: another may lead at once."""
        self._database.write(
            lambda connection: connection.execute(delete(SERVICE).where(SERVICE.c.token == token))
        )

    def all(self) -> list[Service]:
        """The services that were heard of within the last hour, the one that leads first."""
        with self._database.reading() as connection:
            found = [_service(row) for row in connection.execute(_rows(connection))]
        return sorted(found, key=lambda one: (one.led_since is None, one.started_at, one.token))


def check_leads(connection: Connection, token: str) -> None:
    """Make sure that a service leads until the transaction ends. Raises `NotLeading` where it does not."""
    query = select(SERVICE.c.role).where(SERVICE.c.token == token).with_for_update(read=True)
    if connection.execute(query).scalar_one_or_none() != _LEADER:
        raise NotLeading("another service leads by now; this one enters nothing into the ledger")


def _one_at_a_time(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite's writers exclude each other anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def _renew(connection: Connection, service: Service) -> None:
    row: dict[str, Any] = {
        "token": service.token,
        "role": None,
        "host": service.host,
        "pid": service.pid,
        "listens": service.listens,
        "started_at": service.started_at,
        "led_since": None,
    }
    joined = insertion(connection, SERVICE).values(**row, renewed_at=now_in(connection))
    alive = {"renewed_at": now_in(connection), "listens": service.listens}
    connection.execute(joined.on_conflict_do_update(index_elements=[SERVICE.c.token], set_=alive))


def _promote(connection: Connection, token: str, now: datetime) -> None:
    leads = {"role": _LEADER, "led_since": now}
    connection.execute(update(SERVICE).where(SERVICE.c.token == token).values(**leads))


def _strike_out(connection: Connection, is_dead: Callable[[Service], bool]) -> None:
    for row in connection.execute(_rows(connection)).all():
        found = _service(row)
        if found.led_since is None and (found.silent > _FORGOTTEN or is_dead(found)):
            connection.execute(delete(SERVICE).where(SERVICE.c.token == found.token))


def _is_over(leader: Service, silence: float, is_dead: Callable[[Service], bool]) -> bool:
    return leader.silent > silence or is_dead(leader)


def _rows(connection: Connection) -> Any:
    return select(SERVICE, silence_in(connection, SERVICE.c.renewed_at).label("silent"))


def _leader(connection: Connection) -> Service | None:
    query = _rows(connection).where(SERVICE.c.role == _LEADER).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else _service(row)


def _one(connection: Connection, token: str) -> Service:
    return _service(connection.execute(_rows(connection).where(SERVICE.c.token == token)).one())


def _service(row: Row[Any]) -> Service:
    return Service(
        token=row.token,
        host=row.host,
        pid=row.pid,
        listens=row.listens,
        started_at=row.started_at,
        led_since=row.led_since if row.role == _LEADER else None,
        silent=_silence(float(row.silent)),
    )


def _silence(seconds: float) -> float:
    """Seconds of silence. A sign of life from the future was given before the clock was set back."""
    return -seconds if seconds < -_SET_BACK else max(0.0, seconds)
