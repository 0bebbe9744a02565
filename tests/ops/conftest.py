"""The installed command, run as a user runs it: a process of its own, in a folder of its own."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ARCHIVE = Path(sys.executable).parent / "archive"
Archive = Callable[..., "subprocess.CompletedProcess[str]"]


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
        return subprocess.run(
            [ARCHIVE, *arguments],
            env=environment | (env or {}),
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            timeout=230,
        )

    return run


@pytest.fixture
def on_terminal(tmp_path: Path, environment: dict[str, str]) -> Callable[..., str]:
    """Run the command on a terminal; what it shows there."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None) -> str:
        here, there = pty.openpty()
        process = subprocess.Popen(
            [ARCHIVE, *arguments], env=environment | (env or {}), cwd=tmp_path, stdout=there, stderr=there
        )
        os.close(there)
        shown = b""
        try:
            while piece := os.read(here, 65536):
                shown += piece
        except OSError:  # Linux: the terminal's other side is closed
            pass
        os.close(here)
        process.wait(60)
        return shown.decode()

    return run


@pytest.fixture
def seed(tmp_path: Path) -> Callable[..., Path]:
    """Write a file in the document format."""

    def write(name: str, title: str = "标题", body: str = "<p>正文</p>") -> Path:
        path = tmp_path / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f'---\nlayout: post\ntitle: "{title}"\ndate: 2022-01-22 15:20:32 +0800\ncategories: luwang\n'
            f"tags: 鲁网新闻\n---\n{body}",
            encoding="utf-8",
        )
        return path

    return write
