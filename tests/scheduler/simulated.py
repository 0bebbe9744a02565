"""A service on a clock that is moved by hand: real schedules, real APScheduler, a real store, no waiting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler

from archive.store import Store
from archive.store.values import Run, RunState
from scheduler.clocks import Reading
from scheduler.dispatch import Dispatch
from scheduler.schedules import Schedule
from scheduler.service import SchedulingService, Tuning

BEAT = 6 * 3600.0


class Stepped(BaseScheduler):  # type: ignore[misc]
    """APScheduler without a thread: `process` does what its thread would do on waking."""

    def __init__(self) -> None:
        super().__init__(executors={"default": DebugExecutor()}, timezone="UTC")

    def wakeup(self) -> None:
        """Nobody sleeps."""

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)

    def process(self) -> float | None:
        """Do what is due; seconds until there is more to do."""
        wait: float | None = self._process_jobs()
        return wait


@dataclass(slots=True)
class World:
    """The time of the day, which may be set, and the time that passes."""

    traveller: Any
    wall: datetime
    awake: float = 0.0
    passed: float = 0.0

    def read(self) -> Reading:
        return Reading(self.wall, self.awake, self.passed)

    def pass_time(self, seconds: float) -> None:
        self.awake += seconds
        self.passed += seconds
        self._move(seconds)

    def sleep(self, length: timedelta) -> None:
        """The machine is asleep: only the clock in its battery goes on."""
        self.passed += length.total_seconds()
        self._move(length.total_seconds())

    def step(self, length: timedelta) -> None:
        """Somebody sets the clock."""
        self._move(length.total_seconds())

    def _move(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.traveller.move_to(self.wall, tick=False)


@dataclass(slots=True)
class InstantCrawls:
    """Crawls that are over at once, as far as the ledger can tell."""

    store: Store
    now: Callable[[], datetime]
    begun: list[tuple[Run, datetime]] = field(default_factory=list)

    def begin(self, run: Run) -> None:
        lease = self.store.begin_run(
            run.source,
            run.trigger,
            self.now(),
            "here",
            1,
            silence=60,
            is_dead=lambda _: False,
            planned=run.id,
        )
        self.store.finish_run(run.id, RunState.FINISHED, "complete", {}, self.now(), lease)
        self.begun.append((run, self.now()))

    def adopt(self, run: Run) -> None:
        raise AssertionError("nothing goes on when a service ends")

    def under_way(self) -> set[int]:
        return set()

    def stop(self, *, kill: bool = False) -> None:
        """There is never one."""

    def wait(self, seconds: float) -> bool:
        return True


@dataclass(slots=True)
class Simulation:
    """A machine on which the service runs, sleeps, is started again and has its clock set."""

    store: Store
    schedules: Sequence[Schedule]
    world: World
    begun: list[tuple[Run, datetime]] = field(default_factory=list)
    _service: SchedulingService | None = None
    _jobs: Stepped | None = None

    def start(self) -> None:
        """The service begins."""
        self._jobs = Stepped()
        self._service = SchedulingService(
            self.store,
            self.schedules,
            self._crawls,
            clock=self.world.read,
            scheduler=self._jobs,
            tuning=Tuning(beat=BEAT, silence=1e9, stuck=1e9),
        )
        self._service.start()

    def stop(self) -> None:
        """The service ends."""
        assert self._service
        self._service.stop()
        self._service = self._jobs = None

    def live(self, length: timedelta) -> None:
        """Let time pass, with the service doing what it does."""
        until = self.world.passed + length.total_seconds()
        while (left := until - self.world.passed) > 0:
            if self._service is None or self._jobs is None:
                self.world.pass_time(left)
                return
            self._service.watch()
            wait = self._jobs.process()
            self.world.pass_time(min(left, 3600.0 if wait is None else max(wait, 0.001)))
        if self._service and self._jobs:
            self._service.watch()
            self._jobs.process()

    def _crawls(self, _dispatch: Dispatch) -> InstantCrawls:
        return InstantCrawls(self.store, lambda: self.world.wall, self.begun)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
