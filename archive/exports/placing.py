"""Placing: small files written under numbers into one folder, and renamed from there to their names.

Run as a script it does the same in a process of its own, told what to do through its standard input: making
files takes the system longer than anything else in an export, and so goes on beside the rest. It has to start
at once, and imports nothing of ours.
"""

import os
import signal
import struct
import sys
from typing import BinaryIO
from zlib import crc32

WRITE, SYNC, PLACE, REPLACE = b"wspr"
TOLD = struct.Struct("<BIQ")
"""What to do; the number of the file; how many bytes follow: the file's own, or its name."""
ANSWER = struct.Struct("<IQQ")
"""The number of the error that ended it, 0 for none; what the stamp gains: files, and their total."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_MOST_AT_ONCE = 1 << 20
MODULUS = 1 << 64


def write_file(staging: int, number: int, data: bytes) -> None:
    """Write a file under its number into the folder, given as its descriptor."""
    file = os.open(str(number), _NEW, 0o666, dir_fd=staging)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(file, view[:_MOST_AT_ONCE]) :]
    finally:
        os.close(file)


def place_file(staging: int, number: int, folder: int, name: bytes, *, replaces: bool) -> tuple[int, int]:
    """Rename a file from its number to its name; how many files more there are, and what the stamp gains."""
    lost = fingerprint(name, os.stat(name, dir_fd=folder, follow_symlinks=False)) if replaces else 0
    os.rename(str(number), name, src_dir_fd=staging, dst_dir_fd=folder)
    gained = fingerprint(name, os.stat(name, dir_fd=folder, follow_symlinks=False))
    return (0 if replaces else 1), gained - lost


def fingerprint(name: bytes, found: os.stat_result) -> int:
    """A number that a file has as long as nobody touches it; in every process the same."""
    # Python gives numbers, unlike texts, the same hash everywhere.
    return hash((crc32(name), found.st_ino, found.st_size, found.st_ctime_ns))


def _serve(told: BinaryIO, answers: BinaryIO, staging: int, folder: int) -> None:
    """Do what is told, in order, until no more comes. It answers a request to sync, and at the end."""
    files = total = 0
    while len(head := told.read(TOLD.size)) == TOLD.size:
        what, number, length = TOLD.unpack(head)
        data = told.read(length)
        if len(data) < length:
            return
        if what == WRITE:
            write_file(staging, number, data)
        elif what == SYNC:
            os.sync()
            _answer(answers)
        else:
            more, gain = place_file(staging, number, folder, data, replaces=what == REPLACE)
            files, total = files + more, total + gain
    _answer(answers, 0, files, total % MODULUS)


def _answer(answers: BinaryIO, error: int = 0, files: int = 0, total: int = 0) -> None:
    answers.write(ANSWER.pack(error, files, total))
    answers.flush()


def main() -> None:
    """Serve whoever has started this; signals that a terminal sends to both are its."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    staging, folder = map(int, sys.argv[1:])
    answers = sys.stdout.buffer
    try:
        _serve(sys.stdin.buffer, answers, staging, folder)
    except OSError as error:
        _answer(answers, error.errno or 5)


if __name__ == "__main__":
    main()
