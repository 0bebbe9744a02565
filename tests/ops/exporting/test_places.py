"""Exports keep out of the folders that the archive itself is kept in."""

import os
from pathlib import Path

import pytest

from archive.errors import UsageError
from ops.configuration.settings import Settings
from ops.exporting.places import refuse_own_folders
from tests.command import Archive
from tests.ops.filled import Filled


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    elsewhere = f"sqlite:///{tmp_path}/database/archive.db?mode=rw"
    return Settings.model_construct(data_dir=tmp_path / "data", database_url=elsewhere)


@pytest.mark.parametrize("name", ["data", "data/.", "data/warc", "data/logs/x/y", "database", "link"])
def test_the_archives_own_folders_are_refused(settings: Settings, tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to("data")
    with pytest.raises(UsageError, match=r"archive.*; export into another"):
        refuse_own_folders(Path(os.path.relpath(tmp_path / name)), settings)


@pytest.mark.parametrize("name", [".", "data/seeds", "database/seeds", "data/warcs", "out"])
def test_folders_beside_them_are_not(settings: Settings, tmp_path: Path, name: str) -> None:
    refuse_own_folders(tmp_path / name, settings)
    refuse_own_folders(tmp_path / name, settings.model_copy(update={"database_url": "postgresql://x/data"}))


def test_an_export_into_the_data_folder_changes_nothing(
    archive: Archive, filled: Filled, tmp_path: Path
) -> None:
    filled.documents(1, 5)
    before = sorted((tmp_path / "data").iterdir())
    done = archive("export", "data")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert sorted((tmp_path / "data").iterdir()) == before
