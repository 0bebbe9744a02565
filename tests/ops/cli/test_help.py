"""Every command explains itself."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.exit_codes import ExitCode

Archive = Callable[..., "subprocess.CompletedProcess[str]"]
COMMANDS = [
    "demo",
    "crawl",
    "import",
    "export",
    "search",
    "duplicates",
    "status",
    "doctor",
    "runs",
    "run",
    "rejections",
    "reprocess",
    "report",
    "log",
    "show",
    "history",
    "diff",
    "explain",
    "verify",
    "db upgrade",
    "db reindex",
    "metrics",
    "health",
    "schedule run",
    "schedule list",
    "alerts",
    "alerts check",
    "alerts test",
    "alerts rules",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(archive: Archive, command: str) -> None:
    done = archive(*command.split(), "--help")
    assert done.returncode == 0
    assert f"Usage: archive {command}" in done.stdout
    assert "Example" in done.stdout
    example = done.stdout.partition("Example")[2]
    assert f"archive {command}" in example
    assert done.stderr == ""


def test_the_list_of_commands_is_whole_and_says_what_the_exit_codes_mean(archive: Archive) -> None:
    done = archive("--help")
    for command in COMMANDS:
        assert f"│ {command.split()[0]} " in done.stdout
    for code in ExitCode:
        assert f"{int(code)} " in done.stdout.partition("Exit codes:")[2]


def test_without_a_command_there_is_help_and_exit_code_2(archive: Archive) -> None:
    done = archive()
    assert done.returncode == 2
    assert "Usage: archive" in done.stdout


def test_the_version_is_that_of_the_package(archive: Archive) -> None:
    assert archive("--version").stdout.startswith("archive 0.")


def test_help_makes_no_files(archive: Archive, tmp_path: Path) -> None:
    archive("--help")
    assert list(tmp_path.iterdir()) == []
