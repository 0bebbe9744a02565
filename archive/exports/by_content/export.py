"""The export of contents: a folder of one file a content, brought up to date file by file."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import ExportError
from archive.exports.by_content.beside import Beside
from archive.exports.by_content.delta import Delta
from archive.exports.by_content.names import give_names
from archive.exports.by_content.plan import Plan, State, Wanted
from archive.exports.by_content.tables import plan_tables
from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST, TOMBSTONES, is_usable, number_of, numbered
from archive.exports.folder import ExportFolder
from archive.exports.manifest import manifest_of_lines, read_entries
from archive.exports.order import Form, Order
from archive.exports.report import ExportReport
from archive.exports.stamp import NOTE

if TYPE_CHECKING:
    from archive.store.values import Holding

_PROGRESS_EVERY = 100
_WAITS = f"{NOTE}waits"
"""Noted where a file has another name than its own, which somebody has: it is to get that once it can."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What layouts of one file a content differ in."""

    layout: str
    files: Callable[["Holding", Form], Iterable[tuple[str, bytes]]]
    """The files that a content leaves as, in an order of their own: their names, empty where any will do, and
    their bytes."""
    group: Callable[["Holding"], str] = lambda holding: ""
    """What its entry says that files are put together by."""
    extras: Callable[[Iterable[Entry]], Iterable[tuple[str, bytes]]] = lambda entries: ()
    """The files beside those of the contents, whose entries come by name."""
    nested: tuple[str, ...] = ()
    """The folders in the folder that are the layout's; what else is below the folder is nobody's business."""
    is_usable: Callable[[str], bool] = is_usable
    numbered: Callable[[int, str], str] = numbered
    number_of: Callable[[str], int | None] = number_of


def export_by_content(
    shape: Shape, holdings: Iterable["Holding"], folder: Path, order: Order
) -> ExportReport:
    """Bring the folder up to date with the holdings, and write its manifest.

    When a document changes, its file keeps its name or number: the file with the old content goes once the
    new one is there. What is no longer among the holdings stays, and stays listed, unless it is to be pruned.
    Files that the manifest does not list are not touched, nor are their names taken. `names.give_names`
    has the rules. With a base only what differs from that is written (`archive.exports.by_content.delta`).

    In a fresh folder the bytes and names follow from the holdings alone, whatever their order, the day or
    the time zone. Killed at any instant, every file is whole, and the next export finds the folder as it was
    before, or as it would have been without the kill (`archive.exports.journal`). Memory does not grow with
    the holdings. Equal bytes are not written again; whether they are equal is found by reading the file,
    unless it is known that nobody has touched the folder since its manifest was written. Raises
    `ExportError`.
    """
    with ExportFolder(folder, shape.nested) as target, plan_tables(target.plan_path) as tables:
        export = _Export(target, Plan(tables, shape), shape, order)
        export.look()
        export.read(holdings)
        return export.perform()


