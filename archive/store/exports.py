"""Folders that were exported to, so that it can be told where a document went."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archive.store import catalogue
from archive.store.conditions import unknown_names
from archive.store.database import Database
from archive.store.holdings import holdings, selected
from archive.store.rows import chunks, insertion
from archive.store.selection import Duplicates, Selection
from archive.store.tables import CONTENT, DOCUMENT, EXPORT_FOLDER
from archive.store.types import storable
from archive.store.values import Holding, Whereabouts


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


class Exportable:
    """What there is to export, as it all was at one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def change(self) -> int:
        """The number of the last change to anything that an export says; 0 before the first."""
        return catalogue.change(self._connection)

    def changed_since(self, number: int, most: int) -> frozenset[str] | None:
        """The contents of which an export may say anything else than at the change of that number.

        None where they are more than `most`.
        """
        if catalogue.count_since(self._connection, number) > most:
            return None
        return catalogue.changed_since(self._connection, number)

    def holdings(
        self,
        selection: Selection,
        duplicates: Duplicates,
        *,
        with_text: bool = False,
        contents: Collection[str] | None = None,
    ) -> Iterator[Holding]:
        """As `Store.holdings`; of these contents alone, and in any order, where some are given."""
        return holdings(self._connection, selection, duplicates, with_text=with_text, contents=contents)

    def selected(self, selection: Selection) -> Iterator[str]:
        """The contents of the holdings, one by one, some of them several times."""
        return selected(self._connection, selection)

    def whereabouts(self, source: str, source_id: str) -> Whereabouts | None:
        """What has become of a document; None for an unknown one."""
        columns = (DOCUMENT.c.content_hash, DOCUMENT.c.changed_at, DOCUMENT.c.gone_since)
        query = select(*columns).where(
            DOCUMENT.c.source == storable(source), DOCUMENT.c.source_id == storable(source_id)
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Whereabouts(*row)


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

    @contextmanager
    def reading(self) -> Iterator[Exportable]:
        """What there is to export, at the moment that it is first asked for anything."""
        with self._database.reading() as connection:
            yield Exportable(connection)

    def unknown_names(self, selection: Selection) -> list[str]:
        """The sources, slugs and outlets of the selection that no document has."""
        with self._database.reading() as connection:
            return unknown_names(connection, selection)

    def addresses(self, documents: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The addresses of those of the documents (source, source_id) that there are."""
        ids: dict[str, set[str]] = {}
        for source, source_id in documents:
            ids.setdefault(source, set()).add(source_id)
        columns = select(DOCUMENT.c.source, DOCUMENT.c.source_id, DOCUMENT.c.address)
        found: dict[tuple[str, str], str] = {}
        with self._database.reading() as connection:
            for source, of_source in ids.items():
                for some in chunks(sorted(of_source)):
                    wanted = columns.where(DOCUMENT.c.source == source, DOCUMENT.c.source_id.in_(some))
                    found |= {(row[0], row[1]): row[2] for row in connection.execute(wanted)}
        return found

    def known_contents(self, hashes: Iterable[str]) -> set[str]:
        """Those of the contents that the store has, whether or not a document has them now."""
        found: set[str] = set()
        with self._database.reading() as connection:
            for some in chunks(sorted(set(hashes))):
                query = select(CONTENT.c.content_hash).where(CONTENT.c.content_hash.in_(some))
                found |= set(connection.execute(query).scalars())
        return found
