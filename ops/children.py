"""The command `archive` as a child process."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def run_archive(*arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> int:
    """Run a command line of this program in a process of its own; its exit code.

    It has this process' terminal, and ends in its own time where this one is asked to stop. `env` replaces
    the environment, `cwd` is where it runs.
    """
    sys.stdout.flush()
    command = [sys.executable, "-P", "-m", "ops.cli", *arguments]
    child = subprocess.Popen(command, env=env, cwd=cwd)  # noqa: S603 this very program
    with child, _passing_on_signals(child):
        return child.wait()


@contextmanager
def _passing_on_signals(child: "subprocess.Popen[bytes]") -> Iterator[None]:
    """SIGTERM goes on to the child; Ctrl-C has reached it already, being of the same terminal."""
    handlers = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda number, frame: child.send_signal(number)),
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
