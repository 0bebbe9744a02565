"""The doctor: all checks, each as soon as it is made; sources are asked at the same time."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveError
from archive.store.examination import Examined, Schema
from crawler.mirrors import Mirrors
from crawler.sources.recorded import checked
from crawler.sources.registry import Sources, recorded_folder
from crawler.sources.source import Source
from ops.configuration.settings import Settings
from ops.doctor import clock, configuration, database, disk, folders, service
from ops.doctor.captures import captures_finding
from ops.doctor.findings import Finding, Level, from_error
from ops.doctor.visit import visit
from ops.wiring import crawl_plan, open_store

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Doctor:
    """The checks of one installation. Nothing is made, upgraded or written but for files that are removed."""

    settings: Settings
    sources: Sources
    names: Sequence[str] = ()
    """The sources to look at; none for those that are scheduled."""
    is_offline: bool = False
    """Whether no site is asked."""

    def findings(self) -> Iterator[Finding]:
        """Everything that was looked at, in the order in which it is known."""
        scheduled, schedules = configuration.schedules_in(self.settings, self.sources)
        names = dict.fromkeys(self.names or [one.source for one in scheduled] or self.sources.by_name)
        chosen = [self.sources.by_name[name] for name in names if name in self.sources.by_name]
        yield from self._configuration(chosen)
        yield schedules
        yield clock.zone_finding()
        found, failed = database.examined(self.settings.store_address, _now)
        yield from self._folders(found)
        if failed:
            yield failed
        if found and found.schema is not Schema.NONE:
            yield from self._store(found)
        elif failed is None or failed.level is Level.WARNING:  # there is none yet
            yield from database.store_findings(found) if found else ()
            yield service.service_finding([], [], _now())
        for source in chosen:
            yield from self._recorded(source)
        if not self.is_offline:
            yield from self._visits(chosen)

    def _configuration(self, chosen: Sequence[Source]) -> Iterator[Finding]:
        settings = self.settings
        yield from configuration.settings_findings(settings)
        hosts = frozenset(host for source in self.sources for host in source.hosts)
        yield from configuration.mirror_findings(settings.mirrors, hosts)
        yield from configuration.agent_findings(settings.user_agent, chosen, Mirrors(settings.mirrors))
        for name, error in self.sources.broken.items():
            yield replace(configuration.broken_finding(error), source=name)

    def _folders(self, found: Examined | None) -> Iterator[Finding]:
        settings = self.settings
        places = [settings.data_dir, settings.warc, settings.logs]
        yield from folders.folder_findings(places)
        files = []
        if file := database.file_of(settings.store_address):
            places += [file.parent] if file.parent != settings.data_dir.absolute() else []
            files = [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))]
            yield from folders.network_findings(file.resolve(), folders.mounts())
        yield from folders.owner_findings([*places, *files], os.geteuid())
        per_day, with_captures = database.growth(found, _now()), folders.existing(settings.warc)
        for room in disk.rooms(places):
            grows = room.device == with_captures.stat().st_dev
            yield disk.disk_finding(room, per_day if grows else 0.0)

    def _store(self, found: Examined) -> Iterator[Finding]:
        yield from database.store_findings(found)
        if found.is_on_server:
            yield clock.database_finding(found.ahead)
        if found.schema is not Schema.CURRENT:
            return
        yield from clock.ledger_findings(found.last_begun, _now())
        try:
            with open_store(self.settings, create=False) as store:
                yield captures_finding(self.settings.warc, store.warc_files())
                newest = service.newest_runs(store, self.sources)
                yield service.service_finding(store.services.all(), newest, _now())
                running = store.running()
                leases = {name: held for name in self.sources.by_name if (held := store.lease(name))}
                yield from service.run_findings(running, leases, service.dead_runs(running, leases))
        except ArchiveError as error:
            yield from_error("store", error)

    def _recorded(self, source: Source) -> Iterator[Finding]:
        if folder := self._folder(source):
            pages = list(checked(source, folder))
            for finding in configuration.recorded_findings(source.name, folder, pages):
                yield replace(finding, source=source.name)

    def _folder(self, source: Source) -> Path | None:
        """The folder of recorded pages of a source that a file declares."""
        file = self.sources.files.get(source.name)
        return recorded_folder(file) if file else None

    def _visits(self, chosen: Sequence[Source]) -> Iterator[Finding]:
        skews: dict[str, float] = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            visits = [
                pool.submit(visit, crawl_plan(self.settings, source), self._folder(source))
                for source in chosen
            ]
            for done in as_completed(visits):
                yield from done.result().findings
                skews |= done.result().skews
        if chosen:
            yield clock.hosts_finding(skews)


def _now() -> datetime:
    return datetime.now(UTC)
