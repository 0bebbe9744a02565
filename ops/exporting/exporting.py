"""The one way from the store to a folder."""

import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import StoreError, UsageError
from archive.exports.layouts import exporter
from archive.exports.order import Order
from archive.store.exports import Exportable, ExportedFolder
from ops.exporting.current import already, is_as_left
from ops.exporting.places import whole_path
from ops.exporting.request import Exported, Request

if TYPE_CHECKING:
    from archive.exports.entry import Entry
    from archive.store import Store
    from archive.store.values import Holding, Whereabouts

OnProgress = Callable[[Mapping[str, int]], None]
_FEW = 5
"""A fifth of the files. Where more have changed, reading all in order takes no longer."""
_LEAST = 1000


def export_folder(
    store: "Store", folder: Path, request: Request, on_progress: OnProgress = lambda counters: None
) -> Exported:
    """Bring the folder up to date with the store.

    What the last export into it was asked for, the last change that is in it, and a stamp of its files are
    kept in the store. Where all three are as they were, there is nothing to do; where the first and the last
    are, only the contents are rendered that have changed since. Whatever is otherwise (another machine, an
    older store, a file that somebody edited) costs time only: then all is looked at. Raises `ExportError`,
    `UsageError`, `StoreError`.
    """
    _refuse_base_within(folder, request.base)
    key = str(whole_path(folder))
    before = None if request.base else store.exports.last(key)
    with store.exports.reading() as state:
        change = state.change()
        if before and _is_current(folder, before, request, change):
            return already(before.files)
        holdings, order = _work(state, request, before, on_progress)
        report = exporter(request.layout)(holdings, folder, order)
    known = ("", 0, "") if request.base else (request.asked, change, report.stamp)
    host, at = socket.gethostname(), datetime.now(UTC)
    try:
        store.exports.note(ExportedFolder(key, host, request.layout, at, report.files, *known))
    except StoreError as error:
        return Exported(report, not_noted=str(error))
    return Exported(report)


def _is_current(folder: Path, before: ExportedFolder, request: Request, change: int) -> bool:
    is_the_same = (before.asked, before.change) == (request.asked, change)
    return is_the_same and is_as_left(folder, request.layout, before.stamp, before.files)


def _work(
    state: Exportable, request: Request, before: ExportedFolder | None, on_progress: OnProgress
) -> tuple[Iterator["Holding"], Order]:
    """All that is to be exported, not begun to be read, and how it is to be exported."""

    def holdings(contents: Collection[str] | None = None) -> Iterator["Holding"]:
        found = state.holdings(
            request.selection,
            request.duplicates,
            with_text=request.layout.reads_text(request.form),
            contents=contents,
        )
        return (one for one in found if one.content_hash not in request.left_out)

    def current() -> Iterator[str]:
        return (one for one in state.selected(request.selection) if one not in request.left_out)

    def whereabouts(entry: "Entry") -> "Whereabouts | None":
        return state.whereabouts(*entry.document)

    return holdings(), Order(
        form=request.form,
        prune=request.prune,
        duplicates=request.duplicates,
        base=request.base,
        compress=request.compress,
        stamp=before.stamp if before and before.layout == request.layout else "",
        changed=_changed(state, request, before),
        holdings_of=holdings,
        current=current,
        whereabouts=whereabouts,
        on_progress=on_progress,
    )


def _changed(state: Exportable, request: Request, before: ExportedFolder | None) -> frozenset[str] | None:
    """The contents that may have changed since the last export that was asked for the same; None for all."""
    if before is None or before.asked != request.asked or before.change > state.change():
        return None
    return state.changed_since(before.change, max(_LEAST, before.files // _FEW))


def _refuse_base_within(folder: Path, base: Path | None) -> None:
    if base is not None and whole_path(base).parent == whole_path(folder):
        raise UsageError(f"{base}: lies in the folder to export to; a delta goes into a folder of its own")
