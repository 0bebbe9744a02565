"""Standard streams that were closed before the command began (``archive runs >&-``)."""

import os
import sys
from pathlib import Path

import pytest

from ops.cli.main import run
from tests.ops.filled import Filled

STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}


def code_of(arguments: list[str], closed: tuple[int, ...], environment: dict[str, str]) -> int:
    """The exit code of a command in a forked child, which begins without these streams."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        code = 99
        try:
            os.environ.clear()
            os.environ.update(environment)
            for number, name in STREAMS.items():
                os.dup2(os.open(os.devnull, os.O_RDWR), number)
                if number in closed:
                    os.close(number)
                    setattr(sys, name, None)
            said = run(arguments)
            code = said if all(map(os.get_inheritable, closed)) else 98
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)], ids=str)
def test_a_command_without_streams_does_its_work(
    filled: Filled, environment: dict[str, str], tmp_path: Path, closed: tuple[int, ...]
) -> None:
    filled.documents(2, 5)
    assert code_of(["export", str(tmp_path / "out")], closed, environment) == 0
    assert len(list((tmp_path / "out").glob("*.txt"))) == 2
    assert code_of(["runs"], closed, environment) == 0
    assert code_of(["export", str(tmp_path / "out"), "--category", "nobody"], closed, environment) == 2
