"""The file for /etc/cron.d."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cronsim import CronSim

from tests.ops.deploy.conftest import ROOT

TEXT = (ROOT / "ops" / "deploy" / "cron" / "finews-archive").read_text("utf-8")
ENTRY = re.compile(r"((?:\S+\s+){4}\S+)\s+(\S+)\s+(.+)")
JOBS = [ENTRY.fullmatch(line) for line in TEXT.splitlines() if line and not re.match(r"#|[A-Z]+=", line)]
START = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)


def times(command: str) -> list[datetime]:
    """The next two times at which cron runs it."""
    found = [CronSim(job[1], START) for job in JOBS if job and job[3].startswith(command)]
    assert len(found) == 1
    return [next(found[0]), next(found[0])]


def test_cron_can_read_it() -> None:
    assert all(JOBS), "five fields, a user, a command"
    assert TEXT.endswith("\n"), "cron ignores a last line that does not end"
    assert not [job[3] for job in JOBS if job and re.search(r"(?<!\\)%", job[3])], "cron ends a command there"
    assert {job[2] for job in JOBS if job} == {"finews-archive"}
    assert re.search(r"^PATH=.*/usr/local/bin", TEXT, re.MULTILINE), "the command is there"


def test_its_commands_are_ours(promised: Callable[[str], None]) -> None:
    for job in JOBS:
        assert job
        promised(re.split(r" 2>&1| \|", job[3])[0])


def test_it_crawls_every_ten_minutes_and_verifies_every_week() -> None:
    first, second = times("archive crawl")
    assert second - first == timedelta(minutes=10)
    first, second = times("archive verify")
    assert second - first == timedelta(days=7)
