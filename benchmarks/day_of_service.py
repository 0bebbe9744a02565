"""A day of a site under the scheduling service: time-to-archive, missed articles, memory, open files.

The double publishes for a day, and the service crawls it every five minutes. While no crawl is under way the
clock of both runs fast; while one is, it runs as clocks do, so that each second of a crawl counts as one.
Loopback is asked without politeness' pauses: at the live site a crawl takes longer, by a second a request.

Run as ``python -m benchmarks.day_of_service [--arriving N] [--hours N] [--speed N]``; a quarter of an hour.
"""

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apscheduler.schedulers.base
import apscheduler.triggers.interval
import psutil
from apscheduler.schedulers.background import BackgroundScheduler

from archive.archive import Archive
from archive.store import Store
from archive.store.values import Run
from crawler.mirrors import Mirrors
from crawler.plan import CrawlPlan
from crawler.sources.source import FINEWS
from fixtures.double import Double
from scheduler.children import Children, Ended, Limits
from scheduler.clocks import Reading
from scheduler.dispatch import Dispatch
from scheduler.ledger import crawl_and_record
from scheduler.schedules import Schedule
from scheduler.service import SchedulingService, Tuning

EVERY = timedelta(minutes=5)
"""The site is published anew as often, on the full five minutes; it is crawled two minutes later."""
_PUMP = 0.02
"""Seconds between two steps of the clock."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the site, the service and its crawls agree on."""

    unix: Any
    """The time, which runs fast or as clocks do."""
    under_way: Any
    """Crawls under way."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.unix.value, UTC)

    def read(self) -> Reading:
        return Reading(self.now(), self.unix.value, self.unix.value)


def pump(shared: Shared, site: Double, speed: float, until: float) -> None:
    """Have time pass until the day is over."""
    last = time.monotonic()
    while shared.unix.value < until or shared.under_way.value:
        time.sleep(_PUMP)
        last, passed = (
            time.monotonic(),
            min(time.monotonic() - last, 3 * _PUMP),
        )  # a busy machine leaps no slot
        shared.unix.value += passed if shared.under_way.value else passed * speed
        site.clock.set(shared.now())


class Counted(Children):
    """Children that say how many they are."""

    def __init__(self, shared: Shared, command: Callable[[Run], Sequence[str]], dispatch: Dispatch) -> None:
        super().__init__(command, Limits(600, 1 << 30), self._ended)
        self._shared, self._dispatch = shared, dispatch

    def begin(self, run: Run) -> None:
        self._shared.under_way.value += 1
        super().begin(run)

    def _ended(self, ended: Ended) -> None:
        self._dispatch.ended(ended)
        self._shared.under_way.value -= 1


class Restless(BackgroundScheduler):  # type: ignore[misc]
    """APScheduler that looks at the clock all the time, since that may run fast."""

    def _main_loop(self) -> None:
        while self.state:
            self._process_jobs()
            time.sleep(_PUMP)


def serve(shared: Shared, data: Path, mirrors: Mapping[str, str]) -> None:
    """The service, in this process, until that is ended."""

    class Fast(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return shared.now().astimezone(tz)

    for module in (apscheduler.schedulers.base, apscheduler.triggers.interval):
        module.datetime = Fast

    def command(run: Run) -> list[str]:
        moment = [str(shared.unix.value), str(time.time())]
        return [sys.executable, "-m", "benchmarks.day_of_service", "--crawl", str(run.id), str(data)] + [
            json.dumps(dict(mirrors)),
            *moment,
        ]

    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        SchedulingService(
            store,
            [Schedule("finews", "finews", cron="2-59/5 * * * *")],
            lambda dispatch: Counted(shared, command, dispatch),
            clock=shared.read,
            scheduler=Restless(timezone="UTC"),
            tuning=Tuning(beat=60, silence=600, stuck=7200),
        ).run(threading.Event())


def crawl(run_id: int, data: Path, mirrors: Mapping[str, str], unix: float, began: float) -> None:
    """One crawl, as `archive crawl` does it, on the given clock; each document's commit is written down."""
    commits = (data / "commits.jsonl").open("a", encoding="utf-8")
    write = Store.write_prepared

    def now() -> datetime:
        return datetime.fromtimestamp(unix + time.time() - began, UTC)

    def written(store: Store, batch: Any, *arguments: Any) -> Any:
        effects = write(store, batch, *arguments)
        codes = [one.observation.document.source_id for one in batch if one.observation.document]
        commits.write(json.dumps([now().timestamp(), codes]) + "\n")
        return effects

    Store.write_prepared = written  # type: ignore[method-assign, assignment]
    with commits, Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        (data / "warc").mkdir(exist_ok=True)
        plan = CrawlPlan(FINEWS, Mirrors(mirrors))
        crawl_and_record(Archive(store, data / "warc"), plan, trigger="schedule", planned=run_id, now=now)


