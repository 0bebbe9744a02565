"""Disk: how much room there is, and for how long."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.doctor.findings import Finding, ok, problem, warning
from ops.doctor.folders import existing

_GIB = 1 << 30
LITTLE, TOO_LITTLE = 5 * _GIB, _GIB // 2
"""Free bytes below which it is told; a crawl that finds none left ends with what it has committed."""
_LITTLE_SHARE = 0.05
_FEW_FILES = 1000
_SOON = 14
"""Days."""
_LONG = 10_000


@dataclass(frozen=True, slots=True)
class Room:
    """One file system, as far as this user may fill it."""

    folder: Path
    device: int
    free: int
    total: int
    files_free: int = 0
    files_total: int = 0
    """0 where the file system has no fixed number of them."""


def rooms(folders: Iterable[Path]) -> Iterator[Room]:
    """The file systems that the folders are on, or will be, each once."""
    seen = set()
    for folder in map(existing, folders):
        device = folder.stat().st_dev
        if device not in seen:
            seen.add(device)
            there = os.statvfs(folder)
            free, total = there.f_bavail * there.f_frsize, there.f_blocks * there.f_frsize
            yield Room(folder, device, free, total, there.f_favail, there.f_files)


def disk_finding(room: Room, per_day: float = 0) -> Finding:
    """Whether there is room enough; `per_day` is by how many bytes what is kept grows there."""
    told = f"{room.folder}: {_size(room.free)} free of {_size(room.total)}{_lasts(room, per_day)}"
    do = "make room, or move data_dir to a larger disk; a crawl that finds none ends with exit code 7"
    if room.free < TOO_LITTLE:
        return problem("disk", told, do)
    if room.files_total and room.files_free < _FEW_FILES:
        return problem("disk", f"{told}; {room.files_free} more files can be made", "remove some files")
    is_soon = per_day > 0 and room.free / per_day < _SOON
    if room.free < LITTLE or room.free < room.total * _LITTLE_SHARE or is_soon:
        return warning("disk", told, do)
    if room.files_total and room.files_free < room.files_total * _LITTLE_SHARE:
        few = f"{told}; {room.files_free} of {room.files_total} more files can be made"
        return warning("disk", few, "remove some files, or move data_dir to another disk")
    return ok("disk", told)


def _lasts(room: Room, per_day: float) -> str:
    if per_day <= 0:
        return ""
    days = room.free / per_day
    how_long = f"about {days:.0f} days" if days < _LONG else "for decades"
    return f"; captures grow by {_size(per_day)} a day, so it lasts {how_long}"


def _size(count: float) -> str:
    return f"{count / _GIB:.1f} GiB" if count >= _GIB else f"{count / (1 << 20):.1f} MiB"
