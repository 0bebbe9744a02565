"""`archive schedule`, as it is used: what is planned, and the service that does it."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.store import Store
from fixtures.double import Double
from scheduler.runs import HOST
from tests.archive.store.samples import T0
from tests.command import ARCHIVE, Archive

TOML = """\
service_listen = "127.0.0.1:{port}"
[schedules.often]
source = "finews"
every = "1h"
[schedules.weekly]
source = "finews"
cron = "30 3 * * 0"
full = true
"""


@contextmanager
def serving(folder: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    command = [ARCHIVE, "schedule", "run"]
    options = {"cwd": folder, "env": environment, "text": True}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def logged(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.glob("service*.jsonl"))


def asked(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except OSError as error:
        return getattr(error, "code", 0), str(error)


def test_schedules_are_listed_with_the_times_that_come_next(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "archive.toml").write_text(TOML.format(port=1), encoding="utf-8")
    listed = archive("schedule", "list")
    assert listed.returncode == 0, listed.stderr
    assert "every 1h" in listed.stdout
    assert "30 3 * * 0 (Asia/Shanghai)" in listed.stdout
    often, weekly = json.loads(archive("schedule", "list", "--json").stdout)
    assert (often["schedule"], often["source"], often["every_seconds"]) == ("often", "finews", 3600.0)
    assert often["last_slot"] is None
    assert weekly["full"] is True
    assert weekly["next"].endswith("T19:30:00.000Z")


def test_a_schedule_that_cannot_be_ends_the_service_before_it_begins(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "archive.toml").write_text('[schedules.x]\nsource = "finews"\ncron = "x"\n', encoding="utf-8")
    done = archive("schedule", "run")
    assert done.returncode == 2
    assert done.stderr == "archive: schedule x: 'x' is no cron expression (Wrong number of fields)\n"


@pytest.mark.long
def test_the_service_crawls_answers_for_its_health_and_ends_when_asked(
    archive: Archive, tmp_path: Path, environment: dict[str, str], free_port: int
) -> None:
    (tmp_path / "archive.toml").write_text(TOML.format(port=free_port), encoding="utf-8")
    with Double(posts=20, categories=3) as site:
        environment |= {"ARCHIVE_MIRRORS": json.dumps(site.mirrors)}
        with serving(tmp_path, environment) as process:
            until(lambda: "run 1: complete" in logged(tmp_path / "data" / "logs"))
            assert "run 1: complete" in archive("log", "--service").stdout
            status, told = asked(f"http://127.0.0.1:{free_port}/healthz")
            assert (status, json.loads(told)["status"], json.loads(told)["leads"]) == (200, "ok", True)
            status, metrics = asked(f"http://127.0.0.1:{free_port}/metrics")
            assert status == 200
            assert 'finews_archive_documents{source="finews"} 20.0' in metrics
            assert archive("health", env=environment).returncode == 0
            process.send_signal(signal.SIGTERM)
            asked_at = time.monotonic()
            out, err = process.communicate(timeout=20)
            assert time.monotonic() - asked_at < 10
    assert (process.returncode, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["often: every 1h", "weekly: 30 3 * * 0 (Asia/Shanghai) --full"]
    assert "run 1 of finews: complete, 20 new" in lines[2]
    (run,) = json.loads(archive("runs", "--json").stdout)
    assert (run["trigger"], run["schedule"], run["state"]) == ("schedule", "often", "finished")
    assert run["slot_at"] < run["started_at"]
    assert archive("health", env=environment).returncode == 1


@pytest.fixture
def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_crawl_that_finds_its_source_taken_is_in_the_ledger(
    archive: Archive, tmp_path: Path, environment: dict[str, str]
) -> None:
    archive("db", "upgrade")
    with Store.open(f"sqlite:///{tmp_path / 'data' / 'archive.db'}") as store:
        store.begin_run("finews", "cli", T0, HOST, os.getppid(), silence=60, is_dead=lambda _: False)
    done = archive("crawl", "--trigger", "cron")
    assert done.returncode == 6
    newest = json.loads(archive("runs", "--json").stdout)[0]
    assert (newest["state"], newest["trigger"], newest["started_at"]) == ("overlapped", "cron", None)
    assert "finews is being crawled already: run 1" in newest["detail"]
    assert archive("crawl", "--trigger", "Who knows").returncode == 2
