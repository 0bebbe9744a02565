"""A store and a folder of WARC files for each test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.store import Store
from archive.warc import WarcFiles

OpenFiles = Callable[..., WarcFiles]


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was just made, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("made") / "archive.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def database(made_store: Path, tmp_path: Path) -> str:
    """The address of a store without anything in it."""
    shutil.copyfile(made_store, tmp_path / "archive.db")
    return f"sqlite:///{tmp_path / 'archive.db'}"


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with Store.open(database) as store:
        yield store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "warc"
    folder.mkdir()
    return folder


@pytest.fixture
def open_files(store: Store, folder: Path) -> Iterator[OpenFiles]:
    """Open the files of a source, as often as a test needs; they are closed at its end."""
    opened: list[WarcFiles] = []

    def open_them(source: str = "finews", **options: Any) -> WarcFiles:
        opened.append(WarcFiles(folder, store, source, **options))
        return opened[-1]

    yield open_them
    for files in opened:
        files.close()
