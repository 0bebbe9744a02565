"""Folders to export to: what they are known by, and where nothing is exported to."""

import os
from pathlib import Path

from archive.errors import UsageError
from archive.store.glance import file_of
from ops.configuration.settings import Settings


def whole_path(folder: Path) -> Path:
    """The path without links; one that cannot be followed, as far as it can be."""
    return Path(os.path.realpath(folder))  # Path.resolve raises where links go round in circles


def refuse_own_folders(folder: Path, settings: Settings) -> None:
    """Refuse the data folder, that of the database, and all that is in those of captures and logs.

    A folder beside them in the data folder will do. Raises `UsageError`.
    """
    whole, database = whole_path(folder), file_of(settings.store_address)
    for what, path in (("data", settings.data_dir), ("database", database and database.parent)):
        if path is not None and path.resolve() == whole:
            raise _refused(folder, f"the folder of the archive's own {what}", whole)
    for what, path in (("captures", settings.warc), ("logs", settings.logs)):
        if whole.is_relative_to(path.resolve()):
            raise _refused(folder, f"where the archive keeps its {what}", settings.data_dir.resolve())


def _refused(folder: Path, what: str, beside: Path) -> UsageError:
    return UsageError(f"{folder}: {what}; export into another, such as {beside / 'seeds'}")
