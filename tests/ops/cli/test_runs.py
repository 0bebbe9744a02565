"""The ledger and the logs, for people and for programs."""

import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.values import RunState
from ops.logs import log_path, run_log

Archive = Callable[..., "subprocess.CompletedProcess[str]"]
ARCHIVE = Path(sys.executable).parent / "archive"
FIELDS = ["id", "source", "trigger", "state", "outcome", "started_at", "finished_at", "counters"]
COUNTERS = ["requests", "not_modified", "new", "changed", "unchanged", "duplicates", "gone", "rejected"] + [
    "failed",
    "bytes",
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with two runs: one that ended, one that goes on."""
    store = Store.open(f"sqlite:///{tmp_path}/data/archive.db")
    begun = datetime(2022, 1, 22, 15, 20, 32, 123000, tzinfo=UTC)
    first = store.start_run("finews", "cli", begun, "host", 42)
    counters = {
        "requests": 7,
        "new": 3,
        "failed": 2,
        "failed:http-500": 2,
        "rejected": 1,
        "rejected:empty": 1,
    }
    store.finish_run(first, RunState.FINISHED, "partial", counters, begun.replace(second=40))
    store.start_run("cinic", "schedule", begun, "host", 43)
    with run_log(log_path(tmp_path / "data/logs", first), first, "DEBUG"):
        logger = logging.getLogger("crawler.test")
        logger.debug("asked", extra={"url": "https://x.test/", "status": 200})
        logger.warning("rejected \x1b[31m[bold]", extra={"reason": "empty"})
    return store


def test_runs_as_json_have_the_promised_fields(archive: Archive, store: Store) -> None:
    second, first = json.loads(archive("runs", "--json").stdout)
    assert [name for name in first if name in FIELDS] == FIELDS
    assert first["started_at"] == "2022-01-22T15:20:32.123Z"
    assert first["finished_at"] == "2022-01-22T15:20:40.123Z"
    assert (first["id"], first["source"], first["trigger"]) == (1, "finews", "cli")
    assert (first["state"], first["outcome"]) == ("finished", "partial")
    assert {name: first["counters"][name] for name in COUNTERS} == {
        **dict.fromkeys(COUNTERS, 0),
        "requests": 7,
        "new": 3,
        "failed": 2,
        "rejected": 1,
    }
    assert (second["state"], second["outcome"], second["finished_at"]) == ("running", "", None)
    assert set(COUNTERS) <= second["counters"].keys()


def test_runs_of_an_empty_store_are_an_empty_list(archive: Archive) -> None:
    assert json.loads(archive("runs", "--json").stdout) == []
    assert archive("runs").stdout == "no runs yet\n"


def test_runs_in_a_pipe_are_aligned_lines(archive: Archive, store: Store) -> None:
    assert archive("runs").stdout == (
        "id  source  outcome  started (UTC)      took  new  changed  rejected  failed\n"
        " 2  cinic   running  2022-01-22 15:20      -    0        0         0       0\n"
        " 1  finews  partial  2022-01-22 15:20  8.0 s    3        0         1       2\n"
    )
    assert len(archive("runs", "--source", "finews").stdout.splitlines()) == 2
    assert len(archive("runs", "--limit", "1").stdout.splitlines()) == 2


def test_runs_on_a_terminal_are_a_table_in_colour_if_that_is_wanted(
    on_terminal: Callable[..., str], store: Store
) -> None:
    assert "\x1b[1m" in on_terminal("runs")
    plain = on_terminal("runs", env={"NO_COLOR": "1", "COLUMNS": "80"})
    assert "\x1b[3" not in plain
    assert max(len(re.sub("\x1b\\[[0-9;]*m", "", line)) for line in plain.splitlines()) <= 80


def test_a_run_is_shown_with_its_reasons(archive: Archive, store: Store) -> None:
    shown = archive("run", "1").stdout
    assert "outcome   partial\n" in shown
    assert "reasons   2 failed:http-500, 1 rejected:empty\n" in shown
    assert "process   42 on host\n" in shown


def test_a_log_is_shown_in_readable_lines(archive: Archive, store: Store) -> None:
    first, second = archive("log", "1").stdout.splitlines()
    assert first.endswith("Z  DEBUG    crawler.test: asked  url=https://x.test/ status=200")
    assert second.endswith("Z  WARNING  crawler.test: rejected \\x1b[31m[bold]  reason=empty")
    assert archive("log", "1", "--level", "warning").stdout.splitlines() == [second]


def test_a_log_as_json_is_its_lines(archive: Archive, store: Store, tmp_path: Path) -> None:
    assert archive("log", "1", "--json").stdout == (tmp_path / "data/logs/run-1.jsonl").read_text()


def test_a_log_is_followed_until_the_run_is_over(
    store: Store, tmp_path: Path, environment: dict[str, str]
) -> None:
    path = log_path(tmp_path / "data/logs", 2)
    with run_log(path, 2, "INFO"):
        logging.getLogger("crawler.test").info("first")
        process = subprocess.Popen(
            [ARCHIVE, "log", "2", "--follow", "--json"], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["message"] == "first"
        time.sleep(0.5)
        assert process.poll() is None
        logging.getLogger("crawler.test").info("second")
        assert json.loads(process.stdout.readline())["message"] == "second"
        logging.getLogger("crawler.test").info("last")
        store.finish_run(2, RunState.FINISHED, "complete", {}, datetime.now(UTC))
    assert [json.loads(line)["message"] for line in process.communicate(timeout=20)[0].splitlines()] == [
        "last"
    ]
    assert process.returncode == 0


@pytest.mark.parametrize(
    "arguments", [["runs", "--limit=1000", "--json"], ["runs", "--limit=1000"], ["runs"]]
)
def test_a_reader_that_leaves_early_is_no_error(
    store: Store, environment: dict[str, str], arguments: list[str]
) -> None:
    for _ in range(300):
        store.start_run("finews", "cli", datetime.now(UTC), "host", 42)
    process = subprocess.Popen(
        [ARCHIVE, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 0


def test_db_upgrade_creates_a_database_and_says_so(archive: Archive, tmp_path: Path) -> None:
    expected = f"{tmp_path / 'data/archive.db'}: up to date, with 0 documents, 0 contents\n"
    assert archive("db", "upgrade").stdout == expected
    assert archive("db", "upgrade").stdout == expected
