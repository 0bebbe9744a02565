"""The installed command on a terminal, and files for it to import."""

import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import ARCHIVE


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
