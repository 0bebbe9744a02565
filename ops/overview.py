"""An overview of the archive as it stands: read from store, settings and disk; what is made of it is pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from archive.documents import SHANGHAI
from archive.store.statistics import Tally
from ops.configuration.schedules import schedules_of
from ops.configuration.settings import Settings
from ops.doctor import disk
from ops.doctor.findings import Level
from scheduler.facts import Facts
from scheduler.freshness import Freshness, freshness, stats_of
from scheduler.problems import Problem, Severity, span
from scheduler.rhythm import LEARNED_FROM, learn
from scheduler.runs import SILENCE, is_dead

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.services import Service
    from archive.store.statistics import Alerts, Delay
    from crawler.sources.registry import Sources
    from scheduler.schedules import Schedule

_RUNS_LOOKED_AT = 30
_SILENT = 30.0
"""Seconds without a sign of life after which a service is not there; it gives one every two seconds."""
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Disk:
    """What the archive takes, in bytes, and how much room there is where it grows."""

    free: int
    database: int
    warc: int
    logs: int
    grows: int
    """Bytes that the runs of the last day were sent: what captures grow by in a day, about."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The archive as it stands. Times are aware, in UTC."""

    now: datetime
    sources: tuple[Freshness, ...]
    services: "tuple[Service, ...]"
    """Those heard of within the last hour, the one that leads first."""
    starts: Mapping[str, int]
    """What has begun the runs of the last day, and how many."""
    delays: "Mapping[str, Delay]"
    disk: Disk
    alerts: "Alerts"
    problems: tuple[Problem, ...]
    """Of the archive as a whole; those of a source are with it."""

    @property
    def alive(self) -> "list[Service]":
        """The services that live, the one that leads first."""
        return [one for one in self.services if is_alive(one)]

    @property
    def all_problems(self) -> list[tuple[str, Problem]]:
        """All there is, by source ("" for the archive), the worst first."""
        found = [("", one) for one in self.problems]
        found += [(source.source, one) for source in self.sources for one in source.problems]
        return sorted(found, key=lambda one: one[1].severity is Severity.WARNING)

    @property
    def is_well(self) -> bool:
        """Whether nothing is the matter but what is only to be known."""
        return all(problem.severity is Severity.WARNING for _, problem in self.all_problems)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at: the store, and what settings and source files say of it."""

    settings: Settings
    known: "Sources"
    store: "Store"

    def overview(self, names: Sequence[str] = (), *, everything: bool = False) -> Overview:
        """How all stands now: of the sources named, else of those with runs, documents or a schedule.

        With `everything` of those that the program knows as well. Raises `UsageError` for a name that neither
        the program nor the store has.
        """
        now = datetime.now(UTC)
        services = tuple(self.store.services.all())
        facts = list(self._facts(now, names, services, everything=everything))
        sources = tuple(map(freshness, facts))
        begun = [run for one in facts for run in one.slots if run.state.has_begun]
        space = self._disk(sum(run.counters.get("bytes", 0) for run in begun))
        found = [*_of_services(services), *_of_sources(sources), *self._of_disk(space)]
        return Overview(
            now=now,
            sources=tuple(map(self._with_its_file, sources)),
            services=services,
            starts=dict(Counter(run.trigger for run in begun).most_common()),
            delays=self.store.statistics.delays(now - _DAY),
            disk=space,
            alerts=self.store.statistics.alerts(),
            problems=tuple(found),
        )

    def freshness(self, now: datetime) -> list[Freshness]:
        """How each source stands that has runs, documents or a schedule."""
        services = tuple(self.store.services.all())
        return list(map(freshness, self._facts(now, (), services, everything=False)))

    def _facts(
        self, now: datetime, names: Sequence[str], services: "Sequence[Service]", *, everything: bool
    ) -> Iterator[Facts]:
        has_service = any(map(is_alive, services))
        schedules = self._schedules(has_service=has_service)
        stored = self.store.statistics.sources()
        for name in names:
            if name not in stored:
                self.known.check_name(name)
        shown = {*stored, *(one.source for one in schedules), *(self.known.by_name if everything else ())}
        counts = _Counts.read(self.store, now)
        for name in sorted(names or shown):
            its = [one for one in schedules if one.source == name]
            yield self._facts_of(name, now, counts, its, has_service=has_service)

    def _schedules(self, *, has_service: bool) -> "Sequence[Schedule]":
        """The schedules in force: those of a service that lives, and those somebody has configured."""
        if not has_service and not self.settings.schedules:
            return ()
        return schedules_of(self.settings.schedules, self.known)

    def _facts_of(
        self,
        name: str,
        now: datetime,
        counts: "_Counts",
        schedules: "Sequence[Schedule]",
        *,
        has_service: bool,
    ) -> Facts:
        store, statistics = self.store, self.store.statistics
        source = self.known.by_name.get(name)
        last_new = statistics.last_new(name)
        hours = statistics.by_hour(name, last_new - LEARNED_FROM - _DAY) if last_new else {}
        rhythm = learn(hours, last_new)
        holder = store.lease(name)
        return Facts(
            source=name,
            now=now,
            is_crawled=source is not None,
            every=timedelta(minutes=source.every_minutes) if source else _DAY,
            schedules=schedules,
            has_service=has_service,
            runs=store.runs(name, _RUNS_LOOKED_AT),
            last_good=statistics.last_good(name),
            holder=holder,
            is_holder_dead=holder is not None and (holder.silent > SILENCE or is_dead(holder)),
            slots=statistics.runs(name, now - _DAY),
            overflows=statistics.runs(name, now - _WEEK, overflowed=True),
            last_new=last_new,
            rhythm=rhythm,
            today=counts.today.get(name, Tally()),
            usual_today=rhythm.usually(midnight(now), now),
            day=counts.day.get(name, Tally()),
            rejections=counts.rejections.get(name, {}),
        )

    def _with_its_file(self, source: Freshness) -> Freshness:
        """With what is wrong with the file that declares it."""
        error = self.known.broken.get(source.source)
        if error is None:
            return source
        told = Problem("source-file", Severity.PROBLEM, str(error), f"archive sources check {source.source}")
        return replace(source, state="broken", problems=(told, *source.problems))

    def _disk(self, grows: int) -> Disk:
        free = min(room.free for room in disk.rooms([self.settings.data_dir]))
        warc, logs = size_of(self.settings.warc), size_of(self.settings.logs)
        return Disk(free, self.store.statistics.size(), warc, logs, grows)

    def _of_disk(self, space: Disk) -> Iterator[Problem]:
        for room in disk.rooms([self.settings.data_dir]):
            finding = disk.disk_finding(room, space.grows)
            if finding.level is not Level.OK:
                severity = Severity.PROBLEM if finding.level is Level.PROBLEM else Severity.WARNING
                yield Problem("disk", severity, finding.what, "archive doctor")


@dataclass(frozen=True, slots=True)
class _Counts:
    """What is counted of all sources at once."""

    today: Mapping[str, Tally]
    day: Mapping[str, Tally]
    rejections: Mapping[str, Mapping[str, int]]

    @classmethod
    def read(cls, store: "Store", now: datetime) -> "_Counts":
        statistics = store.statistics
        day = now - _DAY
        return cls(statistics.tallies(midnight(now)), statistics.tallies(day), statistics.rejections(day))


def freshness_stats(watched: Watched) -> Callable[[datetime], Mapping[str, Mapping[str, float]]]:
    """The stats of freshness that alert rules compare, by source; under "" those of the machine."""

    def stats(now: datetime) -> Mapping[str, Mapping[str, float]]:
        free = min(room.free for room in disk.rooms([watched.settings.data_dir]))
        return {**stats_of(watched.freshness(now), now), "": {"disk_free_mib": free / _MIB}}

    return stats


def is_alive(service: "Service") -> bool:
    """Whether a service gave a sign of life just now."""
    return service.silent <= _SILENT


def midnight(now: datetime) -> datetime:
    """When the day began in China."""
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder; 0 where it does not exist."""
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_size
        except OSError:  # it was removed just now
            continue
    return total


def _of_services(services: "Sequence[Service]") -> Iterator[Problem]:
    for one in services:
        if one.led_since and not is_alive(one) and not any(map(is_alive, services)):
            told = (
                f"the service (process {one.pid} on {one.host}) has given no sign of life for "
                f"{span(timedelta(seconds=one.silent))}: is it still there?"
            )
            yield Problem("service", Severity.PROBLEM, told, "archive doctor")


def _of_sources(sources: Sequence[Freshness]) -> Iterator[Problem]:
    if not any(one.last_run or one.last_new for one in sources):
        yield Problem("empty", Severity.PROBLEM, "nothing has been crawled yet", "archive crawl finews")
