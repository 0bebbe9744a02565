"""Fixtures for all tests."""

import gc
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import Archive, run_command
from tests.loaded import load_all
from tests.postgres import PostgresServer, postgres_programs, running_postgres


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="Fail if any test is skipped, as on CI.")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if session.config.getoption("no_skips") and skipped:
        for report in skipped:
            reporter.write_line(f"skipped, but nothing may be missing here: {report.nodeid}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for each process of the tests."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with running_postgres(programs) as server:
        yield server


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a command: nobody's settings, the data in the test's own folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
    for name in ("NO_COLOR", "FORCE_COLOR", "PYTHONUNBUFFERED"):
        clean.pop(name, None)
    return clean | {"ARCHIVE_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "100", "TERM": "xterm-256color"}


@pytest.fixture
def archive(tmp_path: Path, environment: dict[str, str]) -> Archive:
    """Run the command in a pipe. `env` adds to the environment."""

    def run(
        *arguments: str | Path, env: dict[str, str] | None = None, cwd: Path = tmp_path
    ) -> "subprocess.CompletedProcess[str]":
        return run_command(arguments, environment | (env or {}), cwd)

    return run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Have the collector pass over all that is loaded by now: tests fork, and a child would copy it."""
    load_all()
    gc.collect()
    gc.freeze()
