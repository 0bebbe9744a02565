"""The command `archive`, installed and in a forked child."""

import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from ops.cli.main import run

ARCHIVE = Path(sys.executable).parent / "archive"
Archive = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs the command in a pipe; `env` adds to the environment, `cwd` is the test's own folder."""
_SECONDS = 230
_OF_THE_INTERPRETER = ("PYTHON", "LC_", "LANG")


def run_command(
    arguments: tuple[str | Path, ...], environment: Mapping[str, str], cwd: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a command line as the installed command does, in a process of its own.

    Forked, it does without the second that an interpreter takes to load everything.
    """
    if any(os.environ.get(name) != environment.get(name) for name in environment if _is_read_at_start(name)):
        return subprocess.run(
            [ARCHIVE, *arguments], env=environment, cwd=cwd, capture_output=True, text=True, check=False
        )
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            be_the_command(arguments, environment, cwd, (nothing(), out.fileno(), err.fileno()))
        _, status = os.waitpid(pid, 0)
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode().replace("\r\n", "\n"))
    return subprocess.CompletedProcess(arguments, os.waitstatus_to_exitcode(status), *told)


def _is_read_at_start(name: str) -> bool:
    return name.startswith(_OF_THE_INTERPRETER)


def nothing() -> int:
    """Standard input for a command that is to read none."""
    return os.open(os.devnull, os.O_RDONLY)


def be_the_command(
    arguments: tuple[str | Path, ...],
    environment: Mapping[str, str],
    cwd: Path,
    streams: tuple[int, int, int],
) -> NoReturn:
    """Be it from now on, in a child, with these descriptors as standard input, output and error."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        signal.alarm(_SECONDS)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 as the next
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 the child's, to its end
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(cwd)
        code = run(list(map(str, arguments)))
    except BaseException:  # noqa: BLE001 a child must not go on as the test
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
