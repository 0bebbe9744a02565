"""An archive as the writer makes it: made once, and copied for each test that damages it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.values import ImportedFile, Observation
from tests.archive.verification.samples import ANSWERS, T0, Kept, document, keep


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made")
    (root / "warc").mkdir()
    with Store.open(f"sqlite:///{root}/archive.db") as store:
        keep(store, root / "warc", ANSWERS[:5])
        keep(store, root / "warc", ANSWERS[5:])
        observations = [Observation(T0, document(number)) for number in range(3)]
        raw = ImportedFile("saved.txt", "标题\r\n鲁网 2026-11-21\r\n正文".encode("gb18030"))
        store.write([*observations, Observation(T0, document(3), imported=raw)], None)
    return root


@pytest.fixture
def kept(made: Path, tmp_path: Path) -> Iterator[Kept]:
    shutil.copytree(made, tmp_path / "kept")
    with Store.open(f"sqlite:///{tmp_path}/kept/archive.db") as store:
        yield Kept(tmp_path / "kept", store)
