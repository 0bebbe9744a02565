"""`archive log`: what a run and the service logged."""

import json
import logging
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.values import RunState
from ops.logs.keeping import Keeping, log_path, run_log, service_log
from scheduler.runs import HOST
from tests.command import ARCHIVE, Archive
from tests.new_store import new_store

NOW = datetime.now(UTC)
logger = logging.getLogger("crawler.test")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "data" / "archive.db")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "data/logs"


def enter(store: Store, outcome: str = "complete", *, source: str = "finews", days: float = 0) -> int:
    """A run that ended so, so many days ago."""
    at = NOW - timedelta(days=days)
    number = store.start_run(source, "cli", at, HOST, 42)
    store.finish_run(number, RunState.FINISHED, outcome, {}, at)
    return number


@pytest.fixture
def run_id(store: Store, logs: Path) -> int:
    """A run with a log of two lines."""
    number = enter(store, "partial")
    with run_log(log_path(logs, number), number, "DEBUG"):
        logger.debug("asked", extra={"url": "https://x.test/", "status": 200})
        logger.warning("rejected \x1b[31m[bold]", extra={"reason": "empty"})
    return number


def the_one_line(done: "subprocess.CompletedProcess[str]") -> str:
    """What a command says that shows no log."""
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.usefixtures("run_id")
def test_a_log_is_shown_in_readable_lines(archive: Archive) -> None:
    first, second = archive("log", "1").stdout.splitlines()
    assert first.endswith("Z  DEBUG    crawler.test: asked  url=https://x.test/ status=200")
    assert second.endswith("Z  WARNING  crawler.test: rejected \\x1b[31m[bold]  reason=empty")
    assert archive("log", "1", "--level", "warning").stdout.splitlines() == [second]
    assert archive("log", "1", "--text", "REASON=EMPTY").stdout.splitlines() == [second]
    assert archive("log", "1", "--url", "x.test").stdout.splitlines() == [first]


@pytest.mark.usefixtures("run_id")
def test_a_log_as_json_is_its_lines(archive: Archive, logs: Path) -> None:
    assert archive("log", "1", "--json").stdout == log_path(logs, 1).read_text()


def test_without_a_number_the_newest_run_that_began_is_meant(
    archive: Archive, store: Store, run_id: int, logs: Path
) -> None:
    store.slots.note_overlapped("finews", "cron", NOW, "busy")
    shown = archive("log", "--json")
    assert shown.stdout == log_path(logs, run_id).read_text()
    assert shown.stderr == f"run {run_id} of finews: partial\n"


def test_a_log_is_shown_though_the_database_is_out_of_order(archive: Archive, run_id: int) -> None:
    broken = archive("log", str(run_id), env={"ARCHIVE_DATABASE_URL": "sqlite:////nowhere/archive.db"})
    assert (broken.returncode, len(broken.stdout.splitlines())) == (0, 2)


def test_a_log_of_many_parts_is_shown_in_order_and_what_is_missing_is_said(
    archive: Archive, store: Store, logs: Path
) -> None:
    number = enter(store)
    with run_log(log_path(logs, number), number, "INFO", Keeping(most_bytes=1000)):
        for message in range(100):
            logger.info("%d", message)
    shown = archive("log", str(number), "--json")
    messages = [int(json.loads(line)["message"]) for line in shown.stdout.splitlines()]
    assert messages == list(range(messages[0], 100))
    assert shown.stderr.endswith(
        "run-1.jsonl: its beginning was given up when it had grown too long (log_file_mib)\n"
    )


