"""Importing: files of an existing corpus into the store, as a run of its own."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from archive.store.file_names import names_of
from archive.store.values import RunState
from crawler.counters import Counters
from crawler.normalizer.files.owners import nobody
from crawler.outcome import Outcome
from ops.imports.batches import FileRead, FileToRead, batches
from ops.imports.pool import Declared, read_in_order
from ops.imports.report import Findings, ImportReport, NotRead
from ops.pool import WorkerLost
from ops.processors import usable_processors
from scheduler.runs import begin_run

if TYPE_CHECKING:
    from archive.store import Store

logger = logging.getLogger(__name__)
SOURCE = TRIGGER = "import"
_WORTH_PROCESSES = 2000
"""Files; fewer are read before other processes have begun."""


class Files(Protocol):
    """Files with the names that they are kept under, and how many there are."""

    def __iter__(self) -> Iterator[tuple[str, Path]]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read."""

    jobs: int | None = None
    """Processes that read; None for as many as there are processors, where the files are worth it."""
    declared: Declared = nobody
    """Who owns addresses: documents and pages from there get the identity that a crawl gives them."""


def import_files(
    store: "Store",
    files: Files,
    *,
    log_to: Callable[[int], AbstractContextManager[None]],
    on_progress: Callable[[Mapping[str, int]], None],
    reading: Reading | None = None,
) -> ImportReport:
    """Store the documents of the files, in batches; each batch is in the store wholly or not at all.

    Files whose bytes are in the store under one of their names are passed over unread. What cannot be read is
    reported, counted, and kept as a rejection. The run is in the ledger from its first moment; its counter
    `found` is how many files there are, `fetched` how many were looked at. `on_progress` is called with the
    counters behind each batch, and before the end where a process that reads was lost; what it raises ends
    the import there. Raises `WorkerLost` for such a process.
    """
    run_id = begin_run(store, SOURCE, TRIGGER, _now)
    work = _Import(store, run_id, files, on_progress)
    try:
        with log_to(run_id):
            work.run(reading or Reading())
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        state = RunState.INTERRUPTED if interrupted else RunState.CRASHED
        outcome = Outcome.INTERRUPTED if interrupted else Outcome.CRASHED
        store.finish_run(run_id, state, outcome, work.counters.snapshot(), _now())
        raise
    report = ImportReport(run_id, work.counters.snapshot(), work.findings)
    outcome = Outcome.PARTIAL if report.not_read else Outcome.COMPLETE
    store.finish_run(run_id, RunState.FINISHED, outcome, report.counters, _now())
    return report


class _Import:
    """An import under way: what it has counted and found so far."""

    def __init__(
        self,
        store: "Store",
        run_id: int,
        files: Files,
        on_progress: Callable[[Mapping[str, int]], None],
    ) -> None:
        self.counters = Counters()
        self.findings = Findings()
        self._store, self._run_id, self._files = store, run_id, files
        self._on_progress = on_progress

    def run(self, reading: Reading) -> None:
        found = len(self._files)
        jobs = reading.jobs or (usable_processors() if found >= _WORTH_PROCESSES else 1)
        logger.info("import begins", extra={"files": found, "jobs": jobs})
        self.counters.add("found", found)
        to_read = map(self._with_known, batches(self._files))
        with closing(read_in_order(to_read, jobs, reading.declared)) as read:
            try:
                for batch in read:
                    self._store_batch(batch)
                    self._on_progress(self.counters.snapshot())
            except WorkerLost:
                # Who asked for the end may have asked all processes.
                self._on_progress(self.counters.snapshot())
                raise
        logger.info("import ends", extra={"not_read": self.counters.snapshot()["rejected"]})

    def _with_known(self, batch: list[FileToRead]) -> list[FileToRead]:
        known = self._store.imported_digests(file.name for file in batch)
        names = {file.name: tuple(names_of(file.whole_path)) for file in batch if file.name in known}
        known = self._store.imported_digests(chain.from_iterable(names.values()))
        return [
            replace(file, known=frozenset(known[name] for name in names.get(file.name, ()) if name in known))
            for file in batch
        ]

    def _store_batch(self, batch: list[FileRead]) -> None:
        outcomes = [file.outcome for file in batch if file.outcome is not None]
        effects = self._store.write_prepared(outcomes, self._run_id) if outcomes else []
        self.counters.add_effects(effects)
        self.counters.add("unchanged", len(batch) - len(outcomes))
        self.counters.add("fetched", len(batch))
        self.counters.add("bytes", sum(file.size for file in batch))
        for file in batch:
            self._take_down(file)

    def _take_down(self, file: FileRead) -> None:
        """What an owner of the file is told of it, in the run's log and in the report."""
        if rejection := file.rejection:
            problem = {"path": file.path, "reason": rejection.reason, "detail": rejection.detail}
            logger.warning("not imported", extra=problem)
            self.counters.add_reason("rejected", rejection.reason)
            self.findings.add_not_read(NotRead(Path(file.path), rejection.reason, rejection.detail))
        elif file.treatments:
            logger.info("treated", extra={"path": file.path, "treatments": list(file.treatments)})
            self.findings.add(Path(file.path), file.treatments)


def _now() -> datetime:
    return datetime.now(UTC)
