"""Imported files: kept as they came in."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from archive.store.decisions import Seen
from archive.store.rows import chunks, insertion
from archive.store.tables import IMPORTED_FILE
from archive.store.types import storable
from archive.store.values import ImportedFile

_REPLACED = ("data", "sha256", "document_id", "content_hash", "leaves")


def known_files(connection: Connection, batch: Iterable[Seen | None]) -> dict[str, str]:
    """The SHA-256 of those files of the batch whose names are known, by name."""
    return _digests(connection, {seen.file.name for seen in batch if seen and seen.file})


def store_files(connection: Connection, batch: Iterable[Seen], ids: Mapping[tuple[str, str], int]) -> None:
    """Keep the batch's files, each instead of one of its name; `ids` are those of the documents by key."""
    last = {
        seen.file.name: {
            "name": seen.file.name,
            "data": seen.file.data,
            "sha256": seen.file_sha256,
            "document_id": ids[seen.key],
            "content_hash": seen.content_hash,
            "leaves": seen.file.leaves,
        }
        for seen in batch
        if seen.file
    }
    if not last:
        return
    statement = insertion(connection, IMPORTED_FILE)
    replaced = {name: statement.excluded[name] for name in _REPLACED}
    connection.execute(
        statement.on_conflict_do_update(index_elements=[IMPORTED_FILE.c.name], set_=replaced),
        [last[name] for name in sorted(last)],
    )


def imported_names(connection: Connection) -> frozenset[str]:
    """The names of all files of a corpus that were imported."""
    names = select(IMPORTED_FILE.c.name).where(IMPORTED_FILE.c.leaves)
    return frozenset(connection.execute(names).scalars())


def imported_file(connection: Connection, name: str) -> ImportedFile | None:
    """The file of that name; None where there is none."""
    row = connection.execute(select(IMPORTED_FILE).where(IMPORTED_FILE.c.name == storable(name))).first()
    return ImportedFile(row.name, row.data, row.leaves) if row else None


def imported_digests(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of those files that are there already, by the names as given."""
    asked = {name: storable(name) for name in names}
    known = _digests(connection, set(asked.values()))
    return {name: known[stored] for name, stored in asked.items() if stored in known}


def imported(connection: Connection, files: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the files, given by name and SHA-256, that are there already."""
    asked = set(files)
    known = imported_digests(connection, {name for name, _ in asked})
    return {(name, sha256) for name, sha256 in asked if known.get(name) == sha256}


def _digests(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    columns = select(IMPORTED_FILE.c.name, IMPORTED_FILE.c.sha256)
    return {
        row.name: row.sha256
        for some in chunks(sorted(names))
        for row in connection.execute(columns.where(IMPORTED_FILE.c.name.in_(some)))
    }
