"""Whether a folder is up to date already, found out without loading what brings one up to date."""

from contextlib import suppress
from pathlib import Path

from archive.exports.layouts import Layout, nested_folders
from archive.exports.report import ExportReport
from archive.exports.stamp import NOTE, stamp_of
from archive.store.glance import current_export
from archive.store.selection import Duplicates
from ops.exporting.places import whole_path
from ops.exporting.request import Exported, Request
from ops.processors import usable_processors

_MANY = 5_000
"""Files. For fewer, another process would not be worth its beginning."""
_MOST = 8
"""Processes."""


def found_current(address: str, folder: Path, request: Request) -> Exported | None:
    """What is to be said of a folder that needs no export. None where it needs one, or a glance cannot tell.

    The address is that of the database.
    """
    if request.base or request.duplicates is Duplicates.NEAR:  # who are near has to be found out anew
        return None
    last = current_export(address, str(whole_path(folder)))
    if last is None or last.asked != request.asked:
        return None
    return already(last.files) if is_as_left(folder, request.layout, last.stamp, last.files) else None


def already(files: int) -> Exported:
    """What is to be said of a folder of so many files that needs no export."""
    return Exported(ExportReport(0, 0, files, 0, files), was_current=True)


def is_as_left(folder: Path, layout: Layout, stamp: str, files: int) -> bool:
    """Whether nobody has touched the folder since an export left it with that stamp and so many files."""
    processes = min(_MOST, usable_processors()) if files > _MANY else 1
    with suppress(OSError):
        now = stamp_of(folder, nested_folders(layout), processes)
        return str(now) == stamp.partition(NOTE)[0]
    return False
