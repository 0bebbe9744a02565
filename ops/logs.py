"""Logs: one file of JSON lines for each run, and a quiet console."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pythonjsonlogger.core import RESERVED_ATTRS, LogData
from pythonjsonlogger.json import JsonFormatter

from archive.errors import StoreUnavailable

OWN_LOGGERS = ("archive", "crawler", "scheduler", "ops")
_SCRAPYS_OBJECTS = ("spider", "crawler")
"""Scrapy attaches these to its records; they are no data."""


def log_path(logs: Path, run_id: int) -> Path:
    """Where the log of a run is."""
    return logs / f"run-{run_id}.jsonl"


def error_log_path(logs: Path) -> Path:
    """Where unexpected errors outside of runs are logged."""
    return logs / "errors.jsonl"


@contextmanager
def run_log(path: Path, run_id: int | None, level: str) -> Iterator[None]:
    """Keep the messages of all loggers, from `level` up, in the file: one JSON object a line, appended.

    Each has ``time`` (UTC, ISO 8601, milliseconds), ``level``, ``logger``, ``message``, ``run`` and what the
    code added (``url``, ``status``, ``reason``). Raises `StoreUnavailable` where the file cannot be written;
    where that is so only later, the log breaks off, and it is raised at the end.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(path)
    except OSError as error:
        raise StoreUnavailable(f"{path}: the log cannot be written ({error.strerror})") from error
    handler.setFormatter(_RunFormatter(run_id))
    handler.setLevel(level)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(min(before, handler.level))
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()
    if handler.failure:
        raise StoreUnavailable(
            f"{path}: the log breaks off ({handler.failure.strerror}); "
            "make room there, what was stored is intact"
        ) from handler.failure


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


class _LogFile(logging.FileHandler):
    """A file that is written on for as long as it can be: what is logged goes on without it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace")
        self.failure: OSError | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, unless an earlier one could not be."""
        if self.failure is None:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 the library's name
        """Note the error; the library would print its traceback, once for every line."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self.failure = error
        else:
            super().handleError(record)

    def close(self) -> None:
        """Close the file, which writes what is left."""
        try:
            super().close()
        except OSError as error:
            self.failure = self.failure or error


class _RunFormatter(JsonFormatter):
    def __init__(self, run_id: int | None) -> None:
        super().__init__(
            json_ensure_ascii=False, reserved_attrs=[*RESERVED_ATTRS, *_SCRAPYS_OBJECTS, "taskName"]
        )
        self._run_id = run_id

    def add_fields(self, log_data: LogData, record: logging.LogRecord, message_dict: LogData) -> None:
        """The fields of every line first, in one order; then what the code added."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["time"] = moment.replace("+00:00", "Z")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.message
        log_data["run"] = self._run_id
        super().add_fields(log_data, record, message_dict)
