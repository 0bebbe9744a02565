"""compose.yaml, alone and with compose.postgres.yaml, as Compose itself reads them."""

import os
import re
import subprocess
from functools import cache
from typing import Any

import pytest
import yaml

from ops.configuration.settings import PREFIX, Settings
from tests.ops.deploy.conftest import ROOT, program

ALONE = ("compose.yaml",)
WITH_POSTGRES = ("compose.yaml", "compose.postgres.yaml")


@cache
def compose(files: tuple[str, ...], **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if name != "POSTGRES_PASSWORD"}
    command = [program("docker-compose"), *(f"--file={ROOT / file}" for file in files), "config"]
    return subprocess.run(
        command, env=clean | environment, cwd="/", capture_output=True, text=True, check=False
    )


def services(files: tuple[str, ...]) -> dict[str, Any]:
    read = compose(files, POSTGRES_PASSWORD="p@ss:/word")
    assert read.returncode == 0, read.stderr
    found: dict[str, Any] = yaml.safe_load(read.stdout)["services"]
    return found


@pytest.mark.parametrize("files", [ALONE, WITH_POSTGRES], ids=["sqlite", "postgres"])
def test_what_runs_may_do_little_and_take_little(files: tuple[str, ...]) -> None:
    for service in services(files).values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert service["pids_limit"]
        assert service["logging"]["options"].keys() >= {"max-size", "max-file"}
        assert service["restart"] == "unless-stopped"


def test_only_this_machine_reaches_the_service() -> None:
    found = services(WITH_POSTGRES)
    assert [str(port).split("/")[0] for port in found["archive"]["ports"]] == ["127.0.0.1:9317:9317"]
    assert "ports" not in found["postgres"]


def test_its_settings_are_ours() -> None:
    named = {name for name in services(WITH_POSTGRES)["archive"]["environment"] if name.startswith(PREFIX)}
    assert named == {f"{PREFIX}SERVICE_LISTEN", f"{PREFIX}DATABASE_URL"}
    assert named <= {PREFIX + field.upper() for field in Settings.model_fields}


def test_it_has_more_time_to_stop_than_a_crawl_takes_and_more_memory() -> None:
    service = services(ALONE)["archive"]
    assert int(re.fullmatch(r"(\d+)s", service["stop_grace_period"])[1]) > 10  # type: ignore[index]
    megabytes = int(re.fullmatch(r"(\d+)g", service["mem_limit"])[1]) << 10  # type: ignore[index]
    assert megabytes >= 2 * Settings.model_fields["run_memory_mib"].default


def test_the_database_is_waited_for_and_its_password_asked_for() -> None:
    found = services(WITH_POSTGRES)
    assert found["archive"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert found["archive"]["environment"]["PGPASSWORD"] == "p@ss:/word"
    assert "p@ss" not in found["archive"]["environment"]["ARCHIVE_DATABASE_URL"]
    unset = compose(WITH_POSTGRES)
    assert unset.returncode
    assert "set it in .env" in unset.stderr
