"""The store: the one door to the database."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection

from archive.store import captures, documents, imports, leases, pages, runs, warc_ledger
from archive.store.contents import contents
from archive.store.damage import damage
from archive.store.database import PATIENCE, Database
from archive.store.doors import Doors
from archive.store.holdings import holdings
from archive.store.observing import Prepared, prepared
from archive.store.schema import bring_up
from archive.store.selection import EVERYTHING, Duplicates, Selection
from archive.store.storing import store_batch
from archive.store.values import (
    Capture,
    Counts,
    Effect,
    Figures,
    Holding,
    ImportedFile,
    Known,
    Lease,
    Observation,
    Page,
    Rejected,
    Run,
    RunState,
    Stored,
    WarcFile,
)


class Store(Doors):
    """Documents, their contents and revisions, captures, pages, runs and rejections.

    Safe to use from several threads. Times are aware: naive ones are refused with `ValueError`. Every method
    raises `StoreUnavailable` where the database cannot be used just now, and `StoreError` for anything
    else that it refuses.
    """

    @classmethod
    def open(cls, url: str, *, patience: float = PATIENCE, create: bool = True) -> Self:
        """Open the database at the address; create it where there is none, bring it up where it is older.

        `patience` is how many seconds to wait for a lock that another program holds. Raises `UsageError`
        for an address that is none, `StoreMismatch` for a database of another program or of the future,
        and without `create` `StoreUnavailable` where there is none.
        """
        database = Database.open(url, patience, create=create)
        try:
            bring_up(database, create=create)
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

    def write(
        self, observations: Sequence[Observation], run_id: int | None, lease: Lease | None = None
    ) -> list[Effect | None]:
        """Store the observations, all in one transaction; the effect of each, None where it has no document.

        An imported file whose bytes are known under one of its names has no effect at all, and none takes a
        name that a file of another document has (`archive.store.file_names`). Otherwise an import adds and
        overrules nothing that a crawl has seen. A document that was read again, and has got another content
        since, has no effect either. Nothing is seen by others before all is committed.
        `answers` are not looked at. Raises `ValueError` for a page whose address is too long, and
        `LeaseLost`, with nothing stored, where the lease is not ours any more.
        """
        return self.write_prepared([prepared(one) for one in observations], run_id, lease)

    def write_prepared(
        self, batch: Sequence[Prepared], run_id: int | None, lease: Lease | None = None
    ) -> list[Effect | None]:
        """The same for observations that were prepared elsewhere (`archive.store.observing.prepared`)."""
        observations = [one.observation for one in batch]
        pages.check_addresses(observations)
        seen = [one.seen for one in batch]

        def store(connection: Connection) -> list[Effect | None]:
            if lease is not None:
                leases.check(connection, lease)
            return store_batch(connection, observations, seen, run_id)

        return self._database.write(store)

    def known(self, source: str) -> dict[str, Known]:
        """The source's documents by address, without those gone and those whose address is not known."""
        with self._database.reading() as connection:
            return documents.known(connection, source)

    def is_gone(self, source: str, source_id: str) -> bool:
        """Whether the source has taken the document away."""
        with self._database.reading() as connection:
            return documents.is_gone(connection, source, source_id)

    def frontier(self, source: str, now: datetime) -> list[Page]:
        """The source's pages that are due, those never read, its lists and feeds; the first due first."""
        with self._database.reading() as connection:
            return pages.frontier(connection, source, now)

    def page(self, source: str, address: str) -> Page | None:
        """The source's page of that address; None where it has none."""
        with self._database.reading() as connection:
            return pages.page(connection, source, address)

    def find(self, text: str, limit: int = 20) -> list[Stored]:
        """The documents that the text names, in order of source and source_id.

        By source_id, ``source:source_id``, address, share address, content hash or its first six digits or
        more, or the name of an imported file.
        """
        with self._database.reading() as connection:
            return documents.find(connection, [text], limit)

    def holdings(
        self,
        selection: Selection = EVERYTHING,
        duplicates: Duplicates = Duplicates.ONE,
        *,
        with_text: bool = False,
    ) -> Iterator[Holding]:
        """All selected contents that are current, one by one, as they were when the first was asked for.

        In order of the published time (none last), source and source_id of the speaker, which is a selected
        document. `with_text` has the canonical texts read as well.
        """
        with self._database.reading() as connection:
            yield from holdings(connection, selection, duplicates, with_text=with_text)

    def imported_names(self) -> frozenset[str]:
        """The names of all files of a corpus that were imported."""
        with self._database.reading() as connection:
            return imports.imported_names(connection)

    def imported_file(self, name: str) -> ImportedFile | None:
        """The file that was imported under that name, whatever became of its document; None for none."""
        with self._database.reading() as connection:
            return imports.imported_file(connection, name)

    def imported_digests(self, names: Iterable[str]) -> dict[str, str]:
        """The SHA-256 (hexadecimal) of those files that are imported already, by the names as given."""
        with self._database.reading() as connection:
            return imports.imported_digests(connection, names)

    def imported(self, files: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of the files, given by name and SHA-256 (hexadecimal), that are imported already."""
        with self._database.reading() as connection:
            return imports.imported(connection, files)

    def start_run(self, source: str, trigger: str, started_at: datetime, host: str, pid: int) -> int:
        """Enter a run that begins; its number."""
        columns = {"source": source, "trigger": trigger, "started_at": started_at, "host": host, "pid": pid}
        return self._database.write(lambda connection: runs.start_run(connection, columns))

    def begin_run(  # noqa: PLR0913 a run is described by as many
        self,
        source: str,
        trigger: str,
        started_at: datetime,
        host: str,
        pid: int,
        *,
        silence: float,
        is_dead: Callable[[Lease], bool],
        planned: int | None = None,
        asked: str = "",
    ) -> Lease:
        """Enter a run that begins, with the lease of its source; `planned` is one that is entered already.

        A lease that was not renewed for `silence` seconds, or whose holder `is_dead`, is taken over, and the
        holder's run marked as crashed. Raises `SourceBusy` for one that is held otherwise, `RunTaken` where
        the planned run has begun elsewhere or was given up.
        """
        columns = {"source": source, "trigger": trigger, "started_at": started_at, "host": host, "pid": pid}
        columns |= {"asked": asked}

        def may_take_over(holder: Lease) -> bool:
            return holder.silent > silence or is_dead(holder)

        return self._database.write(
            lambda connection: leases.begin_run(connection, columns, may_take_over, planned)
        )

    def renew(
        self,
        lease: Lease,
        counters: Mapping[str, int] | None = None,
        story: Mapping[str, Any] | None = None,
    ) -> None:
        """Say that the lease's holder lives, and what its run has counted and met with so far.

        Raises `LeaseLost` where the lease is not ours any more.
        """

        def write(connection: Connection) -> None:
            leases.renew(connection, lease)
            if counters is not None:
                so_far = {"counters": dict(counters), "story": dict(story or {})}
                runs.change_run(connection, lease.run_id, so_far)

        self._database.write(write)

    def release(self, lease: Lease) -> None:
        """Free the source, if the lease is still ours."""
        self._database.write(lambda connection: leases.release(connection, lease))

    def lease(self, source: str) -> Lease | None:
        """The source's lease; None where nobody holds it."""
        with self._database.reading() as connection:
            return leases.lease(connection, source)

    def finish_run(  # noqa: PLR0913 an end is described by as many
        self,
        run_id: int,
        state: RunState,
        outcome: str,
        counters: Mapping[str, int],
        finished_at: datetime,
        lease: Lease | None = None,
        *,
        detail: str = "",
        story: Mapping[str, Any] | None = None,
    ) -> None:
        """Enter how the run ended, and free its source if the lease is still its own.

        `story` stays as it was last told where none is given. Of a run that has ended already, since it was
        taken for dead, nothing changes. Raises `NotFound` for a number that no run has.
        """
        columns = {
            "state": state,
            "outcome": outcome,
            "detail": detail,
            "counters": dict(counters),
            "finished_at": finished_at,
        } | ({} if story is None else {"story": dict(story)})

        def finish(connection: Connection) -> None:
            if lease is not None:
                leases.release(connection, lease)
            runs.end_run(connection, run_id, columns)

        self._database.write(finish)

    def run(self, run_id: int) -> Run:
        """The run of that number. Raises `NotFound` where there is none."""
        with self._database.reading() as connection:
            return runs.run(connection, run_id)

    def runs(self, source: str | None = None, limit: int = 20, *, slots: bool = False) -> list[Run]:
        """The newest runs that have begun, of the source if one is given, the newest first.

        With `slots` those between them as well that never began (missed, overlapped …), which do not count.
        """
        with self._database.reading() as connection:
            return runs.runs(connection, source, limit, slots=slots)

    def last_complete(self, source: str, before: int) -> Run | None:
        """The newest run of the source before the run of that number in which nothing went wrong."""
        with self._database.reading() as connection:
            return runs.last_complete(connection, source, before)

    def running(self) -> list[Run]:
        """Runs that have not said how they ended, the oldest first."""
        with self._database.reading() as connection:
            return runs.unfinished(connection, RunState.RUNNING)

    def rejections(
        self,
        run_id: int | None = None,
        limit: int = 100,
        *,
        source: str | None = None,
        stage: str | None = None,
        reason: str | None = None,
    ) -> list[Rejected]:
        """Rejections, of the run, the source, the stage and the reason if these are given, newest first.

        The source ``""`` has those of which no run is known.
        """
        selection = captures.Rejections(run_id, source, stage, reason)
        with self._database.reading() as connection:
            return captures.rejections(connection, selection, limit)

    def rejection_count(
        self,
        run_id: int | None = None,
        *,
        source: str | None = None,
        stage: str | None = None,
        reason: str | None = None,
    ) -> int:
        """How many rejections there are of those."""
        selection = captures.Rejections(run_id, source, stage, reason)
        with self._database.reading() as connection:
            return captures.rejection_count(connection, selection)

    def captures(self, address: str, limit: int = 20) -> list[Capture]:
        """The captures of the address, the newest first."""
        with self._database.reading() as connection:
            return captures.captures(connection, address, limit)

    def originals(self, digests: Iterable[str]) -> dict[str, Capture]:
        """By payload digest the earliest capture whose record in the WARC has that payload, and all of it."""
        with self._database.reading() as connection:
            return captures.originals(connection, digests)

    def payloads(self, addresses: Iterable[str]) -> dict[str, Capture]:
        """By address its newest capture with status 200, whole and in the WARC: what a 304 refers to."""
        with self._database.reading() as connection:
            return captures.payloads(connection, addresses)

    def kept_captures(self) -> Iterator[tuple[int, Capture]]:
        """The captures that have a record in a WARC file, with their numbers, by file and offset."""
        with self._database.reading() as connection:
            yield from captures.kept_captures(connection)

    def enter_warc(self, file: WarcFile) -> bool:
        """Enter a new WARC file; False where its name is taken."""
        return self._database.write(lambda connection: warc_ledger.enter_warc(connection, file))

    def seal_warc(self, name: str) -> None:
        """Note that nothing is appended to the file any more. Raises `StoreError` for an unknown one."""
        self._database.write(lambda connection: warc_ledger.seal_warc(connection, name))

    def drop_warc(self, name: str) -> None:
        """Strike out a WARC file without captures. Raises `StoreError` where it has some."""
        self._database.write(lambda connection: warc_ledger.drop_warc(connection, name))

    def warc_files(self, source: str | None = None, *, open_only: bool = False) -> list[WarcFile]:
        """The WARC files, of the source if one is given, by name; `open_only` leaves out sealed ones."""
        with self._database.reading() as connection:
            return warc_ledger.warc_files(connection, source, open_only=open_only)

    def contents(self) -> Iterator[tuple[str, str, str, str]]:
        """Hash, title, body and text of every content, in order of the hashes."""
        with self._database.reading() as connection:
            yield from contents(connection)

    def damage(self) -> list[str]:
        """What the database itself finds wrong, a line for each fault. It reads all of it."""
        with self._database.reading() as connection:
            return damage(connection)

    def figures(self, source: str) -> Figures:
        """How many documents a source has, and how fresh they are."""
        with self._database.reading() as connection:
            return documents.figures(connection, source)

    def counts(self) -> Counts:
        """How many documents, contents, revisions and rejections there are."""
        with self._database.reading() as connection:
            return documents.counts(connection)
