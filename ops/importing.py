"""Importing: files of an existing corpus into the store, as a run of its own."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import DocumentError
from archive.store.values import ImportedFile, Observation, Rejection, RunState
from crawler.counters import Counters
from crawler.normalizer.imported import read_imported
from crawler.normalizer.rejected import Rejected
from crawler.outcome import Outcome
from scheduler.runs import begin_run

if TYPE_CHECKING:
    from archive.store import Store

logger = logging.getLogger(__name__)
SOURCE = TRIGGER = STAGE = "import"
_BATCH_FILES = 200
_BATCH_BYTES = 32 * 1024 * 1024
_LARGEST = 16 * 1024 * 1024
"""Bytes of a file: as much as the crawler takes of a page."""
Named = tuple[str, Path]


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that was not imported, and why; `reason` is a name to count by."""

    path: Path
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    run_id: int
    counters: Mapping[str, int]
    not_read: tuple[NotRead, ...]


def import_files(
    store: "Store",
    files: Iterable[Named],
    *,
    log_to: Callable[[int], AbstractContextManager[None]],
    on_progress: Callable[[Mapping[str, int]], None],
) -> ImportReport:
    """Store the documents of the files, in batches; each batch is in the store wholly or not at all.

    Files whose name and bytes are in the store already are passed over unread. What cannot be read is
    reported, counted, and kept as a rejection. The run is in the ledger from its first moment; its counter
    `found` is how many files there are, `fetched` how many were looked at.
    """
    run_id = begin_run(store, SOURCE, TRIGGER, _now)
    work = _Import(store, run_id, list(files), on_progress)
    try:
        with log_to(run_id):
            work.run()
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        state = RunState.INTERRUPTED if interrupted else RunState.CRASHED
        outcome = Outcome.INTERRUPTED if interrupted else Outcome.CRASHED
        store.finish_run(run_id, state, outcome, work.counters.snapshot(), _now())
        raise
    outcome = Outcome.PARTIAL if work.not_read else Outcome.COMPLETE
    store.finish_run(run_id, RunState.FINISHED, outcome, work.counters.snapshot(), _now())
    return ImportReport(run_id, work.counters.snapshot(), tuple(work.not_read))


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A file's bytes, or what kept them from being read."""

    name: str
    path: Path
    data: bytes
    problem: str = ""


class _Import:
    """An import under way: what it has counted, and what it could not read so far."""

    def __init__(
        self,
        store: "Store",
        run_id: int,
        files: list[Named],
        on_progress: Callable[[Mapping[str, int]], None],
    ) -> None:
        self.counters = Counters()
        self.not_read: list[NotRead] = []
        self._store, self._run_id, self._files = store, run_id, files
        self._on_progress = on_progress

    def run(self) -> None:
        logger.info("import begins", extra={"files": len(self._files)})
        self.counters.add("found", len(self._files))
        for batch in self._batches():
            self._store_batch(batch)
            self._on_progress(self.counters.snapshot())
        logger.info("import ends", extra={"not_read": len(self.not_read)})

    def _batches(self) -> Iterator[list[_Loaded]]:
        """Some files at a time: so many that a transaction pays, so few that memory holds them."""
        batch: list[_Loaded] = []
        size = 0
        for name, path in self._files:
            batch.append(_load(name, path))
            size += len(batch[-1].data)
            if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _store_batch(self, batch: list[_Loaded]) -> None:
        hashes = [hashlib.sha256(file.data).hexdigest() for file in batch]
        known = self._store.imported(zip((file.name for file in batch), hashes, strict=True))
        fresh = [file for file, hash_ in zip(batch, hashes, strict=True) if (file.name, hash_) not in known]
        effects = self._store.write([self._observation(file) for file in fresh], self._run_id)
        self.counters.add_effects(effects)
        self.counters.add("unchanged", len(batch) - len(fresh))
        self.counters.add("fetched", len(batch))
        self.counters.add("bytes", sum(len(file.data) for file in batch))

    def _observation(self, file: _Loaded) -> Observation:
        if file.problem:
            return self._rejection(file, "unreadable", file.problem)
        try:
            document = read_imported(str(file.path), file.data)
        except Rejected as error:
            return self._rejection(file, error.reason, error.detail or error.reason)
        except DocumentError as error:
            return self._rejection(file, "no-document", str(error))
        return Observation(_now(), document=document, imported=ImportedFile(file.name, file.data))

    def _rejection(self, file: _Loaded, reason: str, detail: str) -> Observation:
        self.not_read.append(NotRead(file.path, reason, detail))
        self.counters.add_reason("rejected", reason)
        logger.warning("not imported", extra={"path": str(file.path), "reason": reason, "detail": detail})
        address = file.path.absolute().as_uri()
        return Observation(_now(), rejection=Rejection(address, STAGE, reason, detail))


def _load(name: str, path: Path) -> _Loaded:
    try:
        if not path.is_file():
            return _Loaded(name, path, b"", "not a plain file")
        if path.stat().st_size > _LARGEST:
            return _Loaded(name, path, b"", f"larger than {_LARGEST // 1024**2} MiB")
        return _Loaded(name, path, path.read_bytes())
    except OSError as error:
        return _Loaded(name, path, b"", error.strerror or str(error))


def _now() -> datetime:
    return datetime.now(UTC)
