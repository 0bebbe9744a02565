"""Reading a log: all its parts in order, chosen by level, text and address, followed while it grows."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ops.logs.parts import older_parts

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FIXED = ("time", "level", "logger", "message", "run")
_POLL = 0.3
"""Seconds between two looks at a log that is followed."""
_TRIES = 10
"""How often a log is opened that is being rotated."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lines are wanted. A line that is broken has no level: it is severe, whatever it says."""

    level: str = "DEBUG"
    """The least severe."""
    text: str = ""
    """To be found in the message, or in what else the line says; in small letters or capitals."""
    url: str = ""
    """To be found in the address, likewise."""

    def takes(self, line: str) -> bool:
        """Whether a line is wanted."""
        record = record_of(line)
        said = _said(record) if record else line
        address = str(record.get("url", "")) if record else line
        return (
            severity(record) >= LEVELS.index(self.level) * 10 + 10
            and self.text.casefold() in said.casefold()
            and self.url.casefold() in address.casefold()
        )


ALL = Choice()


def log_lines(path: Path, choice: Choice = ALL, goes_on: Callable[[], bool] = lambda: False) -> Iterator[str]:
    """The wanted lines of a log; then those that come, for as long as `goes_on`.

    A last line that is not whole yet is waited for; where nobody is writing any more, it is left out.
    """
    places: dict[int, int] = {}
    while True:
        # Asked before reading: what was written before the end is then read in any case.
        more_may_come = goes_on()
        yield from filter(choice.takes, _new_lines(path, places))
        if not more_may_come:
            return
        time.sleep(_POLL)


def begins_later(path: Path) -> bool:
    """Whether the log has been rotated so often that its first lines are given up."""
    return next(iter(older_parts(path)), 1) > 1


def readable(line: str) -> str:
    """A line of the log for people: time, level, logger, message, and what else it says."""
    record = record_of(line)
    if not record:
        return line
    time_, level, logger = (str(record.get(name, "")) for name in _FIXED[:3])
    return "  ".join(filter(None, (time_, f"{level:7}", f"{logger}: {_said(record)}")))


def severity(record: dict[str, Any]) -> int:
    """The level as a number; of a record without one, that of the worst."""
    number = logging.getLevelName(str(record.get("level", "CRITICAL")))
    return number if isinstance(number, int) else logging.CRITICAL


def record_of(line: str) -> dict[str, Any]:
    """What a line of a log says; empty for one that is broken."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _new_lines(path: Path, places: dict[int, int]) -> Iterator[str]:
    """The whole lines behind the places that were read up to, in the parts by number; the places move on."""
    with ExitStack() as stack:
        parts = _opened(path, stack)
        for number, file in parts.items():
            file.seek(places.get(number, 0))
            for line in file:
                if not line.endswith(b"\n"):
                    break
                places[number] = places.get(number, 0) + len(line)
                yield line[:-1].decode("utf-8", "replace")


def _opened(path: Path, stack: ExitStack) -> dict[int, BinaryIO]:
    """The parts of a log in order, open, by number: that of the newest is the one which it would get."""
    found: dict[int, BinaryIO] = {}
    for _ in range(_TRIES):
        older = older_parts(path)
        numbered = older | ({max(older, default=0) + 1: path} if path.exists() else {})
        with suppress(FileNotFoundError):
            found = {number: stack.enter_context(part.open("rb")) for number, part in numbered.items()}
            if older_parts(path) == older:
                return found
        stack.close()  # rotated just now: the numbers may not be theirs
        found = {}
    return found


def _said(record: dict[str, Any]) -> str:
    extras = [f"{name}={_shown(value)}" for name, value in record.items() if name not in _FIXED]
    return "  ".join(filter(None, (str(record.get("message", "")), " ".join(extras))))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
