"""The units under ops/deploy/systemd: systemd itself reads them. `make test-deploy` starts them."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import ARCHIVE
from tests.ops.deploy.conftest import ROOT, program

UNITS = sorted((ROOT / "ops" / "deploy" / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
EXPOSURE = 14
"""Tenths, as `systemd-analyze security` has it: that of a service with a network and little else."""


def analyze(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [program("systemd-analyze"), *arguments], capture_output=True, text=True, check=False
    )


def settings(unit: Path) -> list[str]:
    return re.findall(r"^\w+=.*$", unit.read_text("utf-8"), re.MULTILINE)


def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    for unit in UNITS:  # the program is where the tests have it
        there = unit.read_text("utf-8").replace("/opt/finews-archive/bin/archive", str(ARCHIVE))
        (tmp_path / unit.name).write_text(there, "utf-8")
    verified = analyze("verify", "--man=no", *sorted(tmp_path.iterdir()))
    assert (verified.returncode, verified.stderr) == (0, "")


def test_no_service_is_exposed_more_than_it_must_be() -> None:
    judged = analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", *SERVICES)
    assert judged.returncode == 0, judged.stdout


def test_all_services_are_confined_alike() -> None:
    confined = {
        unit.name: [line for line in settings(unit) if re.match(r"Protect|Private|Restrict\w+=", line)]
        for unit in SERVICES
    }
    of_the_main_one = [
        line for line in confined["finews-archive.service"] if not line.startswith("RestartPrevent")
    ]
    assert len(of_the_main_one) > 15
    assert all(lines == of_the_main_one for lines in confined.values())


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_services_run_commands_of_ours(unit: Path, promised: Callable[[str], None]) -> None:
    commands = [line.partition("=")[2] for line in settings(unit) if line.startswith("Exec")]
    assert commands
    for command in commands:
        promised(command)


def test_every_timer_starts_a_service_at_times_that_systemd_knows() -> None:
    timers = [unit for unit in UNITS if unit.suffix == ".timer"]
    assert {timer.stem for timer in timers} == {unit.stem for unit in SERVICES} - {"finews-archive"}
    times = [line.partition("=")[2] for timer in timers for line in settings(timer) if "Calendar" in line]
    understood = analyze("calendar", "--base-time=2026-01-01 00:00:01 UTC", *times)
    assert understood.returncode == 0, understood.stderr
    first = re.findall(r"Next elapse: \w+ (\S+ \S+)", understood.stdout)
    assert first == ["2026-01-01 00:02:00", "2026-01-01 00:10:00", "2026-01-04 04:17:00"]


def test_a_service_has_more_time_to_stop_than_a_crawl_takes_and_outlives_one_that_takes_all_memory() -> None:
    main = settings(ROOT / "ops" / "deploy" / "systemd" / "finews-archive.service")
    assert {"KillMode=mixed", "TimeoutStopSec=15", "OOMPolicy=continue", "Restart=on-failure"} <= set(main)
