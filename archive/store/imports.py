"""Imported files: kept as they came in."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, update

from archive.store.decisions import Seen
from archive.store.file_names import Held, all_names, first_names, to_be_kept
from archive.store.rows import chunks, insertion
from archive.store.tables import DOCUMENT, IMPORTED_FILE
from archive.store.types import storable
from archive.store.values import ImportedFile

_REPLACED = ("data", "sha256", "content_hash", "leaves")
_ANOTHERS = Held(("", ""), "")


def held_names(connection: Connection, batch: Sequence[Seen | None]) -> dict[str, Held]:
    """What has the names that files of the batch may be known by, or may get."""
    held = _held(connection, first_names(batch))
    return _held(connection, all_names(batch)) if held else held


def _held(connection: Connection, names: Iterable[str]) -> dict[str, Held]:
    columns = select(
        IMPORTED_FILE.c.name, IMPORTED_FILE.c.sha256, DOCUMENT.c.source, DOCUMENT.c.source_id
    ).join(DOCUMENT, DOCUMENT.c.id == IMPORTED_FILE.c.document_id)
    return {
        row.name: Held((row.source, row.source_id), row.sha256)
        for some in chunks(sorted(names))
        for row in connection.execute(columns.where(IMPORTED_FILE.c.name.in_(some)))
    }


def store_files(connection: Connection, batch: Iterable[Seen], ids: Mapping[tuple[str, str], int]) -> None:
    """Keep the batch's files, each instead of one of its name and document; `ids` are those by key.

    Where another writer has given the name to another document meanwhile, the file gets its next one.
    """
    left = [seen for seen in batch if seen.file]
    taken: dict[str, Held] = {}
    while left:
        stored = _stored(connection, left, ids)
        lost = [seen for seen in left if seen.file and seen.file.name not in stored]
        taken |= {seen.file.name: _ANOTHERS for seen in lost if seen.file}
        left = [seen for _, seen in to_be_kept(lost, taken)]


def _stored(connection: Connection, batch: Sequence[Seen], ids: Mapping[tuple[str, str], int]) -> set[str]:
    """The names of the files that could be stored: those not of another document."""
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
    statement = insertion(connection, IMPORTED_FILE)
    replacing = statement.on_conflict_do_update(
        index_elements=[IMPORTED_FILE.c.name],
        set_={name: statement.excluded[name] for name in _REPLACED},
        where=IMPORTED_FILE.c.document_id == statement.excluded.document_id,
    )
    rows = [last[name] for name in sorted(last)]
    return set(connection.execute(replacing.returning(IMPORTED_FILE.c.name), rows).scalars())


def restate_files(connection: Connection, batch: Iterable[Seen], ids: Mapping[tuple[str, str], int]) -> None:
    """Note of files that were read again which content they have by now."""
    rows = [
        {"file": storable(name), "document": ids[seen.key], "content": seen.content_hash}
        for seen in batch
        if seen.reread
        for name in seen.reread.files
    ]
    if rows:
        of_document = (IMPORTED_FILE.c.name == bindparam("file")) & (
            IMPORTED_FILE.c.document_id == bindparam("document")
        )
        restated = update(IMPORTED_FILE).where(of_document).values(content_hash=bindparam("content"))
        connection.execute(restated, rows)


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
    columns = select(IMPORTED_FILE.c.name, IMPORTED_FILE.c.sha256)
    known = {
        row.name: row.sha256
        for some in chunks(sorted(set(asked.values())))
        for row in connection.execute(columns.where(IMPORTED_FILE.c.name.in_(some)))
    }
    return {name: known[stored] for name, stored in asked.items() if stored in known}


def imported(connection: Connection, files: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the files, given by name and SHA-256, that are there already."""
    asked = set(files)
    known = imported_digests(connection, {name for name, _ in asked})
    return {(name, sha256) for name, sha256 in asked if known.get(name) == sha256}
