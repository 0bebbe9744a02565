"""Folders that were exported to, so that it can be told where a document went."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archive.store.database import Database
from archive.store.rows import insertion
from archive.store.tables import EXPORT_FOLDER


@dataclass(frozen=True, slots=True)
class ExportedFolder:
    """One folder, as it was after the last export into it. The time is aware, in UTC."""

    folder: str
    """Absolute. Containers have a new host name each time, and the same folders: so it alone is the key."""
    host: str
    """The machine that exported."""
    layout: str
    exported_at: datetime
    files: int
    """Listed in its manifest."""


class Exports:
    """The folders exported to. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, folder: ExportedFolder) -> None:
        """Note an export; one into the same folder before it is forgotten."""

        def write(connection: Connection) -> None:
            noted = insertion(connection, EXPORT_FOLDER).values(**asdict(folder))
            last = {name: noted.excluded[name] for name in ("host", "layout", "exported_at", "files")}
            connection.execute(noted.on_conflict_do_update(index_elements=["folder"], set_=last))

        self._database.write(write)

    def all(self) -> list[ExportedFolder]:
        """The folders, in the order of their last exports."""
        query = select(EXPORT_FOLDER).order_by(EXPORT_FOLDER.c.exported_at, EXPORT_FOLDER.c.folder)
        with self._database.reading() as connection:
            return [ExportedFolder(**row) for row in connection.execute(query).mappings()]
