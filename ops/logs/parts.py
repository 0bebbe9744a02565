"""The parts of a log: the file that is written to, and the older ones that it was rotated into."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from time import monotonic

OLDER_PARTS = 4
"""How many are kept of one log. What is older than those is given up."""
_REST = 5.0
"""Seconds for which a log that cannot be written is left alone."""


def older_parts(path: Path) -> dict[int, Path]:
    """By their numbers the parts that a log was rotated into, the oldest first: ``run-7.jsonl.1`` …

    A part keeps its number: who reads a log while it is rotated misses nothing.
    """
    found = {}
    with suppress(OSError):
        for entry in os.scandir(path.parent):
            stem, _, number = entry.name.rpartition(".")
            if stem == path.name and number.isascii() and number.isdecimal() and entry.is_file():
                found[int(number)] = Path(entry.path)
    return dict(sorted(found.items()))


def is_there(path: Path) -> bool:
    """Whether there is anything of a log."""
    return path.is_file() or bool(older_parts(path))


class LogFile(logging.Handler):
    """A log that is rotated, and written on for as long as it can be: what is logged goes on without it.

    Several processes may write one log: a line is one write, and whoever finds it rotated by another goes on
    in the new file. A disk that is full is tried again after a while. `failure` is the first that was met.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        super().__init__()
        self.failure: OSError | None = None
        self._path, self._most_bytes = path, most_bytes
        self._rests_until = 0.0
        self._file: FileIO | None = self._opened()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, unless the last one could not be, just now."""
        if self._rests_until > monotonic():
            return
        try:
            self._write(self.format(record).encode("utf-8", "backslashreplace") + b"\n")
        except OSError as error:
            self.failure = self.failure or error
            self._rests_until = monotonic() + _REST
            self._let_go()

    def close(self) -> None:
        """Close the file."""
        self._let_go()
        super().close()

    def _write(self, line: bytes) -> None:
        file = self._file_with_room()
        while line:  # a disk that becomes full takes some of it
            line = line[file.write(line) or 0 :]

    def _file_with_room(self) -> FileIO:
        file = self._file = self._file or self._opened()
        there = _status(self._path)
        if there and os.path.samestat(there, os.fstat(file.fileno())):
            if there.st_size < self._most_bytes:
                return file
            self._rotate(file)
        self._let_go()
        self._file = self._opened()
        return self._file

    def _rotate(self, file: FileIO) -> None:
        """Make the file the newest of the older parts, unless another process has."""
        with _locked(file):
            there = _status(self._path)
            if not there or not os.path.samestat(there, os.fstat(file.fileno())):
                return
            older = older_parts(self._path)
            self._path.rename(f"{self._path}.{max(older, default=0) + 1}")
            for part in list(older.values())[: max(len(older) + 1 - OLDER_PARTS, 0)]:
                part.unlink(missing_ok=True)

    def _opened(self) -> FileIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = FileIO(self._path, "ab+")
        with suppress(OSError):  # half a line, of one that was killed or had no room, is to spoil no other
            if os.pread(file.fileno(), 1, os.fstat(file.fileno()).st_size - 1) not in (b"", b"\n"):
                file.write(b"\n")
        return file

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()


@contextmanager
def _locked(file: FileIO) -> Iterator[None]:
    with suppress(OSError):  # where the file system knows no locks, two processes at once are bad luck
        fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
