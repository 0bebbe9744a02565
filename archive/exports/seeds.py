"""The layout `seeds`: one file a content in one flat folder, as the corpus was handed over."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archive.documents import render
from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST, folded, is_usable, number_of
from archive.exports.folder import ExportFolder
from archive.exports.manifest import manifest_text, parse_manifest
from archive.exports.report import ExportReport
from archive.exports.seeds_plan import Order, SeedsPlan, Wanted, is_continued_by, plan_seeds

if TYPE_CHECKING:
    from archive.store.values import Holding

LAYOUT = "seeds"
_PROGRESS_EVERY = 100
OnProgress = Callable[[Mapping[str, int]], None]


def export_seeds(
    holdings: Iterable["Holding"], folder: Path, *, prune: bool = False, on_progress: OnProgress | None = None
) -> ExportReport:
    """Bring the folder up to date with the holdings, one file a content, and write its manifest.

    A file that was imported leaves under its own name, byte for byte, until its document changes; then
    under that name with its new text. The others are named ``NNN_HASH16.txt``. When a document changes, its
    file keeps the number, and the hash in the name follows the new content: the file with the old one goes
    once the new one is there. A content that becomes known keeps to the next number. What is no longer
    among the holdings stays, and stays listed, unless `prune` is asked for. Files that the manifest does
    not list are not touched, nor are their names taken. `seeds_plan.plan_seeds` has the rules.

    In a fresh folder the bytes and names follow from the holdings alone, whatever their order, the day or
    the time zone. Killed at any instant, every file is whole, and the same export run again leaves the
    folder as if there had been no kill: the new files are renamed into place at the end, and one that has
    been already is recognized by its name and bytes. Memory does not grow with the bodies. Equal bytes are
    not written again; whether they are equal is found by reading the file, not by believing the manifest.

    `on_progress` is called now and then with the counts ``read`` and ``written``. Raises `ExportError`.
    """
    with ExportFolder(folder) as target:
        export = _SeedsExport(target, on_progress or (lambda counters: None))
        export.read(holdings)
        return export.perform(prune=prune)


@dataclass(frozen=True, slots=True)
class _Present:
    """What the folder has before the export. `listed` is of the manifest, and of plain files or none."""

    files: frozenset[str]
    others: frozenset[str]
    listed: Mapping[str, Entry]
    folded_names: frozenset[str]
    by_hash: Mapping[str, tuple[str, ...]]
    """The names ``NNN_HASH16.txt`` by their HASH16."""

    @classmethod
    def found(cls, target: ExportFolder) -> "_Present":
        kinds = target.names()
        files = frozenset(name for name, plain in kinds.items() if plain)
        others = frozenset(kinds) - files
        listed = {entry.name: entry for entry in _listed(target, files) if entry.name not in others}
        by_hash: dict[str, tuple[str, ...]] = {}
        for name in sorted(name for name in files if number_of(name) is not None):
            hash16 = name[-20:-4]
            by_hash[hash16] = (*by_hash.get(hash16, ()), name)
        return cls(files, others, listed, frozenset(map(folded, kinds)), by_hash)


def _listed(target: ExportFolder, files: frozenset[str]) -> tuple[Entry, ...]:
    if MANIFEST not in files:
        return ()
    return parse_manifest(target.text(MANIFEST), LAYOUT, target.path / MANIFEST)


class _SeedsExport:
    """One export: `read` stages what the folder lacks, `perform` puts it into place."""

    def __init__(self, target: ExportFolder, on_progress: OnProgress) -> None:
        self._target = target
        self._on_progress = on_progress
        self._present = _Present.found(target)
        self._wanted: list[Wanted] = []
        self._settled: set[str] = set()
        self._written = 0

    def read(self, holdings: Iterable["Holding"]) -> None:
        for count, holding in enumerate(holdings, 1):
            for file, data, order in _files(holding):
                self._want(file, data, order)
            if count % _PROGRESS_EVERY == 0:
                self._report(count)
        self._report(len(self._wanted))

    def perform(self, *, prune: bool) -> ExportReport:
        self._target.settle()
        present = self._present
        foreign = (present.files | present.others) - present.listed.keys() - self._settled - {MANIFEST}
        plan = plan_seeds(self._wanted, present.listed.values(), foreign)
        overwritten = self._place(plan)
        leftover = [entry for entry in plan.leftover if entry.name in present.files]
        pruned, kept = (leftover, []) if prune else ([], leftover)
        superseded = [entry for entry in plan.superseded if entry.name in present.files]
        for entry in (*superseded, *pruned):
            self._target.remove(entry.name)
        files = [replace(want.file, name=name) for want, name in zip(self._wanted, plan.names, strict=True)]
        self._target.write_last(MANIFEST, manifest_text(LAYOUT, (*files, *kept)))
        self._report(len(self._wanted))
        replaced = min(overwritten + len(superseded), self._written)
        return ExportReport(
            written=self._written - replaced,
            replaced=replaced,
            unchanged=len(self._settled),
            deleted=len(pruned),
            files=len(files) + len(kept),
        )

    def _want(self, file: Entry, data: bytes, order: Order) -> None:
        settled = self._settled_name(file)
        if settled:
            self._settled.add(settled)
        else:
            self._target.stage(len(self._wanted), data)
        self._wanted.append(Wanted(file, order, settled))

    def _settled_name(self, file: Entry) -> str:
        """Where the folder has these bytes already, under a name that may stay; empty where it has not."""
        present = self._present
        names = present.by_hash.get(file.content_hash[:16], ())
        if is_usable(file.name):
            holder = present.listed.get(file.name)
            if holder and is_continued_by(holder, file):
                names = (file.name,)
            elif file.name in present.files:
                names = (file.name, *names)
            elif folded(file.name) not in present.folded_names:
                return ""  # its own name can be had: no other will do
        for name in names:
            if name not in self._settled and self._target.digest(name) == file.sha256:
                return name
        return ""

    def _place(self, plan: SeedsPlan) -> int:
        """Rename what is staged into place; how many files that were there gave way."""
        overwritten = 0
        for number, (want, name) in enumerate(zip(self._wanted, plan.names, strict=True)):
            if want.settled:
                continue
            self._target.place(number, name)
            overwritten += name in self._present.files
            self._written += 1
            if self._written % _PROGRESS_EVERY == 0:
                self._report(len(self._wanted))
        return overwritten

    def _report(self, read: int) -> None:
        self._on_progress({"read": read, "written": self._written})


def _files(holding: "Holding") -> Iterator[tuple[Entry, bytes, Order]]:
    """The files that a content leaves as: those that came in for it, or one in the document format."""
    speaker = holding.speaker
    published = speaker.document.published
    moment = float("inf") if published is None else published.timestamp()
    came_in = {(file.name, file.data) for file in holding.imported}
    leaving = sorted(came_in, key=lambda file: (not is_usable(file[0]), file))
    for place, (name, data) in enumerate(leaving or [(holding.name, render(speaker.document).encode())]):
        file = Entry(
            name,
            hashlib.sha256(data).hexdigest(),
            holding.content_hash,
            speaker.source,
            speaker.source_id,
            speaker.address,
            tuple(sorted(holding.others)),
        )
        yield file, data, (moment, speaker.source, speaker.source_id, place)
