"""Archives to reprocess."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.store import Store


@pytest.fixture
def kept(made_store: Path, tmp_path: Path) -> Iterator[Archive]:
    """The archive of the command, with nothing in it yet."""
    (tmp_path / "data" / "warc").mkdir(parents=True)
    shutil.copyfile(made_store, tmp_path / "data" / "archive.db")
    with Store.open(f"sqlite:///{tmp_path / 'data' / 'archive.db'}") as store:
        yield Archive(store, tmp_path / "data" / "warc")
