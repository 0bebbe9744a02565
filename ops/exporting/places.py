"""Where nothing is exported to: the folders that the archive itself is kept in."""

from pathlib import Path

from archive.errors import UsageError
from ops.configuration.settings import Settings

_SQLITE = "sqlite:///"


def refuse_own_folders(folder: Path, settings: Settings) -> None:
    """Refuse the data folder, that of the database, and all that is in those of captures and logs.

    A folder beside them in the data folder will do. Raises `UsageError`.
    """
    whole = folder.resolve()
    for what, path in (("data", settings.data_dir), ("database", _folder_of_database(settings))):
        if path is not None and path.resolve() == whole:
            raise _refused(folder, f"the folder of the archive's own {what}", whole)
    for what, path in (("captures", settings.warc), ("logs", settings.logs)):
        if whole.is_relative_to(path.resolve()):
            raise _refused(folder, f"where the archive keeps its {what}", settings.data_dir.resolve())


def _folder_of_database(settings: Settings) -> Path | None:
    """None for a database that is no file."""
    address = settings.store_address.partition("?")[0]
    return Path(address.removeprefix(_SQLITE)).parent if address.startswith(_SQLITE) else None


def _refused(folder: Path, what: str, beside: Path) -> UsageError:
    return UsageError(f"{folder}: {what}; export into another, such as {beside / 'seeds'}")
