"""The scheduling service as this machine runs it: its crawls, its duties, its health, its signals."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from types import FrameType

from archive.store import Store
from archive.store.values import Run
from crawler.run import utc_now
from crawler.sources.registry import Sources
from ops.configuration.settings import NOWHERE, Settings
from ops.overview import Watched
from ops.serving.health import Exposed, Health, HealthServer
from ops.serving.metrics import CONTENT_TYPE, exposition
from ops.terminal import write_line
from ops.views.runs import counts, moment
from ops.wiring import alerts_of
from scheduler.children import Children, Limits
from scheduler.dispatch import Dispatch
from scheduler.schedules import Schedule
from scheduler.service import Duty, SchedulingService

_CHECK = 60.0
"""Seconds between two looks at the rules for alerts."""
_DELIVER = 15.0
"""Seconds between two tries to have messages taken."""


def service_of(
    settings: Settings, watched: Watched, schedules: Sequence[Schedule], limits: Limits | None = None
) -> SchedulingService:
    """The service that has `archive crawl` do the crawls, tells of each, and looks after alerts."""
    store, alerts = watched.store, alerts_of(settings, watched.store)
    most = limits or Limits(settings.run_minutes * 60, settings.run_memory_mib << 20)

    def crawls_of(dispatch: Dispatch) -> Children:
        return Children(crawl_command, most, dispatch.ended)

    def told(run: Run) -> None:
        with suppress(OSError):  # whoever read what the service prints may have left
            write_line(_in_a_line(run))
            sys.stdout.flush()
        # A receiver may take its time, and nobody here has any.
        threading.Thread(target=alerts.after_run, args=(run, utc_now()), daemon=True).start()

    duties = (
        Duty("alerts", _CHECK, lambda: alerts.check(utc_now())),
        Duty("deliveries", _DELIVER, lambda: alerts.deliver(utc_now())),
    )
    return SchedulingService(store, schedules, crawls_of, duties=duties, on_run=told)


def run_service(settings: Settings, store: Store, sources: Sources, schedules: Sequence[Schedule]) -> None:
    """Run the service until it is told to stop. Raises `StoreError`, `SchedulerStuck`."""
    watched = Watched(settings, sources, store)
    service = service_of(settings, watched, schedules)
    exposed = Exposed(
        lambda: Health(*service.health()), lambda: exposition(lambda: nullcontext(watched)), CONTENT_TYPE
    )
    with stopped_by_signals(service.hurry) as stopping, _answering(settings, exposed) as listen:
        service.run(stopping, listen)


@contextmanager
def _answering(settings: Settings, exposed: Exposed) -> Iterator[Callable[[], str]]:
    """What answers for the service's health, where it is to; a place that is taken is asked for again."""
    if settings.service_listen == NOWHERE:
        yield lambda: ""
        return
    server = HealthServer(settings.service_listen, exposed)

    def listen() -> str:
        server.start()
        return server.address

    listen()
    try:
        yield listen
    finally:
        server.stop()


def crawl_command(run: Run) -> list[str]:
    """The command line that does a planned run."""
    asked = run.asked.split()
    return [sys.executable, "-P", "-m", "ops.cli", "crawl", run.source, *asked] + [
        f"--trigger={run.trigger}",
        f"--run={run.id}",
    ]


@contextmanager
def stopped_by_signals(hurry: Callable[[], None]) -> Iterator[threading.Event]:
    """An event that is set at the first SIGTERM or Ctrl-C; at the second, `hurry` is called."""
    stopping = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            hurry()
        stopping.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_a_line(run: Run) -> str:
    """A run that has ended, for whoever reads what the service prints."""
    what = f"{run.outcome or run.state}: {run.detail}" if run.detail else run.outcome or run.state
    done = f", {counts(run.counters)}" if run.counters else ""
    return f"{moment(utc_now())} run {run.id} of {run.source}: {what}{done}"
