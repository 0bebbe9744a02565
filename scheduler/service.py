"""The scheduling service: it wakes when a slot comes, and has the crawl begun that is due.

What is due follows from the schedules and the ledger, never from what the service remembers: APScheduler only
wakes it. So nothing is lost with its process, and whoever takes its place goes on where the ledger stands.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.interval import IntervalTrigger

from archive.errors import ArchiveError, SchedulerStuck, StoreError
from archive.store import Store
from archive.store.services import Service
from archive.store.values import Run
from scheduler.clocks import Reading, jolt, read_clocks
from scheduler.dispatch import Crawls, Dispatch
from scheduler.runs import HOST, is_gone
from scheduler.schedules import Schedule
from scheduler.triggers import SlotTrigger

logger = logging.getLogger(__name__)
logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it tells of each sign of life, and each late one

BEAT = 2.0
"""Seconds between two signs of life."""
SILENCE = 15.0
"""Seconds of silence after which another service leads."""
_WATCH = 0.5
"""Seconds between two looks at the clock, and at whether to stop."""
_STUCK = 120.0
"""Seconds without a sign of APScheduler after which the service gives up, so that it is begun anew."""
WELL = 30.0
"""Seconds for which a sign of life in the store means that the service is well."""
_DRAIN = 9.0
"""Seconds that crawls under way have to end when the service is stopped."""
_PATIENCE = 0.5
"""Seconds that the store may take for the service's goodbye."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that the leading service does besides, again and again."""

    name: str
    seconds: float
    do: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Tuning:
    """How often and how long, in seconds; tests are quicker."""

    beat: float = BEAT
    silence: float = SILENCE
    stuck: float = _STUCK


