"""Folders that were exported to, so that it can be told where a document went."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archive.store import catalogue
from archive.store.database import Database
from archive.store.holdings import current
from archive.store.rows import insertion
from archive.store.selection import Selection
from archive.store.tables import EXPORT_FOLDER
from archive.store.types import storable


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
    asked: str = ""
    """What was to be exported, and how: as it says who exports."""
    change: int = 0
    """The number of the last change that is in it."""
    stamp: str = ""
    """By which it is seen that nothing in the folder was touched since (`archive.exports.stamp`)."""


class Exports:
    """The folders exported to. Every method raises `StoreError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, folder: ExportedFolder) -> None:
        """Note an export; one into the same folder before it is forgotten."""

        def write(connection: Connection) -> None:
            noted = insertion(connection, EXPORT_FOLDER).values(**asdict(folder))
            last = {name: noted.excluded[name] for name in asdict(folder) if name != "folder"}
            connection.execute(noted.on_conflict_do_update(index_elements=["folder"], set_=last))

        self._database.write(write)

    def all(self) -> list[ExportedFolder]:
        """The folders, in the order of their last exports."""
        query = select(EXPORT_FOLDER).order_by(EXPORT_FOLDER.c.exported_at, EXPORT_FOLDER.c.folder)
        with self._database.reading() as connection:
            return [ExportedFolder(**row) for row in connection.execute(query).mappings()]

    def last(self, folder: str) -> ExportedFolder | None:
        """The last export into the folder, given by its absolute path; None where none is known."""
        query = select(EXPORT_FOLDER).where(EXPORT_FOLDER.c.folder == storable(folder))
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else ExportedFolder(**row)

    def change(self) -> int:
        """The number of the last change to anything that an export says; 0 before the first."""
        with self._database.reading() as connection:
            return catalogue.change(connection)

    def changed_since(self, number: int) -> frozenset[str]:
        """The contents of which an export may say anything else than at the change of that number."""
        with self._database.reading() as connection:
            return catalogue.changed_since(connection, number)

    def current(self, selection: Selection) -> frozenset[str]:
        """The contents that are current for a selected document, `since` aside."""
        with self._database.reading() as connection:
            return current(connection, selection)
