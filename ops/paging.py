"""Long output on a terminal, through the pager of whoever reads it.

Rich's pager is pydoc's. It takes all of the text before it shows any, loses it where the pager is not there,
and leaves `less` without the option that lets colours through.
"""

import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Annotated

import typer

from ops.terminal import is_dumb

NoPager = Annotated[bool, typer.Option("--no-pager", help="Not through $PAGER, on a terminal.")]
_USUAL = "less"
_FOR_PAGERS: Mapping[str, str] = MappingProxyType({"LESS": "FRX", "LV": "-c", "LESSCHARSET": "utf-8"})
"""As git has it, where the reader has not said otherwise: end at once where all fits on one screen, let
colours through, leave what was shown on the screen. And show Chinese whatever the locale."""


@contextmanager
def paged(*, wanted: bool = True) -> Iterator[None]:
    """What is written to standard output meanwhile goes through the pager, if people sit at a terminal.

    Who ends the pager has read enough: the rest is not written, and nothing has failed.
    """
    is_read_by_people = wanted and sys.stdin.isatty() and sys.stdout.isatty()
    command = pager_of(os.environ) if is_read_by_people else None
    if command is None:
        yield
        return
    sys.stdout.flush()
    # By a shell, as all do who have a pager: it is the reader's own command line.
    process = subprocess.Popen(command, shell=True, stdin=subprocess.PIPE, env=pager_environment(os.environ))  # noqa: S602
    terminal = sys.stdout
    pager = _ToPager(_pipe_of(process), encoding=terminal.encoding, errors="backslashreplace")
    try:
        sys.stdout = pager
        yield
    except BrokenPipeError:
        pass
    finally:
        sys.stdout = terminal
        _end(pager, process)


def pager_of(environment: Mapping[str, str]) -> str | None:
    """The pager's command line; None where there is none, or none is wanted."""
    command = environment.get("PAGER", _USUAL).strip()
    if command in ("", "cat") or is_dumb(environment):
        return None
    with suppress(ValueError):  # quotation marks that do not end
        program = next((word for word in shlex.split(command) if "=" not in word), "")
        if shutil.which(program, path=environment.get("PATH")):
            return command
    return None


def pager_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a pager: with colours in `less`, whatever other options are set for it."""
    options = {"LESS": f"-R {environment['LESS']}"} if "LESS" in environment else {}
    return {**_FOR_PAGERS, **environment, **options}


class _ToPager(io.TextIOWrapper):
    """A pipe into the pager, which shows on a terminal what comes."""

    def isatty(self) -> bool:
        return True


def _pipe_of(process: "subprocess.Popen[bytes]") -> io.BufferedWriter:
    assert isinstance(process.stdin, io.BufferedWriter)  # noqa: S101 it was asked for
    return process.stdin


def _end(pager: _ToPager, process: "subprocess.Popen[bytes]") -> None:
    """Wait until it was read. Ctrl-C is for the pager: left behind, it would fight the shell for the keys."""
    while True:
        with suppress(KeyboardInterrupt):
            with suppress(BrokenPipeError):
                pager.close()
            process.wait()
            return
