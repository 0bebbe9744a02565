"""The command on a terminal, and files for it to import."""

import os
import pty
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ops.overview
import ops.views.status  # noqa: F401 loaded once here, and not in every command that is forked
from archive.store import Store
from tests.command import be_the_command, nothing
from tests.ops.filled import Filled


@pytest.fixture
def on_terminal(tmp_path: Path, environment: dict[str, str]) -> Callable[..., str]:
    """Run the command on a terminal, in a forked child; what it shows there."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None, has_keyboard: bool = False) -> str:
        here, there = pty.openpty()
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            keyboard = there if has_keyboard else nothing()
            be_the_command(arguments, environment | (env or {}), tmp_path, (keyboard, there, there))
        os.close(there)
        shown = b""
        try:
            while piece := os.read(here, 65536):
                shown += piece
        except OSError:  # Linux: the terminal's other side is closed
            pass
        os.close(here)
        os.waitpid(pid, 0)
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


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was just made, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("made") / "archive.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def filled(made_store: Path, tmp_path: Path) -> Iterator[Filled]:
    """The store of the command, with nothing in it yet, and what fills it."""
    (tmp_path / "data").mkdir()
    shutil.copyfile(made_store, tmp_path / "data/archive.db")
    with Store.open(f"sqlite:///{tmp_path / 'data/archive.db'}") as store:
        yield Filled(store)