def test_a_log_is_followed_until_the_run_is_over(
    store: Store, logs: Path, environment: dict[str, str]
) -> None:
    number = store.start_run("finews", "cli", NOW, HOST, 42)
    with run_log(log_path(logs, number), number, "INFO"):
        logger.info("first")
        process = subprocess.Popen(
            [ARCHIVE, "log", "--follow", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["message"] == "first"
        time.sleep(0.5)
        assert process.poll() is None
        logger.info("second")
        assert json.loads(process.stdout.readline())["message"] == "second"
        logger.info("last")
        store.finish_run(number, RunState.FINISHED, "complete", {}, datetime.now(UTC))
    assert [json.loads(line)["message"] for line in process.communicate(timeout=20)[0].splitlines()] == [
        "last"
    ]
    assert process.returncode == 0


def write(logs: Path, number: int, *messages: str) -> None:
    with run_log(log_path(logs, number), number, "INFO"):
        logger.info("crawl begins")
        for message in messages:
            logger.warning(
                "failed: %s", message, extra={"reason": message, "url": f"https://x.test/{message}"}
            )


def test_new_errors_are_those_that_the_last_complete_run_of_the_source_did_not_have(
    archive: Archive, store: Store, logs: Path
) -> None:
    write(logs, enter(store), "http-404", "timeout")
    write(logs, enter(store, "partial"), "http-503")
    write(logs, enter(store, source="cinic"), "http-503")
    number = enter(store, "partial")
    write(logs, number, "timeout", "http-503", "http-503", "refused")
    (first, second) = map(json.loads, archive("log", str(number), "--new", "--json").stdout.splitlines())
    assert (first["reason"], first["count"], first["address"]) == ("http-503", 2, "https://x.test/http-503")
    assert (second["reason"], second["count"]) == ("refused", 1)
    shown = archive("log", str(number), "--new", "--url", "refused").stdout.splitlines()
    assert shown[0].endswith("Z  WARNING  crawler.test: failed: refused")
    assert shown[1:] == ["    once", "    https://x.test/refused"]
    assert archive("log", str(number), "--new", "--level", "error").stdout == (
        f"run {number} has no errors of a kind that run 1, the last complete one, did not have\n"
    )


def test_where_there_is_nothing_to_compare_with_all_errors_are_new_and_it_is_said(
    archive: Archive, store: Store, logs: Path
) -> None:
    first = enter(store, days=40)
    second = enter(store, "partial")
    write(logs, second, "timeout")
    shown = archive("log", "--new", "--json")
    assert json.loads(shown.stdout)["reason"] == "timeout"
    assert (
        f"run {first} has no log: {log_path(logs, first)} is not there, as logs are removed" in shown.stderr
    )
    assert shown.stderr.endswith(": all kinds of errors are shown\n")
    write(logs, first, "timeout")
    third = archive("log", str(first), "--new")
    assert third.stderr == "no run of finews before run 1 was complete: all kinds of errors are shown\n"


def test_the_log_of_the_service_is_shown(archive: Archive, logs: Path) -> None:
    with service_log(logs, "INFO"):
        logger.info("leads", extra={"run": 7})
    assert json.loads(archive("log", "--service", "--json").stdout)["message"] == "leads"
    assert archive("log", "--service", "--level", "error").stdout == ""


def test_why_there_is_no_log_is_said(archive: Archive, store: Store, logs: Path) -> None:
    assert the_one_line(archive("log")) == "archive: no run has begun yet; `archive crawl` begins one"
    begun, old = enter(store), enter(store, days=31)
    elsewhere = store.start_run("finews", "cli", NOW, "another-1234abcd", 42)
    restarted = store.start_run("finews", "cli", NOW, f"{HOST.rpartition('-')[0]}-1234abcd", 42)
    overlapped = store.slots.note_overlapped("finews", "cron", NOW, "busy")
    for number, said in {
        begun: f" is not there; `archive run {begun}` shows what the ledger keeps of it",
        old: " is not there, as logs are removed after 30 days (log_days); `archive run",
        elsewhere: " is not there; it ran on another-1234abcd: ask for it there",
        restarted: " is not there; `archive run",
    }.items():
        line = the_one_line(archive("log", str(number)))
        assert line.startswith(f"archive: run {number} has no log: {log_path(logs, number)}{said}")
    assert the_one_line(archive("log", str(overlapped))) == (
        f"archive: run {overlapped} has no log: it has not begun (overlapped); "
        f"`archive run {overlapped}` tells more"
    )
    assert the_one_line(archive("log", "--service")).startswith(
        f"archive: {logs}/service.jsonl: not there; `archive schedule run` writes it"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--new", "--follow"], "--new and --follow cannot both be had"),
        (["--service", "7"], "--service is the log of no run"),
        (["--service", "--new"], "--service is the log of no run"),
    ],
)
def test_what_does_not_go_together_is_refused(archive: Archive, options: list[str], said: str) -> None:
    assert said in the_one_line(archive("log", *options))