def await_service(data: Path) -> None:
    """Wait until the service leads: before, time would run away from it."""
    while not (data / "archive.db").exists():
        time.sleep(_PUMP)
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        while not store.services.all():
            time.sleep(_PUMP)


def watch(service: int, shared: Shared, until: float) -> list[tuple[float, int]]:
    """Memory in MiB and open files of the service, every half hour of the day."""
    process, seen, next_look = psutil.Process(service), [], shared.unix.value + 3600
    while shared.unix.value < until:
        time.sleep(0.1)
        if shared.unix.value >= next_look:
            next_look += 1800
            seen.append((process.memory_info().rss / 2**20, process.num_fds()))
    return seen


def told(site: Double, data: Path, begin: float, end: float) -> None:
    """What became of the posts, and of the slots."""
    committed: dict[str, float] = {}
    for line in (data / "commits.jsonl").read_text(encoding="utf-8").splitlines():
        at, codes = json.loads(line)
        for code in codes:
            committed.setdefault(code, at)
    posts = [
        post for post in site.corpus.posts if begin < post.arrived_unix < end - 2 * EVERY.total_seconds()
    ]
    took = sorted(committed[post.code] - post.arrived_unix for post in posts if post.code in committed)
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        runs = store.runs(None, 10**6, slots=True)
    seconds = [(run.finished_at - run.started_at).total_seconds() for run in runs if run.finished_at]
    print(f"slots: {dict(Counter(str(run.state) for run in runs))}")
    print(f"outcomes: {dict(Counter(run.outcome for run in runs))}")
    print(f"a crawl takes {statistics.median(seconds):.1f} s (median), {max(seconds):.1f} s at the most")
    print(f"posts that appeared: {len(posts)}; not archived: {len(posts) - len(took)}")
    print(
        f"time-to-archive, from appearance to commit: median {statistics.median(took):.0f} s, "
        f"99th percentile {took[int(len(took) * 0.99)]:.0f} s, longest {took[-1]:.0f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arriving", type=int, default=2000)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--speed", type=float, default=240)
    arguments = parser.parse_args()
    site = Double(posts=1000, categories=100, arriving=arguments.arriving, edits=200, days=1)
    begin = site.clock.now().timestamp()
    end = begin + arguments.hours * 3600
    with tempfile.TemporaryDirectory() as folder, site:
        data = Path(folder)
        processes = multiprocessing.get_context("spawn")
        shared = Shared(processes.Value("d", begin), processes.Value("i", 0))
        service = processes.Process(target=serve, args=(shared, data, dict(site.mirrors)))
        service.start()
        await_service(data)
        time_passes = threading.Thread(target=pump, args=(shared, site, arguments.speed, end))
        time_passes.start()
        seen = watch(service.pid or 0, shared, end)
        time_passes.join()
        service.kill()
        service.join()
        told(site, data, begin, end)
    for name, values in zip(("MiB of memory", "open files"), zip(*seen, strict=True), strict=True):
        print(
            f"service, {name}: {values[0]:.0f} after an hour, {values[-1]:.0f} at the end, "
            f"{max(values):.0f} at the most"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--crawl"]:
        _, _, run_id, data, mirrors, unix, began = sys.argv
        crawl(int(run_id), Path(data), json.loads(mirrors), float(unix), float(began))
    else:
        main()
