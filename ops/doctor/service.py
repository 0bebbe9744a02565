"""Service and runs: whether anything has crawls begin, and whether what is said to go on does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.store import Store
from archive.store.services import Service
from archive.store.values import Lease, Run
from crawler.sources.source import Source
from ops.doctor.findings import Finding, length, ok, problem, warning
from ops.views.runs import minute
from scheduler.runs import HOST, is_gone, is_taken

_SILENT = 30.0
"""Seconds without a sign of life after which a service is not there."""
_LATE = 2
"""Times its interval after which a source is late."""
_START = (
    "`archive schedule run` keeps all sources current (docs/operations.md has it as a systemd unit and in a "
    "container); or have cron run `archive crawl`"
)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest run of a source, and how often it is to be crawled."""

    run: Run
    every: timedelta

    def is_recent(self, now: datetime) -> bool:
        """Whether the next one is not overdue."""
        return now - self.run.started_at <= _LATE * self.every


def newest_runs(store: Store, sources: Iterable[Source]) -> list[Newest]:
    """The newest run of each source that had any."""
    return [
        Newest(run, timedelta(minutes=source.every_minutes))
        for source in sources
        for run in store.runs(source.name, 1)
    ]


def service_finding(services: Sequence[Service], newest: Sequence[Newest], now: datetime) -> Finding:
    """Whether crawls begin by themselves."""
    alive = [one for one in services if one.silent <= _SILENT]
    leaders = [one for one in alive if one.led_since is not None]
    if leaders:
        others = f", {len(alive) - 1} more stand by" if len(alive) > 1 else ""
        return ok("service", f"{_named(leaders[0])} leads since {minute(leaders[0].led_since)} UTC{others}")
    if alive:
        what = f"{_named(alive[0])} runs, but none leads"
        return warning("service", what, "wait a minute: one takes over; if none does, start them anew")
    last = max(newest, key=lambda one: one.run.started_at, default=None)
    if services:
        silent = f"{_named(services[0])} has been silent for {length(services[0].silent)}"
        return problem("service", silent, f"start it again: {_START}")
    if last is None:
        return warning("service", "no scheduling service, and nothing was crawled yet", _START)
    told = f"no scheduling service; the last crawl, of {last.run.source} ({last.run.trigger}), began "
    told += f"{length((now - last.run.started_at).total_seconds())} ago"
    return ok("service", told) if last.is_recent(now) else warning("service", told, _START)


def run_findings(
    running: Iterable[Run], leases: Mapping[str, Lease], dead: frozenset[int]
) -> Iterator[Finding]:
    """Runs under way, and those that are not; `dead` are the numbers of these."""
    count = 0
    for run in running:
        count += 1
        if run.id in dead:
            lease = leases.get(run.source)
            held = f" and holds {run.source}" if lease and lease.run_id == run.id else ""
            what = f"run {run.id} ({run.source}) counts as running{held}, but process {run.pid} on {run.host}"
            do = f"nothing: the next `archive crawl {run.source}` marks it as crashed and takes over"
            yield warning("runs", f"{what} is gone", do)
    if count > len(dead):
        going_on = count - len(dead)
        yield ok("runs", f"{going_on} under way")


def dead_runs(running: Iterable[Run], leases: Mapping[str, Lease]) -> frozenset[int]:
    """The numbers of runs whose process is gone; of other machines, of those that have fallen silent."""
    found = set()
    for run in running:
        lease = leases.get(run.source)
        is_silent = lease is not None and lease.run_id == run.id and not is_taken(lease)
        if is_silent or (run.host == HOST and is_gone(run.pid)):
            found.add(run.id)
    return frozenset(found)


def _named(service: Service) -> str:
    return f"the service on {service.host} (process {service.pid})"
