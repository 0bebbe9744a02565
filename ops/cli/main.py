"""The edge of the program: errors become one line and an exit code."""

import errno
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from typer import Abort
from typer.exceptions import TyperException

from archive.errors import ArchiveError
from ops.cli.app import app
from ops.configuration.settings import Settings
from ops.exit_codes import ExitCode, code_of_error
from ops.logs.keeping import error_log_path, run_log
from ops.terminal import write_note
from ops.wiring import log_keeping

logger = logging.getLogger(__name__)
_INTERRUPTED = 130
"""What a shell makes of a program ended by Ctrl-C."""


def main() -> None:
    """Run the command line, and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code. Whatever goes wrong is told in one line on standard error."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show Chinese shows escapes instead
            stream.reconfigure(errors="backslashreplace")
    try:
        code = int(app(list(arguments), prog_name="archive", standalone_mode=False) or ExitCode.DONE)
        sys.stdout.flush()
        if code == _INTERRUPTED:
            write_note("archive: interrupted")
    except BaseException as error:  # noqa: BLE001 the last resort: a line for the user, the traceback for us
        return _code_of(error)
    return code


def _open_what_is_closed() -> None:
    """Have streams that were closed at the start (``>&-``) lead nowhere.

    Else the next file to be opened, such as the store, would get their numbers, in child processes too.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 to the end


def _code_of(error: BaseException) -> int:
    """The exit code for what ended a command, after telling the user."""
    match error:
        case BrokenPipeError() | SystemExit(__context__=BrokenPipeError()):  # Typer and Rich end it so
            return _when_reader_left()
        case SystemExit(code=int(code)):
            return code
        case TyperException():
            return _told(f"{error.format_message()} (see archive --help)", ExitCode.USAGE)
        case ArchiveError():
            return _told(str(error), code_of_error(error))
        case Abort() | KeyboardInterrupt():
            return _told("interrupted", _INTERRUPTED)
        case _:
            return _no_room(error) if getattr(error, "errno", 0) == errno.ENOSPC else _internal(error)


def _told(message: str, code: int) -> int:
    try:
        write_note(f"archive: {message}")
        sys.stdout.flush()
    except OSError:  # the exit code is to tell it nevertheless
        _print_nowhere()
    return code


def _no_room(error: BaseException) -> int:
    where = getattr(error, "filename", None) or "what is printed"
    return _told(f"{where}: disk full; free some space, what is committed is intact", ExitCode.STORAGE)


def _internal(error: BaseException) -> int:
    settings = None
    with suppress(ArchiveError):
        settings = Settings.load()
    if settings is None or settings.debug:
        sys.excepthook(type(error), error, error.__traceback__)
    where = "shown with ARCHIVE_DEBUG=1"
    if settings is not None:
        path = error_log_path(settings.logs)
        logging.getLogger().handlers.clear()  # the console's: the traceback is for the file
        with suppress(ArchiveError):
            with run_log(path, None, "ERROR", log_keeping(settings)):
                logger.error("unexpected error", exc_info=error)
            where = f"the traceback is in {path}"
    return _told(f"internal error: {type(error).__name__}: {error} ({where})", ExitCode.INTERNAL)


def _when_reader_left() -> int:
    """End quietly: what was read was enough."""
    _print_nowhere()
    return ExitCode.DONE


def _print_nowhere() -> None:
    """From now on nothing is written where nothing can be, at exit neither."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
