"""The store: the one door to the database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from archive.store import captures, documents, imports, runs
from archive.store.database import PATIENCE, Database
from archive.store.holdings import Selection, holdings
from archive.store.observing import seen_in
from archive.store.schema import bring_up
from archive.store.storing import store_batch
from archive.store.values import (
    Capture,
    Counts,
    Effect,
    Holding,
    Known,
    Observation,
    Rejected,
    Run,
    RunState,
    Stored,
)


class Store:
    """Documents, their contents and revisions, captures, runs and rejections.

    Safe to use from several threads. Times are aware: naive ones are refused with `ValueError`. Every method
    raises `StoreUnavailable` where the database cannot be used just now, and `StoreError` for anything
    else that it refuses.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, *, patience: float = PATIENCE) -> Self:
        """Open the database at the address; create it where there is none, bring it up where it is older.

        `patience` is how many seconds to wait for a lock that another program holds. Raises `UsageError`
        for an address that is none, `StoreMismatch` for a database of another program or of the future.
        """
        database = Database.open(url, patience)
        try:
            bring_up(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Give the connections back. Closing twice does no harm."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url_shown(self) -> str:
        """The database's address as it may be shown: without a password; a file by its path."""
        return self._database.shown

    def write(self, observations: Sequence[Observation], run_id: int | None) -> list[Effect | None]:
        """Store the observations, all in one transaction; the effect of each, None where it has no document.

        An imported file of a known name with the same bytes has no effect at all. Otherwise an import adds
        and overrules nothing that a crawl has seen. Nothing is seen by others before all is committed.
        """
        seen = [seen_in(one) for one in observations]
        return self._database.write(lambda connection: store_batch(connection, observations, seen, run_id))

    def mark_gone(self, source: str, source_ids: Iterable[str], at: datetime) -> int:
        """Mark documents gone since `at`, but for those that are gone already; how many were marked."""
        wanted = tuple(source_ids)
        return self._database.write(lambda connection: documents.mark_gone(connection, source, wanted, at))

    def known(self, source: str) -> dict[str, Known]:
        """The source's documents by address, without those gone and those whose address is not known."""
        with self._database.reading() as connection:
            return documents.known(connection, source)

    def find(self, text: str, limit: int = 20) -> list[Stored]:
        """The documents that the text names, in order of source and source_id.

        By source_id, ``source:source_id``, address, share address, content hash or its first six digits or
        more, or the name of an imported file.
        """
        with self._database.reading() as connection:
            return documents.find(connection, text, limit)

    def holdings(
        self,
        *,
        sources: Sequence[str] | None = None,
        slugs: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Iterator[Holding]:
        """All contents that are current, one by one, as they were when the first was asked for.

        In order of the published time (none last), source and source_id of the speaker. `sources` and
        `slugs` select documents, and the speaker is one of those; `since` selects contents that a selected
        document has had, or of which it has said anything new, only since then.
        """
        with self._database.reading() as connection:
            yield from holdings(connection, Selection(sources, slugs, since))

    def imported_names(self) -> frozenset[str]:
        """The names of all files imported."""
        with self._database.reading() as connection:
            return imports.imported_names(connection)

    def imported(self, files: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of the files, given by name and SHA-256 (hexadecimal), that are imported already."""
        with self._database.reading() as connection:
            return imports.imported(connection, files)

    def is_imported(self, name: str, sha256: str) -> bool:
        """Whether the file of that name was imported with those bytes."""
        return bool(self.imported([(name, sha256)]))

    def start_run(self, source: str, trigger: str, started_at: datetime, host: str, pid: int) -> int:
        """Enter a run that begins; its number."""
        columns = {"source": source, "trigger": trigger, "started_at": started_at, "host": host, "pid": pid}
        return self._database.write(lambda connection: runs.start_run(connection, columns))

    def update_counters(self, run_id: int, counters: Mapping[str, int]) -> None:
        """Replace the run's counters. Raises `NotFound` for a number that no run has."""
        columns = {"counters": dict(counters)}
        self._database.write(lambda connection: runs.change_run(connection, run_id, columns))

    def finish_run(
        self,
        run_id: int,
        state: RunState,
        outcome: str,
        counters: Mapping[str, int],
        finished_at: datetime,
    ) -> None:
        """Enter how the run ended. Raises `NotFound` for a number that no run has."""
        columns = {
            "state": state,
            "outcome": outcome,
            "counters": dict(counters),
            "finished_at": finished_at,
        }
        self._database.write(lambda connection: runs.change_run(connection, run_id, columns))

    def run(self, run_id: int) -> Run:
        """The run of that number. Raises `NotFound` where there is none."""
        with self._database.reading() as connection:
            return runs.run(connection, run_id)

    def runs(self, source: str | None = None, limit: int = 20) -> list[Run]:
        """Runs, of the source if one is given, the newest first."""
        with self._database.reading() as connection:
            return runs.runs(connection, source, limit)

    def running(self) -> list[Run]:
        """Runs that have not said how they ended, the oldest first."""
        with self._database.reading() as connection:
            return runs.running(connection)

    def rejections(self, run_id: int | None = None, limit: int = 100) -> list[Rejected]:
        """Rejections, of the run if one is given, the newest first."""
        with self._database.reading() as connection:
            return captures.rejections(connection, run_id, limit)

    def captures(self, address: str, limit: int = 20) -> list[Capture]:
        """The captures of the address, the newest first."""
        with self._database.reading() as connection:
            return captures.captures(connection, address, limit)

    def counts(self) -> Counts:
        """How many documents, contents, revisions and rejections there are."""
        with self._database.reading() as connection:
            return documents.counts(connection)