class SchedulingService:
    """One service of those on a store. `start` it, `watch` it every half second, `stop` it.

    `crawls_of` makes the keeper of child processes, given whom it is to tell of their ends. `on_run` hears of
    every run of a slot that has ended.
    """

    def __init__(  # noqa: PLR0913 all that it works with
        self,
        store: Store,
        schedules: Sequence[Schedule],
        crawls_of: Callable[[Dispatch], Crawls],
        *,
        duties: Sequence[Duty] = (),
        on_run: Callable[[Run], None] = lambda run: None,
        clock: Callable[[], Reading] = read_clocks,
        scheduler: BaseScheduler | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self._store, self._schedules, self._duties = store, schedules, duties
        self._clock, self._tuning = clock, tuning or Tuning()
        self._reading = clock()
        self._ticked = self._beaten = self._reading.awake
        self._problem = ""
        self._adding = threading.Lock()
        self._listens = ""
        self._self = Service(token_hex(16), HOST, os.getpid(), "", self._reading.wall, None)
        self._dispatch = Dispatch(store, self._self.token, schedules, self._now, on_run)
        self._crawls = self._dispatch.crawls = crawls_of(self._dispatch)
        self._jobs = scheduler or BackgroundScheduler(timezone="UTC")

    def start(self) -> None:
        """Begin, with a sign of life at once. Raises `StoreError` where the store does not take it."""
        self._beat(first=True)
        self._jobs.start()
        self._add_jobs()

    def watch(self) -> None:
        """Look at the clock, and at APScheduler. Raises `SchedulerStuck`."""
        before, self._reading = self._reading, self._clock()
        if found := jolt(before, self._reading):
            logger.warning("%s", found)
            self._dispatch.note(str(found))
            if found.went_back:  # its jobs wait for the time that was
                self._add_jobs()
            self._jobs.wakeup()
        if self._reading.awake - self._ticked > self._tuning.stuck:
            raise SchedulerStuck("the scheduler has done nothing for two minutes: it is to be started again")

    def run(self, stopping: threading.Event, listen: Callable[[], str] = lambda: "") -> None:
        """Go on until told to stop. Raises as `start` and `watch` do.

        `listen` says where health can be asked for, which others are told with the next sign of life.
        """
        self.start()
        try:
            while not stopping.wait(_WATCH):
                self.watch()
                self._listens = listen()
        finally:
            self.stop()

    def stop(self) -> None:
        """Have crawls under way end in good order, and say goodbye: another service may lead at once."""
        self._dispatch.close()
        with suppress(Exception):  # it may be what is broken
            self._jobs.shutdown(wait=False)
        self._crawls.stop()
        if not self._crawls.wait(_DRAIN):
            self._crawls.stop(kill=True)
            self._crawls.wait(_PATIENCE)
        leaving = threading.Thread(target=self._leave, daemon=True)
        leaving.start()
        leaving.join(_PATIENCE)

    def hurry(self) -> None:
        """End crawls under way at once."""
        self._crawls.stop(kill=True)

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether the service is well, which is that its signs of life reach the store; and more about it."""
        awake = self._clock().awake
        silent = awake - self._beaten
        is_well = silent <= WELL and awake - self._ticked <= WELL
        return is_well, {
            "leads": self._self.led_since is not None,
            "last_beat_seconds_ago": round(silent, 1),
            "problem": self._problem,
            "runs_under_way": sorted(self._crawls.under_way()),
            "host": HOST,
            "pid": self._self.pid,
        }

    def _now(self) -> datetime:
        return self._clock().wall

    def _add_jobs(self) -> None:
        """Have APScheduler wake us for what there is to do now, and for nothing else."""
        every = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        beats = IntervalTrigger(seconds=self._tuning.beat, timezone="UTC")
        with self._adding:
            self._jobs.remove_all_jobs()
            self._jobs.add_job(self._beat, beats, id="beat", **every)
            if self._self.led_since is None:
                return
            for schedule in self._schedules:
                fire = partial(self._dispatch.fire, schedule.name, is_timely=True)
                self._jobs.add_job(fire, SlotTrigger(schedule), id=f"schedule {schedule.name}", **every)
            for duty in self._duties:
                again = IntervalTrigger(seconds=duty.seconds, timezone="UTC")
                self._jobs.add_job(partial(_done, duty), again, id=f"duty {duty.name}", **every)

    def _beat(self, *, first: bool = False) -> None:
        """Give a sign of life; lead where nobody does, stand by where another does by now."""
        self._ticked = self._clock().awake
        before = self._self
        try:
            cause = self._why_nobody_led() if before.led_since is None else ""
            me = replace(before, listens=self._listens)
            self._self = self._store.services.beat(
                me, self._now(), silence=self._tuning.silence, is_dead=self._is_dead
            )
        except StoreError as error:
            if first:
                raise
            if not self._problem:
                logger.warning("no sign of life reaches the store: %s", error)
            self._problem = str(error)
            return
        self._problem, self._beaten = "", self._clock().awake
        if self._self.led_since != before.led_since:
            self._changed(cause, first=first)
        elif self._self.led_since is not None:
            self._dispatch.look()
        self._ticked = self._clock().awake

    def _changed(self, cause: str, *, first: bool) -> None:
        leads = self._self.led_since is not None
        logger.info("leads from now on" if leads else "stands by from now on")
        if not first:
            self._add_jobs()
        if leads:
            self._dispatch.take_over(cause or "another service led meanwhile")

    def _why_nobody_led(self) -> str:
        leader = next((one for one in self._store.services.all() if one.led_since), None)
        if leader is None:
            return "no service was running"
        return f"the service that led (process {leader.pid} on {leader.host}) was gone"

    def _is_dead(self, other: Service) -> bool:
        return other.token != self._self.token and other.host == HOST and is_gone(other.pid)

    def _leave(self) -> None:
        with suppress(ArchiveError):
            self._store.services.leave(self._self.token)


def _done(duty: Duty) -> None:
    """Do a duty; whatever goes wrong with it, it is done again at its next time."""
    try:
        duty.do()
    except Exception:
        logger.exception("%s went wrong", duty.name)
