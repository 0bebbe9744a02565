"""The export of records: a folder of one file a day, brought up to date a file at a time."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from archive.errors import ExportError
from archive.exports.file_names import MANIFEST, TOMBSTONES, WHOLE
from archive.exports.folder import ExportFolder, explained
from archive.exports.order import Order
from archive.exports.records.base import RecordBase
from archive.exports.records.delta import RecordDelta
from archive.exports.records.entry import record_line
from archive.exports.records.files import RecordFiles
from archive.exports.records.layout import RecordLayout, Row, rows_of
from archive.exports.records.manifest import SCHEMA, RecordManifest, open_manifest, record_manifest
from archive.exports.records.partitions import FOLDER, day_in
from archive.exports.records.refresh import days_concerned, rows_of_day
from archive.exports.report import ExportReport

if TYPE_CHECKING:
    from archive.store.values import Holding

_PROGRESS_EVERY = 100


def export_records(
    layout: RecordLayout, holdings: Iterable["Holding"], folder: Path, order: Order
) -> ExportReport:
    """Make the folder say what is held: a file for each day of publication, their schema and the manifest.

    The holdings come in the store's order. The folder is exactly what is exported: a day of which nothing is
    left goes, whether or not it is to be pruned. A file that is right already is not touched; whether it is
    right is found by reading it, unless nobody has touched the folder. Files that the manifest does not list
    are nobody's business; where one has a name that is needed, nothing is changed.

    With a base only the records that this lacks are written, with ``tombstones.jsonl`` (what it has in vain)
    and ``whole.manifest.json`` (which records it has afterwards).

    Killed at any instant, every file is whole, and the next export finds the folder as it was before, or as
    it would have been without the kill. Memory does not grow with the holdings. Raises `ExportError`, and
    `ValueError` for holdings in another order.
    """
    with ExportFolder(folder, nested=(FOLDER,)) as target:
        export = _RecordExport(target, layout, order)
        days = export.days_concerned()
        if days is not None:
            export.write_days(days)
        elif order.base is None:
            export.write(export.counted(rows_of(holdings, order.form, layout.suffix)))
        else:
            rows = export.counted(rows_of(holdings, order.form, layout.suffix))
            export.write_delta(rows, order.base)
        return export.perform()


class _RecordExport:
    """One export: `write` stages what the folder lacks, `perform` puts it into place."""

    def __init__(self, target: ExportFolder, layout: RecordLayout, order: Order) -> None:
        self._target = target
        self._layout = layout
        self._order = order
        self._before = self._manifest_before(target.path / MANIFEST)
        self._is_untouched = self._before is not None and target.is_untouched(order.stamp)
        listed = self._before.files if self._before else {}
        self._files = RecordFiles(target, listed, is_untouched=self._is_untouched)
        self._records = self._files.scratch()
        """The lines of the manifest."""
        self._last = ""
        self._read = self._tombstones = 0

    def days_concerned(self) -> Mapping[str, frozenset[str]] | None:
        """The days of which alone anything has to be read, with their contents; None where it is all."""
        if self._before is None or not self._is_untouched or self._order.base is not None:
            return None
        return days_concerned(self._before, self._layout, self._order)

    def counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, of which is told how many there were."""
        for row in rows:
            self._read += 1
            if self._read % _PROGRESS_EVERY == 0:
                self._report()
            yield row

    def write(self, rows: Iterable[Row]) -> None:
        with self._lines(self._records) as lines:
            for name, of_day in groupby(rows, key=lambda row: row.entry.file):
                self._write_day(name, of_day, lines)

    def write_days(self, days: Mapping[str, frozenset[str]]) -> None:
        """Write these anew, and leave the others as they are."""
        waiting = dict(days)
        with self._lines(self._records) as lines:
            for name, marked in groupby(self._listed(), key=itemgetter(0)):
                day = day_in(name)
                for earlier in [one for one in waiting if one <= day]:
                    self._renew_day(earlier, waiting.pop(earlier), lines)
                if day not in days:
                    self._keep_day(name, (line for _, _, line in marked), lines)
            for day, contents in waiting.items():
                self._renew_day(day, contents, lines)

    def write_delta(self, rows: Iterable[Row], base: Path) -> None:
        whole = self._files.scratch()
        with RecordBase(self._base(base), self._files.scratch()) as known:
            delta = RecordDelta(known, self._order)
            with self._lines(whole) as lines:
                self.write(delta.differing(_noted(rows, lines)))
            with self._files.writing(TOMBSTONES) as sink:
                for line in delta.tombstones():
                    sink.write(line.encode() + b"\n")
                    self._tombstones += 1
        with self._files.writing(WHOLE) as sink:
            sink.writelines(piece.encode() for piece in self._manifest({}, whole))

    def perform(self) -> ExportReport:
        files = self._files
        with files.writing(SCHEMA) as sink:
            sink.write(self._layout.schema.encode())
        files.place(self._manifest(files.wanted, self._records))
        self._report()
        return ExportReport(
            written=files.written,
            replaced=files.replaced,
            unchanged=len(files.wanted) - files.written - files.replaced,
            deleted=files.deleted,
            files=len(files.wanted),
            tombstones=self._tombstones,
            stamp=self._target.stamp(),
        )

    def _write_day(self, name: str, rows: Iterable[Row], lines: TextIO) -> None:
        self._begin(name)
        with self._files.writing(name) as sink:
            file = self._layout.begin(sink)
            for row in rows:
                file.write(row.record, row.line)
                lines.write(f"{record_line(row.entry)}\n")
            file.close()

    def _renew_day(self, day: str, contents: frozenset[str], lines: TextIO) -> None:
        rows = self.counted(rows_of_day(day, contents, self._layout, self._order))
        for name, of_day in groupby(rows, key=lambda row: row.entry.file):
            self._write_day(name, of_day, lines)

    def _keep_day(self, name: str, records: Iterable[str], lines: TextIO) -> None:
        self._begin(name)
        self._files.keep(name)
        lines.writelines(f"{record}\n" for record in records)

    def _begin(self, name: str) -> None:
        if name <= self._last:
            raise ValueError(f"{name} comes behind {self._last}: not in the store's order")
        self._last = name

    def _listed(self) -> Iterator[tuple[str, str, str]]:
        return self._before.marked() if self._before else iter(())

    @contextmanager
    def _lines(self, path: Path) -> Iterator[TextIO]:
        with explained(self._target.path), path.open("w", encoding="utf-8", newline="") as lines:
            yield lines

    def _manifest_before(self, path: Path) -> RecordManifest | None:
        """The folder's. A delta and a whole export do not take each other's place."""
        if not self._target.has_file(MANIFEST):
            return None
        found = open_manifest(path, self._layout.name)
        if found.is_of_delta and self._order.base is None:
            raise ExportError(f"{path}: of a delta; export into another folder")
        if self._order.base is not None and not found.is_of_delta:
            raise ExportError(f"{path}: of a whole export; a delta goes into a folder of its own")
        return found

    def _base(self, path: Path) -> RecordManifest:
        """The base's manifest, which has to be that of something whole."""
        found = open_manifest(path, self._layout.name)
        if found.is_of_delta:
            raise ExportError(f"{path}: of a delta; give the {WHOLE} beside it, which has what comes of it")
        return found

    def _manifest(self, files: Mapping[str, str], records: Path) -> Iterator[str]:
        return record_manifest(self._layout.name, self._order.said, files, _lines(records))

    def _report(self) -> None:
        self._order.on_progress({"read": self._read, "written": self._files.written})


def _noted(rows: Iterable[Row], lines: TextIO) -> Iterator[Row]:
    """The rows, whose lines of the manifest are written down."""
    for row in rows:
        lines.write(f"{record_line(row.entry)}\n")
        yield row


def _lines(path: Path) -> Iterator[str]:
    with explained(path), path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.removesuffix("\n")
