"""ops/deploy/install.sh, into a folder of its own. `make test-deploy` runs it as a person would."""

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.deploy.conftest import ROOT

INSTALL = ROOT / "ops" / "deploy" / "install.sh"


@pytest.mark.scale
def test_what_is_installed_works_and_keeps_its_configuration_when_installed_again(tmp_path: Path) -> None:
    places = {name: str(tmp_path / name.lower()) for name in ("OPT", "ETC", "DATA", "UNITS")}
    command = tmp_path / "bin" / "archive"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
    environment |= places | {"COMMAND": str(command), "PYTHON": sys.executable, "RUN_AS": getpass.getuser()}

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "installed: archive 0" in run("sh", INSTALL)
    configured = tmp_path / "etc" / "archive.toml"
    assert f'data_dir = "{places["DATA"]}"' in configured.read_text("utf-8")
    configured.write_text(configured.read_text("utf-8") + "download_delay = 2\n", "utf-8")
    run("sh", INSTALL)
    assert "download_delay = 2" in configured.read_text("utf-8")
    assert "All as promised" in run(command, "demo", "--posts", "20", "--dir", tmp_path / "demo")
    run("systemd-analyze", "verify", "--man=no", *sorted((tmp_path / "units").iterdir()))
