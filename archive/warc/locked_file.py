"""A WARC file that one process at a time writes to."""

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from archive.errors import StoreUnavailable

_FULL = "disk full; free some space, what is committed is intact"
_NO_RIGHT = "cannot be written; give this program the right to write there"
_REASONS: Mapping[int, str] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "no file may be larger here; raise the limit (ulimit -f), what is committed is intact",
    errno.EROFS: _NO_RIGHT,
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EIO: "the disk fails to read or write; check the disk and its mount",
    errno.ENOENT: "missing; make the folder, or mount the disk that it is on",
    errno.ENOTDIR: "no folder; name another one, or move the file away",
    errno.EWOULDBLOCK: "another process has it open; end that one",
}


class LockedFile:
    """A file held open under an exclusive lock, written at its end alone."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take the lock. Raises `BlockingIOError` where another process has it."""
        self.path = path
        self._descriptor = descriptor
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.size = os.fstat(descriptor).st_size
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file that is there. Raises `FileNotFoundError`, and `BlockingIOError` if it is locked."""
        return cls(path, os.open(path, os.O_RDWR | os.O_NOFOLLOW))

    @classmethod
    def create(cls, path: Path, head: bytes) -> Self:
        """Make a file that begins with `head`, and bring it to disk. Raises `FileExistsError`."""
        file = cls(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644))
        try:
            file.append(head)
            file.sync()
            sync_folder(path.parent)
        except BaseException:
            file.close()
            raise
        return file

    def append(self, data: bytes) -> None:
        """Write at the end."""
        rest = memoryview(data)
        while rest:
            written = os.pwrite(self._descriptor, rest, self.size)
            self.size += written
            rest = rest[written:]

    def cut(self, length: int) -> None:
        """Take away what is beyond `length`, whether it was written whole or not."""
        if os.fstat(self._descriptor).st_size > length:
            os.ftruncate(self._descriptor, length)
            os.fsync(self._descriptor)
        self.size = length

    def sync(self) -> None:
        """Bring what was written to disk, where it is still found by its name."""
        os.fsync(self._descriptor)
        if not os.fstat(self._descriptor).st_nlink:
            raise StoreUnavailable(f"{self.path}: was removed while it was written; leave it to the archive")

    def head_sha256(self, length: int) -> str:
        """The SHA-256 of the first bytes."""
        return hashlib.sha256(os.pread(self._descriptor, length, 0)).hexdigest()

    def is_as_long_as_it_was(self) -> bool:
        """Whether nobody else has shortened it."""
        return os.fstat(self._descriptor).st_size >= self.size

    def close(self) -> None:
        """Let go of the file and its lock."""
        with suppress(OSError):  # what counts is on disk already
            os.close(self._descriptor)


def sync_folder(folder: Path) -> None:
    """Bring to disk which files are in the folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the system's errors into `StoreUnavailable`, with what to do about them."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, f"cannot be used ({error.strerror or error})")
        raise StoreUnavailable(f"{path}: {reason}") from error
