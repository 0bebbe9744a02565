"""The Dockerfile: what can be said of it without building it. `make test-deploy` builds and runs it."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from tests.ops.deploy.conftest import ROOT

DOCKERFILE = ROOT / "Dockerfile"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def instruction(name: str) -> str:
    """What the last instruction of this name says."""
    found = re.findall(rf"^{name} (.*?[^\\])$", DOCKERFILE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return str(found[-1])


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    said = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, ""), said.stdout + said.stderr


def test_it_is_built_of_the_program_and_nothing_else() -> None:
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    rooms = {name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    files = {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert set(allowed) == rooms | files | {"pyproject.toml", "constraints.txt"}


def test_its_label_is_the_version_of_the_program() -> None:
    version = PROJECT["project"]["version"]
    assert f'org.opencontainers.image.version="{version}"' in instruction("LABEL")


def test_what_it_runs_and_how_it_is_asked_for_its_health_are_our_commands(
    promised: Callable[[str], None],
) -> None:
    entry, command = (json.loads(instruction(name)) for name in ("ENTRYPOINT", "CMD"))
    promised(" ".join(entry + command))
    promised(" ".join(json.loads(instruction("HEALTHCHECK").partition("CMD ")[2])))


def test_it_is_nobody_and_stops_on_the_signal_that_the_service_hears() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", instruction("USER"))
    assert instruction("STOPSIGNAL") == "SIGTERM"
