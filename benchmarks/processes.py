"""Whole processes, timed."""

import os
import subprocess
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
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=os.environ | {"ARCHIVE_DATA_DIR": str(data)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Measured(time.perf_counter() - began, used.ru_maxrss / 1024)
