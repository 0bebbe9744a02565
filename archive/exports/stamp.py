"""The stamp: by which it is seen, without reading a file, that nobody has touched an exported folder since.

Of each file it has what the system says: its inode, its size, and when anything of it last changed, which
nobody can set. It is a sum, so an export that knows what it did to which file has the
stamp of its folder without another look; what others did meanwhile is not in it, and so is found next time.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from archive.exports.placing import MODULUS, fingerprint

STAGING = ".archive-export"
"""The hidden folder of an export under way; part of the stamp for all but that export."""
NOTE = "; "
"""Behind it a layout may note, with the stamp of its folder, what it has to know the next time."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@dataclass(slots=True)
class Stamp:
    """Of so many files, and what their fingerprints add up to."""

    files: int = 0
    total: int = 0

    def add(self, name: str, found: os.stat_result) -> None:
        """Take in a file that is there now."""
        self.join(1, fingerprint(_bytes(name), found))

    def remove(self, name: str, found: os.stat_result) -> None:
        """Leave out a file as it was."""
        self.join(-1, -fingerprint(_bytes(name), found))

    def join(self, files: int, total: int) -> None:
        """Take in several at once."""
        self.files += files
        self.total = (self.total + total) % MODULUS

    def __str__(self) -> str:
        return f"{self.files} {self.total:016x}"


def stamp_of(path: Path, nested: Collection[str] = ()) -> Stamp:
    """The stamp of a folder, with all that is below those of its folders that are `nested`.

    Of other folders in it their being there is all that counts. Raises `OSError`.
    """
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return stamp_of_open(folder, nested)
    finally:
        os.close(folder)


def stamp_of_open(folder: int, nested: Collection[str], ours: str = "") -> Stamp:
    """The same of an open folder; `ours` is left out. Raises `OSError`."""
    stamp = Stamp()
    _take_in(stamp, folder, "", nested, ours)
    return stamp


def _take_in(stamp: Stamp, folder: int, prefix: str, nested: Collection[str], ours: str) -> None:
    files = total = 0
    with os.scandir(folder) as found:
        for entry in found:
            name = prefix + entry.name
            if not entry.is_dir(follow_symlinks=False):
                files += 1
                total += fingerprint(_bytes(name), entry.stat(follow_symlinks=False))
            elif prefix or name in nested:
                below = os.open(entry.name, _FOLDER, dir_fd=folder)
                try:
                    _take_in(stamp, below, f"{name}/", nested, ours)
                finally:
                    os.close(below)
            elif name != ours:
                stamp.join(1, hash((crc32(_bytes(name)), entry.inode())))
    stamp.join(files, total)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
