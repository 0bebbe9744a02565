"""What the files of a deployment name: commands of ours, programs that check them."""

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Archive

ROOT = Path(__file__).parents[3]


@pytest.fixture
def promised(archive: Archive) -> Callable[[str], None]:
    """Fails where a command line, from `archive` on, is not one of ours with options that it has."""

    def check(line: str) -> None:
        program, *words = shlex.split(line)
        assert Path(program).name == "archive"
        named = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
        helped = archive(*words[:named], "--help")
        assert helped.returncode == 0, helped.stderr
        for option in (word.partition("=")[0] for word in words[named:] if word.startswith("--")):
            assert option in helped.stdout, line

    return check


def program(name: str) -> str:
    """The path of a program that Debian has, and that not every machine has."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path
