"""Reading the log of a run: filtered by level, followed while the run goes on."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FIXED = ("time", "level", "logger", "message", "run")
_POLL = 0.3
"""Seconds between two looks at a log that is followed."""


def log_lines(path: Path, level: str, goes_on: Callable[[], bool] = lambda: False) -> Iterator[str]:
    """The lines of a log from `level` up; then those that come, for as long as `goes_on`.

    A last line that is not whole yet is waited for; where nobody is writing any more, it is left out.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        while True:
            # Asked before reading: what was written before the end is then read in any case.
            more_may_come = goes_on()
            yield from (line for line in _whole_lines(file) if _is_severe(line, level))
            if not more_may_come:
                return
            time.sleep(_POLL)


def readable(line: str) -> str:
    """A line of the log for people: time, level, logger, message, and what else it says."""
    record = _record(line)
    if not record:
        return line
    extras = [f"{name}={_shown(value)}" for name, value in record.items() if name not in _FIXED]
    time_, level, logger, message = (str(record.get(name, "")) for name in _FIXED[:4])
    return "  ".join(filter(None, (time_, f"{level:7}", f"{logger}: {message}", " ".join(extras))))


def _whole_lines(file: TextIOWrapper) -> Iterator[str]:
    while True:
        start = file.tell()
        line = file.readline()
        if not line.endswith("\n"):
            file.seek(start)
            return
        yield line.rstrip("\n")


def _is_severe(line: str, level: str) -> bool:
    number = logging.getLevelName(str(_record(line).get("level", "CRITICAL")))
    return not isinstance(number, int) or number >= LEVELS.index(level) * 10 + 10


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
