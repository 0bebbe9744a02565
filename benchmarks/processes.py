"""Whole processes, timed.

Each is launched by a small process of its own: up to the moment at which a new process becomes another
program, the kernel counts the memory of whoever launched it as its own, be that a gigabyte.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """What a process took; the memory is that of the largest of it and its children."""

    seconds: float
    megabytes: float


def run(command: Sequence[str], data: Path) -> Measured:
    """Run a command to its end. Raises SystemExit where it fails."""
    launched = subprocess.run(
        (sys.executable, "-I", "-S", __file__, *command),
        env=os.environ | {"ARCHIVE_DATA_DIR": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if launched.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {launched.returncode}")
    seconds, megabytes = map(float, launched.stdout.split())
    return Measured(seconds, megabytes)


def launch(command: Sequence[str]) -> int:
    """Run a command to its end, and print what it took; its exit code.

    What others have left to the system to write is written before.
    """
    os.sync()
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    print(time.perf_counter() - began, used.ru_maxrss / 1024)
    return process.returncode


if __name__ == "__main__":
    raise SystemExit(launch(sys.argv[1:]))
