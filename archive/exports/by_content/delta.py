"""The delta: what a folder lacks of which the manifest is known, and what it has in vain.

Where a delta is laid over its base, and what its tombstones say is deleted, there is byte for byte what a
refresh of the base, with pruning, makes of it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from archive.errors import ExportError
from archive.exports.by_content.plan import Plan, State
from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST, TOMBSTONES, WHOLE
from archive.exports.folder import ExportFolder, explained
from archive.exports.journal import Placement
from archive.exports.manifest import manifest_of_lines, read_entries
from archive.exports.order import Order
from archive.exports.report import ExportReport
from archive.exports.tombstones import Reason, Tombstone, tombstone_line

if TYPE_CHECKING:
    from archive.exports.by_content.export import Shape


class Delta:
    """The delta of one export. The plan is that of its base, as if that had all it lists and nothing else.

    The folder has one delta, and is brought up to date whole.
    """

    def __init__(self, target: ExportFolder, plan: Plan, order: Order, shape: "Shape") -> None:
        self._target, self._plan, self._order, self._shape = target, plan, order, shape
        self._ours: frozenset[str] = frozenset()
        self._buried = 0

    def look(self) -> None:
        """Read the manifest of the base, and that of an earlier delta. Raises `ExportError`."""
        layout, nested, base = self._shape.layout, self._shape.nested, self._order.base
        assert base is not None  # noqa: S101 there is no delta without
        self._plan.list(read_entries(base, layout, nested))
        if self._plan.listed_sha256(TOMBSTONES):
            raise ExportError(f"{base}: of a delta; give the {WHOLE} beside it, which has what comes of it")
        self._plan.find_listed()
        path = self._target.path / MANIFEST
        has_manifest = self._target.has_file(MANIFEST)
        entries = read_entries(path, layout, nested) if has_manifest else iter(())
        self._ours = frozenset(entry.name for entry in entries)
        if self._ours and TOMBSTONES not in self._ours:
            raise ExportError(f"{path}: of a whole export; a delta goes into a folder of its own")

    def perform(self) -> ExportReport:
        """Put the folder into order, once the names are given."""
        numbers = {name: number for number, name, *_ in self._plan.to_be_placed()}
        numbers |= self._stage_beside()
        wanted = self._plan.changed()
        lacking = [name for name in wanted if self._is_lacking(name, wanted[name])]
        self._target.refuse_blocked(lacking)
        placements = [Placement(numbers[name], name, wanted[name], self._is_there(name)) for name in lacking]
        stale = [name for name in sorted(self._ours - wanted.keys()) if self._is_there(name)]
        self._target.put_in_order(self._manifest(self._plan.changed_lines()), placements, stale)
        replaced = sum(placement.replaces for placement in placements)
        return ExportReport(
            written=len(placements) - replaced,
            replaced=replaced,
            unchanged=len(wanted) - len(lacking),
            deleted=len(stale),
            files=len(wanted),
            tombstones=self._buried,
            stamp=self._target.stamp(),
        )

    def _stage_beside(self) -> dict[str, int]:
        """Stage what is of no content: what the layout adds, the whole manifest, the tombstones; by name."""
        numbers = count(self._plan.first_free_number())
        staged: dict[str, int] = {}
        for name, data in self._shape.extras(self._plan.entries()):
            sha256 = hashlib.sha256(data).hexdigest()
            self._plan.want_extra(name, sha256)
            if sha256 != self._plan.listed_sha256(name):
                staged[name] = next(numbers)
                self._target.stage(staged[name], data)
        whole, tombstones = next(numbers), next(numbers)
        digests = (
            self._write(whole, self._manifest(self._plan.lines())),
            self._write(tombstones, self._tombstones()),
        )
        for name, sha256 in zip((WHOLE, TOMBSTONES), digests, strict=True):
            self._plan.want_extra(name, sha256)
        return staged | {WHOLE: whole, TOMBSTONES: tombstones}

    def _write(self, number: int, pieces: Iterable[str]) -> str:
        """Stage a text that may be long; the SHA-256 of its bytes."""
        path, digest = self._target.staged_path(number), hashlib.sha256()
        with explained(self._target.path), path.open("wb") as file:
            for piece in pieces:
                data = piece.encode()
                digest.update(data)
                file.write(data)
        return digest.hexdigest()

    def _manifest(self, lines: Iterable[str]) -> Iterator[str]:
        return manifest_of_lines(self._shape.layout, lines, self._order.said)

    def _is_lacking(self, name: str, sha256: str) -> bool:
        """Whether the folder has other bytes there, or none. Raises `ExportError` for others' bytes."""
        if self._target.digest(name) == sha256:
            return False
        if name not in self._ours and self._is_there(name):
            path = self._target.path / name
            raise ExportError(
                f"{path}: not of a delta, as far as the manifest says, and in the way of one; "
                "move it away, or export into another folder"
            )
        return True

    def _is_there(self, name: str) -> bool:
        return os.path.lexists(self._target.path / name)

    def _tombstones(self) -> Iterator[str]:
        of_contents = (self._tombstone(*told) for told in self._plan.told())
        of_others = (Tombstone(name, delete=True) for name in self._plan.unwanted_extras())
        for tombstone in chain(of_contents, of_others):
            self._buried += 1
            yield f"{tombstone_line(tombstone)}\n"

    def _tombstone(self, entry: Entry, state: State, is_same: bool, gone_since: str) -> Tombstone:
        """Of a file of the base; one of the same content is told of since that is gone."""
        if is_same:
            return _of(entry, Reason.GONE, delete=False, since=datetime.fromisoformat(gone_since))
        found = self._order.whereabouts(entry)
        since = found.changed_at if found else None
        content_hash = found.content_hash if found else ""
        if state is State.LEFT_OVER:
            if content_hash in {"", entry.content_hash}:
                return _of(entry, Reason.NOT_SELECTED, delete=True, since=since)
            return _of(entry, Reason.CHANGED, delete=True, since=since, replaced_by=content_hash)
        name, content_hash = self._plan.successor(entry, content_hash)
        return _of(
            entry,
            Reason.CHANGED,
            delete=state is not State.TAKEN,
            since=since,
            replaced_by=content_hash,
            replacement=name,
        )


def _of(entry: Entry, reason: Reason, *, delete: bool, **more: Any) -> Tombstone:
    identity = (entry.content_hash, entry.source, entry.source_id, entry.address)
    return Tombstone(entry.name, delete, *identity, reason, **more)
