"""Stores to report on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.store import Store
from tests.ops.quality.corpus import faulty


@pytest.fixture
def store(made_store: Path, tmp_path: Path) -> Iterator[Store]:
    """With nothing in it yet."""
    shutil.copyfile(made_store, tmp_path / "archive.db")
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as store:
        yield store


@pytest.fixture(scope="session")
def faulty_store(made_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """With every fault; not to be changed."""
    path = tmp_path_factory.mktemp("faulty") / "archive.db"
    shutil.copyfile(made_store, path)
    with Store.open(f"sqlite:///{path}") as store:
        faulty(store)
        yield store
