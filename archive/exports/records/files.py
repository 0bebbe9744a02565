"""The files of a folder of records: staged where they are not there already, then put into place."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from io import RawIOBase
from itertools import count
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, cast

from archive.errors import ExportError
from archive.exports.folder import ExportFolder, explained
from archive.exports.journal import Placement

_BUFFER = 1 << 20


class RecordFiles:
    """What the folder is to have, file by file, against what it has.

    `listed` is what its manifest says, by name the SHA-256; it is believed only where `is_untouched`.
    """

    def __init__(self, target: ExportFolder, listed: Mapping[str, str], *, is_untouched: bool) -> None:
        self.wanted: dict[str, str] = {}
        """By name the SHA-256 of each file that the folder is to have."""
        self.written = self.replaced = self.deleted = 0
        self._target = target
        self._listed = listed
        self._is_untouched = is_untouched
        self._numbers = count()
        self._next = next(self._numbers)
        self._staged: dict[str, int] = {}

    def scratch(self) -> Path:
        """Where something may be kept that is in no folder afterwards."""
        return self._target.staged_path(next(self._numbers))

    def keep(self, name: str) -> None:
        """Have the file stay as the manifest lists it, unread."""
        self.wanted[name] = self._listed[name]

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Write a file of that name, to be put into place at the end if the folder has not these bytes there.

        Raises `ExportError` where somebody else's file has the name.
        """
        path = self._target.staged_path(self._next)
        with explained(self._target.path), path.open("wb", buffering=_BUFFER) as file:
            sink = _Hashed(file)
            yield cast("BinaryIO", sink)
        self.wanted[name] = sink.sha256.hexdigest()
        if self._present(name) != self.wanted[name]:
            self._refuse_foreign(name)
            self._staged[name] = self._next
            self._next = next(self._numbers)

    def place(self, manifest: Iterable[str]) -> None:
        """Put all of it into place, delete what is listed and not wanted any more, and write the manifest."""
        self._target.refuse_blocked(self._staged)
        placements = [
            Placement(number, name, self.wanted[name], self._is_plain(name))
            for name, number in self._staged.items()
        ]
        stale = [name for name in sorted(self._listed.keys() - self.wanted.keys()) if self._is_plain(name)]
        self._target.put_in_order(manifest, placements, stale)
        self.replaced = sum(placement.replaces for placement in placements)
        self.written, self.deleted = len(placements) - self.replaced, len(stale)

    def _present(self, name: str) -> str:
        if self._is_untouched and name in self._listed:
            return self._listed[name]
        return self._target.digest(name)

    def _refuse_foreign(self, name: str) -> None:
        path = self._target.path / name
        if os.path.lexists(path) and not (name in self._listed and self._is_plain(name)):
            raise ExportError(
                f"{path}: not of an export, as far as the manifest says, and in the way of one; "
                "move it away, or export into another folder"
            )

    def _is_plain(self, name: str) -> bool:
        path = self._target.path / name
        with explained(path):
            return os.path.lexists(path) and S_ISREG(path.lstat().st_mode)


class _Hashed(RawIOBase):
    """What is written goes to the file, and into a digest."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = sha256()

    def writable(self) -> bool:
        """It is for nothing else."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write all of it. Behind an error, pyarrow ends a file that is closed already: that goes nowhere."""
        if self._file.closed:
            return len(data)
        self.sha256.update(data)
        return self._file.write(data)