class _Export:
    """One export: `look` at what there is, `read` what is to be, `perform` what follows."""

    def __init__(self, target: ExportFolder, plan: Plan, shape: Shape, order: Order) -> None:
        self._target, self._plan, self._shape, self._order = target, plan, shape, order
        self._is_untouched = target.is_untouched(order.stamp)
        self._delta = None if order.base is None else Delta(target, plan, order, shape)
        self._read = self._written = self._overwritten = 0

    def look(self) -> None:
        if self._delta is not None:
            self._delta.look()
            return
        self._plan.find(self._target.names())
        path = self._target.path / MANIFEST
        has_manifest = self._target.has_file(MANIFEST)
        self._plan.list(read_entries(path, self._shape.layout, self._shape.nested) if has_manifest else ())
        if self._plan.listed_sha256(TOMBSTONES):
            raise ExportError(f"{path}: of a delta; export into another folder")

    def read(self, holdings: Iterable["Holding"]) -> None:
        order = self._order
        if order.changed is not None and self._is_untouched and not order.stamp.endswith(_WAITS):
            self._plan.believe(order.current(), order.changed)
            holdings = order.holdings_of(order.changed)
        for holding in holdings:
            for wanted, data in _wanted(self._shape, holding, order):
                self._want(wanted, data)
            self._read += 1
            if self._read % _PROGRESS_EVERY == 0:
                self._report()
        self._plan.no_more()
        self._report()

    def perform(self) -> ExportReport:
        give_names(self._plan)
        if self._delta is not None:
            return self._delta.perform()
        keeping = not self._order.prune
        beside = Beside(self._target, self._plan, is_untouched=self._is_untouched)
        self._target.refuse_blocked(placement.name for placement in self._plan.to_be_placed())
        beside.stage(self._shape.extras(self._plan.entries(with_left_over=keeping)))
        lines = self._plan.lines(with_left_over=keeping)
        self._target.write_ahead(
            manifest_of_lines(self._shape.layout, lines, self._order.said),
            chain(self._plan.to_be_placed(), beside.placements),
            chain.from_iterable((*map(self._plan.there, self._removed()), beside.stale())),
        )
        self._place()
        beside.place()
        removed = {state: self._remove(state) for state in self._removed()}
        superseded, pruned = removed[State.SUPERSEDED], removed.get(State.LEFT_OVER, 0)
        beside.remove()
        self._target.write_last()
        self._report()
        replaced = min(self._overwritten + superseded, self._written)
        return ExportReport(
            written=self._written - replaced + beside.written,
            replaced=replaced + beside.replaced,
            unchanged=self._plan.unchanged() + beside.unchanged,
            deleted=pruned,
            files=self._plan.files(with_left_over=keeping),
            stamp=self._stamp(has_removed=superseded + pruned > 0),
        )

    def _want(self, wanted: Wanted, data: bytes) -> None:
        settled = self._settled_name(wanted.file)
        number = self._plan.want(wanted, settled)
        if not settled:
            self._target.stage(number, data)

    def _settled_name(self, file: Entry) -> str:
        """Where the folder has these bytes already, under a name that may stay; empty where it has not."""
        for name in self._plan.may_hold(file):
            if self._sha256(name) == file.sha256:
                return name
        return ""

    def _sha256(self, name: str) -> str:
        if self._delta is not None:
            return self._plan.listed_sha256(name)
        listed = self._plan.listed_sha256(name) if self._is_untouched else ""
        return listed or self._target.digest(name)

    def _place(self) -> None:
        """Rename what is staged into place, and count the files that were there and gave way."""
        for number, name, _, is_there in self._plan.to_be_placed():
            self._target.place(number, name, replaces=is_there)
            self._overwritten += is_there
            self._written += 1
            if self._written % _PROGRESS_EVERY == 0:
                self._report()

    def _removed(self) -> tuple[State, ...]:
        """The states in which listed files are deleted."""
        return (State.SUPERSEDED, State.LEFT_OVER) if self._order.prune else (State.SUPERSEDED,)

    def _remove(self, state: State) -> int:
        """Delete the listed files of that state, as far as they are there; how many."""
        count = 0
        for name in self._plan.there(state):
            self._target.remove(name)
            count += 1
        return count

    def _stamp(self, *, has_removed: bool) -> str:
        """The folder's stamp, with what has to be known besides; none where the next export looks at all.

        So where a name has become free just now that somebody waits for, and where somebody has touched a
        file that is left over.
        """
        is_waiting = self._plan.has_waiting()
        is_as_listed = self._is_untouched or self._order.prune or self._is_left_over_whole()
        if (is_waiting and has_removed) or not is_as_listed:
            return ""
        return self._target.stamp() + (_WAITS if is_waiting else "")

    def _is_left_over_whole(self) -> bool:
        left_over = self._plan.there(State.LEFT_OVER)
        return all(self._target.digest(name) == self._plan.listed_sha256(name) for name in left_over)

    def _report(self) -> None:
        self._order.on_progress({"read": self._read, "written": self._written})


def _wanted(shape: Shape, holding: "Holding", order: Order) -> Iterator[tuple[Wanted, bytes]]:
    """The files that a content leaves as, with their bytes."""
    speaker = holding.speaker
    published = speaker.document.published
    moment = float("inf") if published is None else published.timestamp()
    gone_since = holding.gone_since.isoformat() if holding.is_gone and holding.gone_since else ""
    # Where every document is exported, the others have files of their own: it would be the square of them.
    others = () if order.duplicates == "all" else tuple(sorted(holding.others))
    group = shape.group(holding)
    for place, (name, data) in enumerate(shape.files(holding, order.form)):
        file = Entry(
            name,
            hashlib.sha256(data).hexdigest(),
            holding.content_hash,
            speaker.source,
            speaker.source_id,
            speaker.address,
            others,
            group,
            holding.is_gone,
        )
        yield Wanted(file, (moment, speaker.source, speaker.source_id, place), gone_since=gone_since), data
