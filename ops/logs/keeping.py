"""Logs: one file of JSON lines for each run and one for the service, and a quiet console."""

import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS, LogData
from pythonjsonlogger.json import JsonFormatter

from archive.errors import StoreUnavailable
from ops.logs.parts import LogFile

logger = logging.getLogger(__name__)
OWN_LOGGERS = ("archive", "crawler", "scheduler", "ops")
_NO_EXTRAS = ("spider", "crawler", "taskName", "time", "level", "logger")
"""Objects that Scrapy and asyncio attach to their records, which are no data; and what is in every line."""
_ALWAYS_KEPT = 20
"""Logs of the newest so many runs stay, however old."""
_OF_A_RUN = re.compile(r"run-(?P<id>[0-9]+)\.jsonl(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much of the logs is kept."""

    days: float = 30.0
    """Logs of runs that are older go, but for those of the newest runs."""
    most_bytes: int = 64 << 20
    """A log that has grown so long is rotated."""


DEFAULT = Keeping()


def log_path(logs: Path, run_id: int) -> Path:
    """Where the log of a run is."""
    return logs / f"run-{run_id}.jsonl"


def error_log_path(logs: Path) -> Path:
    """Where unexpected errors outside of runs are logged."""
    return logs / "errors.jsonl"


def service_log_path(logs: Path) -> Path:
    """Where the scheduling service logs."""
    return logs / "service.jsonl"


@contextmanager
def run_log(path: Path, run_id: int | None, level: str, keeping: Keeping = DEFAULT) -> Iterator[None]:
    """Keep the messages of all loggers, from `level` up, in the file: one JSON object a line, appended.

    Each has ``time`` (UTC, ISO 8601, milliseconds), ``level``, ``logger``, ``message``, ``run`` and what the
    code added (``url``, ``status``, ``reason``). Logs of old runs are removed first. Raises
    `StoreUnavailable` where the file cannot be written; where that is so only later, the log breaks off, and
    it is raised at the end.
    """
    with _logging_to(path, level, {"run": run_id}, keeping) as file:
        if run_id is not None:
            prune(path.parent, keeping.days)
        yield
    if file.failure:
        raise StoreUnavailable(
            f"{path}: the log breaks off ({file.failure.strerror}); "
            "make room there, what was stored is intact"
        ) from file.failure


@contextmanager
def service_log(logs: Path, level: str, keeping: Keeping = DEFAULT) -> Iterator[None]:
    """Keep the messages of all loggers in the log of the scheduling service, as `run_log` does.

    Each line has the service's process number as ``service``; ``run`` where it is about one. Raises
    `StoreUnavailable` where the file cannot be written at the start. Later on, what a full disk does not take
    is lost, and no reason to end.
    """
    with _logging_to(service_log_path(logs), level, {"run": None, "service": os.getpid()}, keeping):
        yield


def prune(logs: Path, days: float) -> None:
    """Remove the logs of runs that have not been written to for so many days, but for the newest runs'.

    What cannot be removed is named in the log.
    """
    found: dict[int, list[Path]] = {}
    try:
        for entry in os.scandir(logs):
            if of_a_run := _OF_A_RUN.fullmatch(entry.name):
                found.setdefault(int(of_a_run["id"]), []).append(Path(entry.path))
        for run_id in sorted(found)[:-_ALWAYS_KEPT]:
            if time.time() - max(part.stat().st_mtime for part in found[run_id]) <= days * 86_400:
                break  # those that follow are younger
            for part in found[run_id]:
                part.unlink(missing_ok=True)
    except FileNotFoundError:
        return  # another run prunes as well
    except OSError as error:
        logger.warning("old logs cannot be removed: %s", error)


def set_up_console(*, debug: bool) -> None:
    """Send our own errors to the console, or everything where debugging.

    Warnings are for the log of the run, whose summary counts them: cron mails whatever is printed.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.DEBUG if debug else logging.ERROR)
    if not debug:
        handler.addFilter(lambda record: record.name.partition(".")[0] in OWN_LOGGERS)
    logging.captureWarnings(True)  # libraries' deprecations are for the log as well
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if debug else logging.WARNING)


@contextmanager
def _logging_to(path: Path, level: str, fields: Mapping[str, Any], keeping: Keeping) -> Iterator[LogFile]:
    try:
        file = LogFile(path, keeping.most_bytes)
    except OSError as error:
        raise StoreUnavailable(f"{path}: the log cannot be written ({error.strerror})") from error
    file.setFormatter(_LineFormatter(fields))
    file.setLevel(level)
    root = logging.getLogger()
    before = root.level
    root.addHandler(file)
    root.setLevel(min(before, file.level))
    try:
        yield file
    finally:
        root.removeHandler(file)
        root.setLevel(before)
        file.close()


class _LineFormatter(JsonFormatter):
    """One line of JSON for every record, whatever is in it."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(
            json_serializer=_dumped, json_ensure_ascii=False, reserved_attrs=[*RESERVED_ATTRS, *_NO_EXTRAS]
        )
        self._fields = fields

    def format(self, record: logging.LogRecord) -> str:
        """The line; of a record whose message cannot be made, what it was to be made of."""
        try:
            return super().format(record)
        except Exception as error:  # noqa: BLE001 a slip in a message must neither end a crawl nor lose the message
            told = f"{record.msg!s} (cannot be put together: {error})"
            about = (record.name, record.levelno, record.pathname, record.lineno, told, None, None)
            return super().format(logging.LogRecord(*about))

    def add_fields(self, log_data: LogData, record: logging.LogRecord, message_dict: LogData) -> None:
        """The fields of every line first, in one order; then what the code added."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["time"] = moment.replace("+00:00", "Z")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.message
        log_data.update(self._fields)
        super().add_fields(log_data, record, message_dict)


def _dumped(data: LogData, **options: Any) -> str:
    """As JSON; where something is in it that JSON has no form for, that as text."""
    try:
        return json.dumps(data, allow_nan=False, **options)
    except (TypeError, ValueError, RecursionError):  # no number, a key that is no text, a circle
        plain = {name: value if isinstance(value, _SIMPLE) else repr(value) for name, value in data.items()}
        return json.dumps(plain, allow_nan=False, **options)


_SIMPLE = (str, int, type(None))
