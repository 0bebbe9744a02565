"""What the leading service does about slots: runs begin, and the ledger says how they ended."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from archive.errors import NotLeading, StoreError, StoreUnavailable
from archive.store import Store
from archive.store.slots import End
from archive.store.values import Run, RunState
from crawler.outcome import Outcome
from scheduler.children import Ended
from scheduler.planning import Due, due, extra, is_repeated, overlapped
from scheduler.runs import HOST, is_taken, mark_crashed
from scheduler.schedules import Schedule
from scheduler.verdicts import explanation, is_busy, verdict

logger = logging.getLogger(__name__)
_HELD_UP = "the service was held up"


class Crawls(Protocol):
    """Crawls as child processes (`scheduler.children.Children`)."""

    def begin(self, run: Run) -> None:
        """Begin a run. Raises `OSError` where no process can be had."""

    def adopt(self, run: Run) -> None:
        """Take care of a run that another service began."""

    def under_way(self) -> set[int]:
        """The numbers of the runs that are watched."""

    def stop(self, *, kill: bool = False) -> None:
        """Ask all to stop, or end them at once."""

    def wait(self, seconds: float) -> bool:
        """Wait for all to end; whether they have."""


class Dispatch:
    """The slots of some schedules, and the runs that come of them, for the service of the token.

    Safe to use from several threads. What the store does not take is done again at the next `look`.
    """

    def __init__(
        self,
        store: Store,
        token: str,
        schedules: Sequence[Schedule],
        now: Callable[[], datetime],
        on_settled: Callable[[Run], None],
    ) -> None:
        self._store, self._token, self._now, self._on_settled = store, token, now, on_settled
        self._schedules: Mapping[str, Schedule] = {one.name: one for one in schedules}
        self._since = now()
        self._causes: dict[str, str] = {}
        self._owed: set[str] = set()
        self._unsettled: list[Ended] = []
        self._closed = False
        self._lock = threading.RLock()
        self._ends = threading.Lock()
        self.crawls: Crawls | None = None
        """Set before anything else is done: they tell `ended` of their ends."""

    def take_over(self, cause: str) -> None:
        """Go on where the ledger stands: see to runs under way, and catch up with slots that went by."""
        self.note(cause)
        with self._lock:
            try:
                mark_crashed(self._store, self._now)
                self._adopt()
                self._give_up_foreign()
                self._begin_waiting()
            except StoreError as error:
                logger.warning("the ledger cannot be read: %s", error)
            for name in self._schedules:
                self.fire(name)

    def note(self, cause: str) -> None:
        """Note why slots may have gone by, to say so of those that have."""
        with self._lock:
            self._causes = dict.fromkeys(self._schedules, cause)

    def fire(self, name: str, *, is_timely: bool = False) -> None:
        """Have the run begin that is due, if any; `is_timely` says that a slot has come this very moment.

        Not before the store has taken the ends of runs that are over: whoever begins the next run of a source
        calls the last one crashed that has no end.
        """
        self._settle_ends()
        with self._lock:
            if self._closed:
                return
            if self._is_behind():
                self._owed.add(name)
                return
            try:
                self._fire(self._schedules[name], is_timely=is_timely)
            except NotLeading as error:
                logger.warning("%s", error)
            except StoreError as error:
                logger.warning("no run can be entered for %s: %s", name, error, extra={"schedule": name})
                self._owed.add(name)
            else:
                self._owed.discard(name)
                self._causes.pop(name, None)

    def look(self) -> None:
        """Do what was put off: slots and ends that the store did not take, runs that wait."""
        self._settle_ends()
        with self._lock:
            if self._closed or self._is_behind():
                return
            for name in sorted(self._owed):
                self.fire(name)
            try:
                self._adopt()
                self._begin_waiting()
            except StoreError as error:
                logger.warning("the ledger cannot be read: %s", error)

    def ended(self, ended: Ended) -> None:
        """Have the ledger say how a run ended, and tell of it."""
        about = {"run": ended.run_id, "code": ended.code, "seconds": round(ended.took, 1)}
        try:
            run = self._settle(ended)
        except NotLeading:
            return  # it never began: whoever leads has it in hand
        except StoreError as error:
            logger.warning("the end of run %s cannot be entered: %s", ended.run_id, error, extra=about)
            if isinstance(error, StoreUnavailable):  # what it refuses, it would refuse for ever
                with self._ends:
                    self._unsettled.append(ended)
            return
        logger.info("run %s: %s", run.id, run.outcome or run.state, extra=about | {"detail": run.detail})
        self._on_settled(run)

    def close(self) -> None:
        """Have no more runs begin. It waits for nothing: whoever is in the middle of it finds out."""
        self._closed = True

    def _fire(self, schedule: Schedule, *, is_timely: bool) -> None:
        now, slots = self._now(), self._store.slots
        newest = slots.newest(schedule.name)
        cause = self._causes.get(schedule.name, _HELD_UP)
        found = due(schedule, newest, self._since, now, cause)
        if found is None and newest and is_timely and is_repeated(newest, now):
            found = extra(schedule, newest)
        if found is None:
            return
        taken = self._taken(schedule.source)
        if taken and not schedule.full:
            slots.pass_over(self._token, overlapped(found, taken), now)
            logger.info("%s: %s", schedule.name, taken, extra={"schedule": schedule.name})
            return
        self._enter(schedule, found, now, f"had to wait: {taken}" if taken else found.detail)

    def _enter(self, schedule: Schedule, found: Due, now: datetime, detail: str) -> None:
        """Enter a run, and have it begin unless it must wait; one of its schedule that waits is given up."""
        slots = self._store.slots
        waiting = [run for run in slots.planned() if run.schedule == schedule.name]
        number = slots.enter(self._token, found.slot, found.passed, now, detail=detail)
        if number is None:
            return
        for run in waiting:
            told = f"run {number} stands for it: it waited too long"
            slots.give_up(self._token, run.id, RunState.COALESCED, now, told)
        about = {
            "schedule": schedule.name,
            "run": number,
            "slot": str(found.slot.at),
            "passed": len(found.passed),
        }
        logger.info("run %s is planned: %s", number, detail or "its slot has come", extra=about)
        if not self._taken(schedule.source, but=number):
            self._begin(self._store.run(number))

    def _taken(self, source: str, *, but: int = 0) -> str:
        """Who has the source, or is about to; empty where nobody is. `but` is the run that asks."""
        lease = self._store.lease(source)
        if lease and is_taken(lease):
            return f"run {lease.run_id} has the source"
        planned = (run for run in self._store.slots.planned() if run.source == source and run.id != but)
        first = next(planned, None)
        return f"run {first.id} is about to have the source" if first and (not but or first.id < but) else ""

    def _begin(self, run: Run) -> None:
        if self.crawls is None or self._closed:
            return
        try:
            self.crawls.begin(run)
        except OSError as error:
            detail = f"no process could be had for it ({error.strerror or error})"
            end = End(RunState.CRASHED, Outcome.CRASHED, self._now(), detail)
            self._store.slots.end_dead(self._token, run.id, ("", 0), end)

    def _adopt(self) -> None:
        """See to runs under way on this machine that another service had begin."""
        in_hand = self._in_hand()
        for run in self._store.running():
            if run.schedule and run.host == HOST and run.id not in in_hand and self.crawls:
                self.crawls.adopt(run)

    def _give_up_foreign(self) -> None:
        """Give up planned runs of schedules that there are no more."""
        for run in self._store.slots.planned():
            if run.schedule not in self._schedules:
                detail = "there is no such schedule any more"
                self._store.slots.give_up(self._token, run.id, RunState.MISSED, self._now(), detail)

    def _begin_waiting(self) -> None:
        """Have planned runs begin whose source is free: those that waited, and those another service left."""
        in_hand = self._in_hand()
        for run in self._store.slots.planned():
            is_ours = run.schedule in self._schedules and run.id not in in_hand
            if is_ours and not self._taken(run.source, but=run.id):
                self._begin(run)

    def _in_hand(self) -> set[int]:
        """The numbers of runs that are watched, or whose ends the store has not taken yet."""
        with self._ends:
            ending = {ended.run_id for ended in self._unsettled}
        return ending | (self.crawls.under_way() if self.crawls else set())

    def _is_behind(self) -> bool:
        with self._ends:
            return bool(self._unsettled)

    def _settle_ends(self) -> None:
        """Have the ledger say of the ends that the store has not taken yet."""
        with self._ends:
            ends, self._unsettled = self._unsettled, []
        for ended in ends:
            self.ended(ended)

    def _settle(self, ended: Ended) -> Run:
        run, slots = self._store.run(ended.run_id), self._store.slots
        schedule = self._schedules.get(run.schedule)
        if is_busy(ended):
            if run.state is RunState.PLANNED and not (schedule and schedule.full):
                slots.give_up(self._token, run.id, RunState.OVERLAPPED, self._now(), ended.last_words)
        elif run.state in {RunState.PLANNED, RunState.RUNNING}:
            found = verdict(ended)
            end = End(found.state, found.outcome, self._now(), found.detail)
            slots.end_dead(self._token, run.id, (HOST, ended.pid), end)
        elif why := explanation(ended):
            slots.explain_end(run.id, (HOST, ended.pid), why.outcome, why.detail)
        return self._store.run(run.id)
