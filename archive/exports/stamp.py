"""The stamp: by which it is seen, without reading a file, that nobody has touched an exported folder since.

Of each file it has what the system says: its inode, its size, and when anything of it last changed, which
nobody can set. It is a sum, so an export that knows what it did to which file has the
stamp of its folder without another look; what others did meanwhile is not in it, and so is found next time.
"""

import os
import struct
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from archive.exports.placing import MODULUS, fingerprint

STAGING = ".archive-export"
"""The hidden folder of an export under way; part of the stamp for all but that export."""
NOTE = "; "
"""Behind it a layout may note, with the stamp of its folder, what it has to know the next time."""
_ANSWER = struct.Struct("<QQ")
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


def stamp_of(path: Path, nested: Collection[str] = (), processes: int = 1) -> Stamp:
    """The stamp of a folder, with all that is below those of its folders that are `nested`.

    Of other folders in it their being there is all that counts. The system takes its time for each file, so
    several processes may share the files. Raises `OSError`.
    """
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with ExitStack() as others:
            shares = [_Share(number, processes) for number in range(1, processes)]
            answers = [others.enter_context(_beside(folder, nested, share)) for share in shares]
            stamp = stamp_of_open(folder, nested, share=_Share(0, processes))
            for answer in answers:
                stamp.join(*answer())
        return stamp
    finally:
        os.close(folder)


def stamp_of_open(
    folder: int, nested: Collection[str], ours: str = "", share: "_Share | None" = None
) -> Stamp:
    """The same of an open folder; `ours` is left out. Raises `OSError`."""
    stamp = Stamp()
    _take_in(stamp, folder, "", _Scope(nested, ours, share or _Share()))
    return stamp


class _Share(NamedTuple):
    """The files that one of several processes sees to: whose inode, divided by `of`, leaves `number`."""

    number: int = 0
    of: int = 1


class _Scope(NamedTuple):
    nested: Collection[str]
    ours: str
    share: _Share


@contextmanager
def _beside(folder: int, nested: Collection[str], share: _Share) -> Iterator[Callable[[], tuple[int, int]]]:
    """Have another process see to a share of the files; what it answers is waited for."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:  # two processes with one descriptor would read from one list of names
            own = os.open(".", _FOLDER, dir_fd=folder)
            stamp = stamp_of_open(own, nested, share=share)
            os.write(writing, _ANSWER.pack(stamp.files, stamp.total))
        finally:
            os._exit(0)
    os.close(writing)

    def answer() -> tuple[int, int]:
        told = os.read(reading, _ANSWER.size)
        if len(told) < _ANSWER.size:
            raise ChildProcessError("a share of the folder was not seen to")
        files, total = _ANSWER.unpack(told)
        return files, total

    try:
        yield answer
    finally:
        os.close(reading)
        os.waitpid(child, 0)


def _take_in(stamp: Stamp, folder: int, prefix: str, scope: _Scope) -> None:
    files = total = 0
    number, of = scope.share
    with os.scandir(folder) as found:
        for entry in found:
            is_ours = entry.inode() % of == number
            if not entry.is_dir(follow_symlinks=False):
                if is_ours:
                    files += 1
                    total += fingerprint(_bytes(prefix + entry.name), entry.stat(follow_symlinks=False))
            elif prefix or entry.name in scope.nested:
                below = os.open(entry.name, _FOLDER, dir_fd=folder)
                try:
                    _take_in(stamp, below, f"{prefix}{entry.name}/", scope)
                finally:
                    os.close(below)
            elif is_ours and entry.name != scope.ours:
                stamp.join(1, hash((crc32(_bytes(entry.name)), entry.inode())))
    stamp.join(files, total)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
