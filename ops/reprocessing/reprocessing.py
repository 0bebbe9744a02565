"""Reprocessing: what is kept, read again; what came of it, accepted as a run of its source."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

from archive.archive import Archive
from archive.errors import SourceBusy
from archive.store.selection import EVERYTHING, Selection
from archive.store.values import Effect, Lease, RunState
from crawler.counters import Counters
from crawler.outcome import Outcome as Ended
from crawler.rereading.evidence import STAGES, Evidence, Gathering
from crawler.rereading.rereading import Verdict
from ops.pool import WorkerLost, worked_in_order
from ops.processors import usable_processors
from ops.reprocessing.findings import Findings
from ops.reprocessing.reading import Outcome, begin
from scheduler.runs import Begin, HeldSource, holding_source

logger = logging.getLogger(__name__)
TRIGGER = "reprocess"
_WORTH_PROCESSES = 500
"""Articles; fewer are read before other processes have begun."""
_ADVICE = "reprocess again, with --jobs 1 if it happens again"
_CHANGES = (Verdict.DIFFERS, Verdict.NEW)
Told = Callable[[Mapping[str, int]], None]
Logs = Callable[[int], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read again."""

    sources_dir: Path
    """The folder of the user's own source files."""
    selection: Selection = EVERYTHING
    documents: bool = True
    rejections: bool = True
    """Pages that became no document: those of the selection's sources."""
    jobs: int | None = None
    """Processes that read; None for as many as there are processors, where it is worth it."""


@dataclass(slots=True)
class Reprocessed:
    """What came of it."""

    findings: Findings
    runs: dict[str, int] = field(default_factory=dict)
    """By source the run that accepted it; none where nothing was to be written."""
    busy: list[str] = field(default_factory=list)
    """Why sources were left out: each is being crawled."""


def look(archive: Archive, request: Request, findings: Findings, on_progress: Told) -> Reprocessed:
    """Read all of it again, and write nothing."""
    work = _Work(archive, request, findings, on_progress)
    for source in work.sources:
        for batch in work.read(source):
            work.take(batch)
    return Reprocessed(findings)


def reprocess(
    archive: Archive, request: Request, findings: Findings, on_progress: Told, log_to: Logs
) -> Reprocessed:
    """Read all of it again, and store what differs, in batches: each is in the store wholly or not at all.

    The run of each source holds its lease: no crawl interferes. A source that is being crawled is left out.
    `on_progress` is called behind each batch; what it raises ends the run there, and the next one goes on.
    """
    work = _Work(archive, request, findings, on_progress)
    done = Reprocessed(findings)
    for source in work.sources:
        counters = Counters()
        holding = holding_source(
            archive.store, Begin(source, TRIGGER, asked=TRIGGER), _now, counters.snapshot
        )
        try:
            with holding as held, log_to(held.lease.run_id):
                done.runs[source] = held.lease.run_id
                _accept(work, source, held, counters)
        except SourceBusy as error:
            done.busy.append(str(error))
    return done


def _accept(work: "_Work", source: str, held: HeldSource, counters: Counters) -> None:
    damaged = 0
    try:
        for batch in work.read(source):
            damaged += sum(one.verdict is Verdict.DAMAGED for one in batch)
            work.store(batch, held.lease, counters)
            work.take(batch)
    except KeyboardInterrupt:
        held.finish(RunState.INTERRUPTED, Ended.INTERRUPTED, counters.snapshot(), _now(), "asked to stop")
        raise
    outcome = Ended.PARTIAL if damaged else Ended.COMPLETE
    held.finish(RunState.FINISHED, outcome, counters.snapshot(), _now())


