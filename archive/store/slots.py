"""Slots: the times that schedules have planned, each with one row in the ledger, whatever became of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from archive.store.database import Database
from archive.store.rows import chunks, claim
from archive.store.runs import added, change_run, end_run, run, run_of, start_run, unfinished
from archive.store.services import check_leads
from archive.store.tables import CRAWL_RUN, LEASE
from archive.store.values import Run, RunState

_TRIGGER = "schedule"


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned time of a schedule, aware; `at` is None for a run beyond all slots."""

    schedule: str
    source: str
    at: datetime | None
    asked: str = ""
    """What is asked for, in the words of the command line; empty for all that is new."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A slot that has no run of its own, and why."""

    slot: Slot
    state: RunState
    detail: str


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended; `finished_at` is aware."""

    state: RunState
    outcome: str
    finished_at: datetime
    detail: str


class Slots:
    """The slots in the ledger. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, schedule: str) -> datetime | None:
        """The latest slot of the schedule that is in the ledger; None where there is none."""
        latest = func.max(CRAWL_RUN.c.slot_at, type_=CRAWL_RUN.c.slot_at.type)
        with self._database.reading() as connection:
            found = connection.execute(select(latest).where(CRAWL_RUN.c.schedule == schedule)).scalar_one()
        return found if isinstance(found, datetime) else None

    def at(self, schedule: str, slot_at: datetime) -> Run | None:
        """What the ledger has of a slot; None where it is not in it."""
        named = (CRAWL_RUN.c.schedule == schedule) & (CRAWL_RUN.c.slot_at == slot_at)
        with self._database.reading() as connection:
            row = connection.execute(select(CRAWL_RUN).where(named)).one_or_none()
        return None if row is None else run_of(row)

    def enter(
        self, token: str, due: Slot, passed: Sequence[Passed], now: datetime, *, detail: str = ""
    ) -> int | None:
        """Enter the slot that is to have a run, and those before it that have none, all in one.

        The number of the planned run; None where the slot is in the ledger already. Raises `NotLeading`
        unless the service of the token leads.
        """
        planned = _row(due, RunState.PLANNED, detail, now) | {"finished_at": None}

        def write(connection: Connection) -> int | None:
            check_leads(connection, token)
            _enter_passed(connection, passed, now)
            return claim(connection, [planned], CRAWL_RUN.c.id).scalar_one_or_none()

        return self._database.write(write)

    def pass_over(self, token: str, passed: Sequence[Passed], now: datetime) -> None:
        """Enter slots that have no run. Raises `NotLeading` unless the service of the token leads."""

        def write(connection: Connection) -> None:
            check_leads(connection, token)
            _enter_passed(connection, passed, now)

        self._database.write(write)

    def planned(self) -> list[Run]:
        """Runs that are about to begin, or wait for their source, the oldest first."""
        with self._database.reading() as connection:
            return unfinished(connection, RunState.PLANNED)

    def give_up(self, token: str, run_id: int, state: RunState, at: datetime, detail: str) -> bool:
        """Have a planned run never begin; whether it had not.

        Raises `NotLeading` unless the service of the token leads.
        """
        ended = {"state": state, "detail": detail, "finished_at": at}
        planned = update(CRAWL_RUN).where(CRAWL_RUN.c.id == run_id, CRAWL_RUN.c.state == RunState.PLANNED)

        def write(connection: Connection) -> bool:
            check_leads(connection, token)
            return bool(connection.execute(planned, ended).rowcount)

        return self._database.write(write)

    def note_overlapped(self, source: str, trigger: str, at: datetime, detail: str, asked: str = "") -> int:
        """Enter a run that did not begin since another had its source; its number."""
        columns: dict[str, Any] = {"source": source, "trigger": trigger, "state": RunState.OVERLAPPED}
        columns |= {
            "started_at": at,
            "finished_at": at,
            "detail": detail,
            "asked": asked,
            "host": "",
            "pid": 0,
        }
        return self._database.write(lambda connection: start_run(connection, columns))

    def end_dead(self, token: str, run_id: int, process: tuple[str, int], end: End) -> Run:
        """Enter how a run ended whose process did not say so, and free its source; the run as it is now.

        One that runs is ended only where it is that of the process (host and number): another may have begun
        it meanwhile. Of one that has ended nothing changes. Raises `NotFound` for a number that no run has,
        and of a planned one `NotLeading` unless the service of the token leads.
        """

        def write(connection: Connection) -> Run:
            found = run(connection, run_id, lock=True)
            if found.state is RunState.PLANNED:
                check_leads(connection, token)
            elif (found.host, found.pid) != process or found.state is not RunState.RUNNING:
                return found
            end_run(connection, run_id, asdict(end), of=(RunState.PLANNED, RunState.RUNNING))
            connection.execute(delete(LEASE).where(LEASE.c.run_id == run_id))
            return run(connection, run_id)

        return self._database.write(write)

    def explain_end(self, run_id: int, process: tuple[str, int], outcome: str, detail: str) -> None:
        """Say why a run of the process ended early, which it did not know: its supervisor stopped it."""

        def write(connection: Connection) -> None:
            found = run(connection, run_id, lock=True)
            early = {RunState.INTERRUPTED, RunState.CRASHED}
            if found.state in early and (found.host, found.pid) == process:
                told = {"outcome": outcome, "detail": added(found.detail, detail)}
                change_run(connection, run_id, told)

        self._database.write(write)


def _enter_passed(connection: Connection, passed: Sequence[Passed], now: datetime) -> None:
    rows = (_row(one.slot, one.state, one.detail, one.slot.at or now) for one in passed)
    for some in chunks(rows):
        claim(connection, some, CRAWL_RUN.c.id)


def _row(slot: Slot, state: RunState, detail: str, at: datetime) -> dict[str, Any]:
    return {
        "source": slot.source,
        "trigger": _TRIGGER,
        "state": state,
        "outcome": "",
        "started_at": at,
        "finished_at": at,
        "counters": {},
        "host": "",
        "pid": 0,
        "detail": detail,
        "schedule": slot.schedule,
        "slot_at": slot.at,
        "asked": slot.asked,
        "story": {},
    }
