"""The folder exported to: each of its files is whole at every instant, and one export at a time writes."""

import errno
import fcntl
import hashlib
import json
import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from archive.errors import ExportError
from archive.exports.staging import Staging, sync_file
from archive.exports.stamp import NOTE, STAGING, stamp_of_open

_LAST = "last"
_PLAN = "plan"
_CLAIMS = "claims"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_PATIENCE = 0.5
"""Seconds for the lock. After a kill, the process that writes files has it as long as it takes to notice."""


class ExportFolder:
    """A folder under the lock of one export; it is made where it does not exist.

    New bytes are staged in a hidden folder inside it, brought to disk together, and only then renamed to
    their names, so a killed export leaves whole files (and a hidden folder that the next one clears), and
    an export that runs out of space leaves everything as it was. Names may be below the folders `nested`,
    which are made as they are needed, and deleted once they are empty. Raises `ExportError` throughout,
    naming the path at hand.
    """

    def __init__(self, path: Path, nested: Collection[str] = ()) -> None:
        self.path = path
        self._nested = nested
        self._lock = self._hidden = -1
        self._below: set[str] = set()
        """Folders that are known to be there, and to be no links."""

    def __enter__(self) -> Self:
        with explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                _lock(self._lock)
                self._make_staging()
                self._stamp = stamp_of_open(self._lock, self._nested, STAGING)
            except BaseException:
                self._close()
                raise
        self._before = str(self._stamp)
        self._staging = Staging(self._hidden, self._lock, self._stamp)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._staging.abandon()
        with suppress(OSError):
            self._clear_staging()
            os.rmdir(STAGING, dir_fd=self._lock)
        self._close()

    def is_untouched(self, stamp: str) -> bool:
        """Whether the folder was, when it was locked, as an export left it that had this stamp then."""
        return bool(stamp) and stamp.partition(NOTE)[0] == self._before

    def stamp(self) -> str:
        """The stamp of the folder as it was found, and as it is by what was done to it since."""
        with explained(self.path):
            self._staging.finish()
        return str(self._stamp)

    def names(self) -> Iterator[tuple[str, bool]]:
        """Everything that lies in the folder; True for plain files, False for folders, links and the like.

        Of the nested folders all that is below them, by its name below the folder.
        """
        with explained(self.path):
            yield from self._names(self._lock, "")

    def has_file(self, name: str) -> bool:
        """Whether there is one of that name. Raises `ExportError` for what is there and is no plain file."""
        found = self._stat(name)
        if found is not None and not stat.S_ISREG(found.st_mode):
            raise ExportError(f"{self.path / name}: no plain file, and in the way of one; move it away")
        return found is not None

    def refuse_blocked(self, names: Iterable[str]) -> None:
        """Refuse names that are below what is no folder; to be asked before anything is changed."""
        for folder in sorted({folder for name in names for folder in _folders_of(name)}):
            found = self._stat(folder)
            if found is not None and not stat.S_ISDIR(found.st_mode):
                raise _no_folder(self.path / folder)

    def digest(self, name: str) -> str:
        """The SHA-256 of a file's bytes; empty where there is no plain file of that name."""
        with explained(self.path / name):
            try:
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._lock)
            except OSError as error:
                if error.errno in {errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO}:
                    return ""
                raise
            if not stat.S_ISREG(os.fstat(file).st_mode):
                os.close(file)
                return ""
            with os.fdopen(file, "rb", buffering=0) as opened:
                return hashlib.file_digest(opened, "sha256").hexdigest()

    def stage(self, number: int, data: bytes) -> None:
        """Keep the bytes in the hidden folder, to be given a name by `place`."""
        try:  # not `explained`: that takes as long as everything else here
            self._staging.write(number, data)
        except OSError as error:
            raise _error(self.path, error) from error

    def staged_path(self, number: int) -> Path:
        """Where a file may be written that is too large for `stage`, to be given a name by `place` as well.

        Or where something may be kept that is needed during the export alone.
        """
        return self.path / STAGING / str(number)

    def settle(self) -> None:
        """Bring what is staged to disk: a power cut after `place` then leaves no empty files."""
        with explained(self.path):
            self._staging.settle()

    def place(self, number: int, name: str, *, replaces: bool | None = None) -> None:
        """Give staged bytes their name, at once replacing the file that has it.

        Whether there is one is looked up, where the caller does not know it. It may be done a while later.
        """
        try:
            self._check_folders(name, make=True)
            if replaces is None:
                replaces = self._stat(name) is not None
            self._staging.place(number, name, replaces=replaces)
        except OSError as error:
            raise _error(self.path / name, error) from error

    def remove(self, name: str) -> None:
        """Delete a file of ours, and the nested folders that are empty then."""
        with explained(self.path / name):
            self._staging.finish()
            if (found := self._stat(name)) is None:
                return
            self._check_folders(name)
            os.unlink(name, dir_fd=self._lock)
            self._stamp.remove(name, found)
            for folder in reversed(_folders_of(name)):
                with suppress(OSError):
                    os.rmdir(folder, dir_fd=self._lock)
                    self._below.discard(folder)

    def write_last(self, name: str, pieces: Iterable[str]) -> None:
        """Write a file that vouches for the others, once they are on disk; left alone where it is equal."""
        with explained(self.path):
            with self._opened(_LAST) as file:
                file.writelines(pieces)
            self._staging.finish()
            if self.digest(f"{STAGING}/{_LAST}") == self.digest(name):
                os.unlink(_LAST, dir_fd=self._hidden)
                return
            sync_file(self._hidden, _LAST)
            for folder in (".", *sorted(self._below)):
                sync_file(self._lock, folder)
            before = self._stat(name)
            os.rename(_LAST, name, src_dir_fd=self._hidden, dst_dir_fd=self._lock)
            if before is not None:
                self._stamp.remove(name, before)
            self._stamp.add(name, os.stat(name, dir_fd=self._lock, follow_symlinks=False))
            os.fsync(self._lock)

    def claim(self, names: Collection[str]) -> None:
        """Note, over a kill too, that files of these names are ours though no manifest lists them yet.

        What was claimed before an earlier kill stays claimed.
        """
        claimed = self.claimed()
        if claimed.issuperset(names):
            return
        with explained(self.path):
            with self._opened(_LAST) as file:
                file.writelines(f"{json.dumps(name)}\n" for name in sorted(claimed.union(names)))
            sync_file(self._hidden, _LAST)
            os.rename(_LAST, _CLAIMS, src_dir_fd=self._hidden, dst_dir_fd=self._hidden)
            os.fsync(self._hidden)

    def release(self) -> None:
        """Forget what was claimed, once the manifest lists it."""
        with explained(self.path), suppress(FileNotFoundError):
            os.unlink(_CLAIMS, dir_fd=self._hidden)

    def claimed(self) -> frozenset[str]:
        """The names that an export claimed which came to no end."""
        path = self.path / STAGING / _CLAIMS
        with explained(path):
            try:
                return frozenset(map(json.loads, path.read_text(encoding="utf-8").splitlines()))
            except FileNotFoundError:
                return frozenset()
            except ValueError as error:
                raise ExportError(f"{path}: not as it was written ({error}); remove it") from error

    @property
    def plan_path(self) -> Path:
        """Where an export may keep its plan, as long as it takes."""
        return self.path / STAGING / _PLAN

    @contextmanager
    def _opened(self, name: str) -> Iterator[TextIO]:
        """A new text file in the hidden folder."""
        number = os.open(
            name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666, dir_fd=self._hidden
        )
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file

    def _stat(self, name: str) -> os.stat_result | None:
        """Of what has the name; None where nothing has it."""
        try:
            return os.stat(name, dir_fd=self._lock, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _check_folders(self, name: str, *, make: bool = False) -> None:
        """Have the folders of a name, and refuse links in their place: nothing may leave the folder."""
        for folder in _folders_of(name):
            if folder in self._below:
                continue
            if make:
                with suppress(FileExistsError):
                    os.mkdir(folder, dir_fd=self._lock)
            if not stat.S_ISDIR(os.stat(folder, dir_fd=self._lock, follow_symlinks=False).st_mode):
                raise _no_folder(self.path / folder)
            self._below.add(folder)

    def _names(self, folder: int, prefix: str) -> Iterator[tuple[str, bool]]:
        with os.scandir(folder) as found:
            for entry in found:
                name = f"{prefix}{entry.name}"
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_folder and (prefix or name in self._nested):
                    if prefix:
                        yield name, False
                    below = os.open(entry.name, _FOLDER, dir_fd=folder)
                    try:
                        yield from self._names(below, f"{name}/")
                    finally:
                        os.close(below)
                elif name != STAGING:
                    yield name, entry.is_file(follow_symlinks=False)

    def _make_staging(self) -> None:
        with suppress(FileExistsError):
            os.mkdir(STAGING, dir_fd=self._lock)
        mode = os.stat(STAGING, dir_fd=self._lock, follow_symlinks=False).st_mode
        if not stat.S_ISDIR(mode):
            what, path = ("a link" if stat.S_ISLNK(mode) else "a file"), self.path / STAGING
            raise ExportError(f"{path}: {what}, where this program keeps its own folder; remove it")
        self._hidden = os.open(STAGING, _FOLDER, dir_fd=self._lock)
        self._clear_staging()

    def _clear_staging(self) -> None:
        with os.scandir(self._hidden) as found:
            ours = [entry.name for entry in found if entry.name.isdecimal() or entry.name in {_LAST, _PLAN}]
        for name in ours:
            os.unlink(name, dir_fd=self._hidden)

    def _close(self) -> None:
        for descriptor in (self._hidden, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._hidden = self._lock = -1


def _lock(folder: int) -> None:
    """Take the lock of an open folder."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _folders_of(name: str) -> list[str]:
    """The folders that a name is below, the outermost first."""
    if "/" not in name:
        return []
    parts = name.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the system's errors into ours, with what to do about them."""
    try:
        yield
    except OSError as error:
        raise _error(path, error) from error


def _no_folder(path: Path) -> ExportError:
    return ExportError(f"{path}: no folder, where the export needs one; move it away")


def _error(path: Path, error: OSError) -> ExportError:
    return ExportError(f"{path}: {_reason(error)}")


def _reason(error: OSError) -> str:
    if isinstance(error, BlockingIOError):
        return "another export is writing there; wait until it is done"
    if isinstance(error, ChildProcessError):
        return "the process that writes the files was ended from outside; export again: all files are whole"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "no space left; free some and export again: the files that are there are whole"
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return "a file stands where a folder is needed; export into another folder"
    if isinstance(error, IsADirectoryError):
        return "a folder, where the export needs a file; move it away, and export again"
    return f"cannot be exported to ({error.strerror or error}); export into a folder that can be written"