class _Work:
    """Reprocessing under way: what is to be read, and what was found so far."""

    def __init__(self, archive: Archive, request: Request, findings: Findings, on_progress: Told) -> None:
        self._archive, self._request, self._findings = archive, request, findings
        self._on_progress = on_progress
        self._found = self._counted()
        self._made: set[tuple[str, str]] = set()

    @property
    def sources(self) -> list[str]:
        """The sources of which there is anything to be read, by name."""
        return sorted(self._found)

    def read(self, source: str) -> Iterator[list[Outcome]]:
        """What comes of the articles of a source, in batches and in order."""
        jobs = self._request.jobs or (usable_processors() if self._found[source] >= _WORTH_PROCESSES else 1)
        prepare = partial(begin, self._archive.warc, self._request.sources_dir)
        logger.info("reading again", extra={"source": source, "articles": self._found[source], "jobs": jobs})
        with closing(worked_in_order(self._evidence(source), jobs, prepare, _ADVICE)) as batches:
            try:
                for batch in batches:
                    yield self._without_known(source, batch)
            except WorkerLost:
                self._on_progress(self._progress())  # who asked for the end may have asked all processes
                raise

    def take(self, batch: Sequence[Outcome]) -> None:
        """Take into account what came of a batch."""
        for one in batch:
            self._findings.add(one)
            if one.verdict in _CHANGES or one.problem:
                what = list(dict.fromkeys(found.what for found in one.differences))
                about = {"document": f"{one.source}:{one.source_id}", "url": one.address, "what": what}
                logger.info("read again: %s", one.verdict, extra={**about, "problem": one.problem})
        self._on_progress(self._progress())

    def store(self, batch: Sequence[Outcome], lease: Lease, counters: Counters) -> None:
        """Store what differs, and note by which version the rest was read."""
        store = self._archive.store
        changed = [one for one in batch if one.verdict in _CHANGES and one.prepared]
        prepared = [one.prepared for one in changed if one.prepared]
        effects = store.write_prepared(prepared, lease.run_id, lease) if changed else []
        same = {
            one.document: (one.content_hash, one.normalizer)
            for one in batch
            if one.verdict is Verdict.SAME and one.is_older and one.document is not None
        }
        store.rereading.note_normalizer(same, lease)
        self._findings.outdated += sum(effect is None for effect in effects)
        _count(counters, batch)
        _count_changes(counters, zip(changed, effects, strict=True))

    def _counted(self) -> dict[str, int]:
        door, request = self._archive.store.rereading, self._request
        documents = door.sources(request.selection) if request.documents else {}
        rejected = door.rejecting(STAGES) if request.rejections else {}
        wanted = request.selection.sources
        names = {*documents, *(one for one in rejected if wanted is None or one in wanted)}
        return {name: documents.get(name, 0) + rejected.get(name, 0) for name in names}

    def _evidence(self, source: str) -> Iterator[Sequence[Evidence]]:
        gathering = Gathering(self._archive, source)
        documents: Iterable[Sequence[Evidence]] = ()
        if self._request.documents:
            documents = gathering.documents(self._request.selection)
        return chain(documents, gathering.rejected() if self._request.rejections else ())

    def _without_known(self, source: str, batch: list[Outcome]) -> list[Outcome]:
        """The batch without pages that would be documents that are there already, at other addresses."""
        new = {one.source_id for one in batch if one.verdict is Verdict.NEW}
        if not new:
            return batch
        known = self._archive.store.rereading.known_ids(source, new)
        kept = []
        for one in batch:
            key = (one.source, one.source_id)
            if one.verdict is Verdict.NEW and (one.source_id in known or key in self._made):
                continue
            if one.verdict is Verdict.NEW:
                self._made.add(key)
            kept.append(one)
        return kept

    def _progress(self) -> Mapping[str, int]:
        return {
            "found": sum(self._found.values()),
            "read": self._findings.read,
            "different": self._findings.count(*_CHANGES),
            "damaged": self._findings.count(Verdict.DAMAGED),
        }


def _count_changes(counters: Counters, changes: Iterable[tuple[Outcome, Effect | None]]) -> None:
    """For the ledger: a document that differs has changed, though it be in other parts than its content."""
    for one, effect in changes:
        is_restated = one.verdict is Verdict.DIFFERS and effect is Effect.UNCHANGED
        counters.add_effects([Effect.CHANGED if is_restated else effect])
        counters.add("restated", int(is_restated))


def _count(counters: Counters, batch: Sequence[Outcome]) -> None:
    """For the ledger: what a crawl counts, and what only this run knows."""
    counters.add("found", len(batch))
    for one in batch:
        match one.verdict:
            case Verdict.SAME:
                counters.add("unchanged")
                counters.add("fetched")
            case Verdict.DIFFERS | Verdict.NEW:
                counters.add("fetched")
            case Verdict.DAMAGED:
                counters.add_reason("failed", "damaged-record")
            case Verdict.REJECTED:
                counters.add("would_be_rejected")


def _now() -> datetime:
    return datetime.now(UTC)
