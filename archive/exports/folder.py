"""The folder exported to: each of its files is whole at every instant, and one export at a time writes."""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.errors import ExportError

_STAGING = ".archive-export"
_MANIFEST_STAGED = "manifest"
_FSYNC_UP_TO = 1000
"""Files. Beyond that one sync of the whole file system beats as many waits for the disk."""


class ExportFolder:
    """A folder under the lock of one export; it is made where it does not exist.

    New bytes are staged in a hidden folder inside it, brought to disk together, and only then renamed to
    their names, so a killed export leaves whole files (and a hidden folder that the next one clears), and
    an export that runs out of space leaves everything as it was. Raises `ExportError` throughout, naming
    the path at hand.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._staging = path / _STAGING
        self._staged: set[str] = set()
        self._lock = -1

    def __enter__(self) -> Self:
        with _explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._make_staging()
            except BaseException:
                os.close(self._lock)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._clear_staging()
            self._staging.rmdir()
        os.close(self._lock)

    def names(self) -> dict[str, bool]:
        """Everything that lies in the folder; True for plain files, False for folders, links and the like."""
        with _explained(self.path), os.scandir(self.path) as found:
            return {entry.name: entry.is_file(follow_symlinks=False) for entry in found}

    def digest(self, name: str) -> str:
        """The SHA-256 of a file's bytes; empty where there is no plain file of that name."""
        path = self.path / name
        with _explained(path):
            try:
                if not stat.S_ISREG(path.lstat().st_mode):
                    return ""
                with path.open("rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError:
                return ""

    def text(self, name: str) -> str:
        """A file's text; bytes that are not UTF-8 come as the replacement character."""
        path = self.path / name
        with _explained(path):
            return path.read_text(encoding="utf-8", errors="replace")

    def stage(self, number: int, data: bytes) -> None:
        """Keep the bytes in the hidden folder, to be given a name by `place`."""
        staged = str(number)
        with _explained(self.path):
            (self._staging / staged).write_bytes(data)
        self._staged.add(staged)

    def settle(self) -> None:
        """Bring what is staged to disk: a power cut after `place` then leaves no empty files."""
        with _explained(self.path):
            if len(self._staged) > _FSYNC_UP_TO:
                os.sync()
                return
            for staged in sorted(self._staged):
                _fsync(self._staging / staged)

    def place(self, number: int, name: str) -> None:
        """Give staged bytes their name, at once replacing the file that has it."""
        path = self.path / name
        with _explained(path):
            (self._staging / str(number)).replace(path)
        self._staged.discard(str(number))

    def remove(self, name: str) -> None:
        """Delete a file of ours."""
        path = self.path / name
        with _explained(path):
            path.unlink(missing_ok=True)

    def write_last(self, name: str, pieces: Iterable[str]) -> None:
        """Write the file that vouches for the others, once they are on disk; left alone where it is equal."""
        staged = self._staging / _MANIFEST_STAGED
        with _explained(self.path):
            with staged.open("x", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
            if self.digest(f"{_STAGING}/{_MANIFEST_STAGED}") == self.digest(name):
                staged.unlink()
                return
            _fsync(staged)
            os.fsync(self._lock)
            staged.replace(self.path / name)
            os.fsync(self._lock)

    def _make_staging(self) -> None:
        self._staging.mkdir(exist_ok=True)
        if self._staging.is_symlink():
            raise ExportError(f"{self._staging}: a link, where this program keeps its own folder; remove it")
        self._clear_staging()

    def _clear_staging(self) -> None:
        with os.scandir(self._staging) as found:
            ours = [entry.path for entry in found if entry.name.isdecimal() or entry.name == _MANIFEST_STAGED]
        for path in ours:
            Path(path).unlink()


def _fsync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn the system's errors into ours, with what to do about them."""
    try:
        yield
    except BlockingIOError as error:
        raise ExportError(f"{path}: another export is writing there; wait until it is done") from error
    except OSError as error:
        raise ExportError(f"{path}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "no space left; free some and export again: the files that are there are whole"
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return "a file stands where a folder is needed; export into another folder"
    return f"cannot be exported to ({error.strerror or error}); export into a folder that can be written"
