"""The folder exported to: each of its files is whole at every instant, and one export at a time writes."""

import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from archive.errors import ExportError
from archive.exports.file_names import MANIFEST
from archive.exports.journal import Placement, Removal, Step, read_steps, step_line
from archive.exports.staging import Staging, sync_file
from archive.exports.stamp import NOTE, STAGING, Stamp, stamp_of_open

_LAST = "last"
_PLAN = "plan"
_DRAFT = "draft"
_JOURNAL = "journal"
_OURS = frozenset({_LAST, _PLAN, _DRAFT})
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_PATIENCE = 0.5
"""Seconds for the lock. After a kill, the process that writes files has it as long as it takes to notice."""


class ExportFolder:
    """A folder under the lock of one export; it is made where it does not exist.

    New bytes, the manifest too, are staged in a hidden folder inside it, brought to disk together, and only
    then renamed to their names, so a killed export leaves whole files, and one that runs out of space leaves
    everything as it was. Once the first file has its name, a journal in the hidden folder says what is left
    to do, and the next export begins by doing that: the folder it finds is that before a killed export, or
    behind one that ended. Names may be below the folders `nested`, which are made as they are needed, and
    deleted once they are empty. Raises `ExportError` throughout, naming the path at hand.
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
                self._complete()
                self._clear_staging()
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
            if not self._is_under_way():
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

    def write_ahead(
        self, manifest: Iterable[str], placements: Iterable[Placement], removals: Iterable[str]
    ) -> None:
        """Bring to disk what is staged, the manifest, and what is now to be done, before any of it is done.

        So no file lacks space from here on, and after a kill the next export does the rest. A manifest stays
        where it is if it is equal.
        """
        with explained(self.path):
            with self._opened(_LAST) as file:
                file.writelines(manifest)
            if self.digest(f"{STAGING}/{_LAST}") == self.digest(MANIFEST):
                os.unlink(_LAST, dir_fd=self._hidden)
            with self._opened(_DRAFT) as file:
                file.writelines(map(step_line, placements))
                file.writelines(step_line(Removal(name, self._mark(name))) for name in removals)
                has_steps = file.tell() > 0
        self.settle()
        with explained(self.path):
            if self._is_hidden(_LAST):
                sync_file(self._hidden, _LAST)
            if has_steps:
                sync_file(self._hidden, _DRAFT)
                os.rename(_DRAFT, _JOURNAL, src_dir_fd=self._hidden, dst_dir_fd=self._hidden)
                os.fsync(self._hidden)

    def put_in_order(
        self, manifest: Iterable[str], placements: Sequence[Placement], removals: Sequence[str]
    ) -> None:
        """Place, remove and give the manifest its name, all of it written ahead."""
        self.write_ahead(manifest, placements, removals)
        for number, name, _, is_there in placements:
            self.place(number, name, replaces=is_there)
        for name in removals:
            self.remove(name)
        self.write_last()

    def write_last(self) -> None:
        """Give the manifest its name, which vouches for the others."""
        with explained(self.path):
            self._staging.finish()
            for folder in (".", *sorted(self._below)):
                sync_file(self._lock, folder)
            if self._is_hidden(_LAST):
                before = self._stat(MANIFEST)
                os.rename(_LAST, MANIFEST, src_dir_fd=self._hidden, dst_dir_fd=self._lock)
                if before is not None:
                    self._stamp.remove(MANIFEST, before)
                self._stamp.add(MANIFEST, os.stat(MANIFEST, dir_fd=self._lock, follow_symlinks=False))
                os.fsync(self._lock)
            self._forget()

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

    def _complete(self) -> None:
        """Do what is left to do of an export that was killed. Raises `ExportError` for others' files."""
        if not self._is_hidden(_JOURNAL):
            return
        self._stamp = Stamp()
        self._staging = Staging(self._hidden, self._lock, self._stamp)
        for step in self._steps():
            self._refuse_in_the_way(step)
        for step in self._steps():
            if isinstance(step, Removal):
                if self._mark(step.name) == step.mark:
                    self.remove(step.name)
            elif self._is_hidden(str(step.number)):
                self.place(step.number, step.name)
        self.write_last()

    def _steps(self) -> Iterator[Step]:
        return read_steps(self.path / STAGING / _JOURNAL)

    def _refuse_in_the_way(self, step: Step) -> None:
        """Refuse what somebody has put, since the kill, where a new file is to be, or was."""
        if isinstance(step, Removal) or step.replaces or self._stat(step.name) is None:
            return
        if self.digest(step.name) != step.sha256:
            raise ExportError(
                f"{self.path / step.name}: not of an export, and in the way of one that was killed; "
                "move it away, and export again"
            )

    def _mark(self, name: str) -> str:
        """Which file has the name; empty where none has it."""
        found = self._stat(name)
        return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}" if found else ""

    def _is_hidden(self, name: str) -> bool:
        """Whether the hidden folder has a file of that name."""
        return self._stat(f"{STAGING}/{name}") is not None

    def _is_under_way(self) -> bool:
        """Whether a step of the journal has been taken; removals come behind all placements."""
        first = next(self._steps(), None) if self._is_hidden(_JOURNAL) else None
        return first is not None and not (isinstance(first, Placement) and self._is_hidden(str(first.number)))

    def _forget(self) -> None:
        """From here on there is nothing to complete."""
        with suppress(FileNotFoundError):
            os.unlink(_JOURNAL, dir_fd=self._hidden)

    def _clear_staging(self) -> None:
        self._forget()
        with os.scandir(self._hidden) as found:
            ours = [entry.name for entry in found if entry.name.isdecimal() or entry.name in _OURS]
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
