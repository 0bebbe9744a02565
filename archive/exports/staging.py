"""Staging: new bytes are kept in a hidden folder, brought to disk, and only then given their names."""

import fcntl
import os
import subprocess
import sys
from contextlib import suppress
from typing import BinaryIO, cast

from archive.exports import placing
from archive.exports.placing import ANSWER, PLACE, REPLACE, SYNC, TOLD, WRITE, place_file, write_file
from archive.exports.stamp import Stamp

ALONE_UP_TO = 1000
"""Files. For more of them a process of its own is begun, and one sync of the whole file system beats as many
waits for the disk."""
_AT_ONCE = 1 << 20
"""Bytes told to it at once."""


class Staging:
    """The files of one export, on their way; both folders are given as descriptors.

    `stamp` is kept up to date with what is placed. Raises `OSError`, such as `ChildProcessError` where the
    process was ended that writes.
    """

    def __init__(self, staging: int, folder: int, stamp: Stamp) -> None:
        self._staging, self._folder, self._stamp = staging, folder, stamp
        self._written = 0
        self._writer: _Writer | None = None

    def write(self, number: int, data: bytes) -> None:
        """Keep the bytes under the number."""
        if self._writer is None and self._written >= ALONE_UP_TO:
            self._writer = _Writer(self._staging, self._folder)
        if self._writer is not None:
            self._writer.tell(WRITE, number, data)
            return
        write_file(self._staging, number, data)
        self._written += 1

    def settle(self) -> None:
        """Bring all of it to disk: a power cut after `place` then leaves no empty files."""
        if self._writer is not None:
            self._writer.sync()
            return
        with os.scandir(self._staging) as found:
            staged = [entry.name for entry in found if entry.name.isdecimal()]
        if len(staged) > ALONE_UP_TO:
            os.sync()
            return
        for name in staged:
            sync_file(self._staging, name)

    def place(self, number: int, name: str, *, replaces: bool) -> None:
        """Have the bytes take their name, at once replacing the file that has it; by `finish` it is done."""
        if self._writer is not None:
            self._writer.tell(REPLACE if replaces else PLACE, number, os.fsencode(name))
            return
        gained = place_file(self._staging, number, self._folder, os.fsencode(name), replaces=replaces)
        self._stamp.join(*gained)

    def finish(self) -> None:
        """Wait until all is done that was told; nothing can be staged any more."""
        if self._writer is not None:
            self._stamp.join(*self._writer.finish())
            self._writer = None

    def abandon(self) -> None:
        """End the process that writes, if there is one, whatever it is doing."""
        if self._writer is not None:
            self._writer.abandon()


class _Writer:
    """The process that does it (`archive.exports.placing`). It has the folder's lock too, until it ends."""

    def __init__(self, staging: int, folder: int) -> None:
        command = [sys.executable, "-I", "-S", placing.__file__, str(staging), str(folder)]
        self._process = subprocess.Popen(  # noqa: S603 our own file
            command,
            bufsize=_AT_ONCE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(staging, folder),
        )
        self._told = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        with suppress(AttributeError, OSError):  # Linux alone has it, and it only makes for fewer turns
            fcntl.fcntl(self._told, fcntl.F_SETPIPE_SZ, _AT_ONCE)

    def tell(self, what: int, number: int, data: bytes) -> None:
        """Tell it what to do, some time. It stops reading where it met an error, which is then raised."""
        try:
            self._told.write(TOLD.pack(what, number, len(data)) + data)
        except BrokenPipeError:
            self._answer()

    def sync(self) -> None:
        """Have it bring everything to disk."""
        self.tell(SYNC, 0, b"")
        self._flush()
        self._answer()

    def finish(self) -> tuple[int, int]:
        """Have it end once all is done; what the stamp gains."""
        self._flush()
        with suppress(BrokenPipeError):
            self._told.close()
        gain = self._answer()
        self._process.wait()
        self._answers.close()
        return gain

    def abandon(self) -> None:
        """End it at once."""
        self._process.kill()
        with suppress(BrokenPipeError):
            self._told.close()
        self._process.wait()
        self._answers.close()

    def _flush(self) -> None:
        try:
            self._told.flush()
        except BrokenPipeError:
            self._answer()

    def _answer(self) -> tuple[int, int]:
        answer = self._answers.read(ANSWER.size)
        if len(answer) < ANSWER.size:
            raise ChildProcessError
        error, files, total = ANSWER.unpack(answer)
        if error:
            raise OSError(error, os.strerror(error))
        return files, total


def sync_file(folder: int, name: str) -> None:
    """Bring one file of an open folder to disk."""
    file = os.open(name, os.O_RDONLY, dir_fd=folder)
    try:
        os.fsync(file)
    finally:
        os.close(file)
