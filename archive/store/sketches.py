"""Sketches: what texts that may be nearly the same are found by, and the documents that have them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select

from archive.documents import SHANGHAI
from archive.store.conditions import conditions
from archive.store.database import Database
from archive.store.holdings import ORDER
from archive.store.rows import chunks, insertion
from archive.store.selection import EVERYTHING, Selection
from archive.store.tables import CONTENT, DOCUMENT, SKETCH

_TEXTS = 50
"""Texts in memory at a time."""
_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Sketched:
    """A content that is current for a selected document, with its sketch."""

    content_hash: str
    documents: int
    """How many selected documents have it."""
    sketch: bytes
    """Empty where its text is too short for one, or none is made yet."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A document that has a content. `published` is in Shanghai's time."""

    source: str
    source_id: str
    address: str
    outlet: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Carried:
    """A content's title, and the selected documents that have it, in the order of an export."""

    title: str
    carriers: Sequence[Carrier]


class Sketches:
    """The sketches. `since` of a selection does not count here: what is a copy does not follow from when it
    was seen.

    Every method raises `StoreError` where the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def missing(self, version: int, selection: Selection = EVERYTHING) -> "Missing":
        """The contents that are current for a selected document and have no sketch of that version yet."""
        with self._database.reading() as connection:
            return Missing(_missing(connection, version, selection))

    def texts(self, hashes: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Hash and text of the contents, in no order of their own, a few at a time in memory."""
        query = select(CONTENT.c.content_hash, CONTENT.c.text)
        for some in chunks(hashes, _TEXTS):
            with self._database.reading() as connection:
                rows = connection.execute(query.where(CONTENT.c.content_hash.in_(some))).all()
            yield from ((row.content_hash, row.text) for row in rows)

    def keep(self, sketches: Mapping[str, bytes], version: int) -> None:
        """Keep sketches by the hash of their content; those that another process has kept meanwhile stay."""
        rows = [{"content_hash": one, "version": version, "data": sketches[one]} for one in sorted(sketches)]

        def write(connection: Connection) -> None:
            kept = insertion(connection, SKETCH)
            others = SKETCH.c.version != kept.excluded.version
            anew = {name: kept.excluded[name] for name in ("version", "data")}
            connection.execute(
                kept.on_conflict_do_update(index_elements=["content_hash"], set_=anew, where=others), rows
            )

        if rows:
            self._database.write(write)

    def in_order(self, version: int, selection: Selection = EVERYTHING) -> Iterator[Sketched]:
        """The contents that are current for a selected document, in the order in which an export has them."""
        with self._database.reading() as connection:
            several = _several(connection, selection)
            for some in chunks(_ordered(connection, selection, several), _ROWS):
                found = _sketches(connection, some, version)
                for one in some:
                    yield Sketched(one, several.get(one, 1), found.get(one, b""))

    def carried(self, hashes: Iterable[str], selection: Selection = EVERYTHING) -> dict[str, Carried]:
        """By content its title and documents; those that no selected document has any more are left out."""
        found: dict[str, Carried] = {}
        titles = select(CONTENT.c.content_hash, CONTENT.c.title)
        with self._database.reading() as connection:
            for some in chunks(hashes):
                carriers = _carriers(connection, some, selection)
                for row in connection.execute(titles.where(CONTENT.c.content_hash.in_(carriers.keys()))):
                    found[row.content_hash] = Carried(row.title, carriers[row.content_hash])
        return found


class Missing:
    """Hashes of contents, in order, 32 bytes each."""

    def __init__(self, hashes: Iterable[str]) -> None:
        self._digests = b"".join(map(bytes.fromhex, hashes))

    def __len__(self) -> int:
        return len(self._digests) // 32

    def __iter__(self) -> Iterator[str]:
        return (self._digests[start : start + 32].hex() for start in range(0, len(self._digests), 32))


def _missing(connection: Connection, version: int, selection: Selection) -> Iterator[str]:
    made = and_(SKETCH.c.content_hash == DOCUMENT.c.content_hash, SKETCH.c.version == version)
    query = select(DOCUMENT.c.content_hash).distinct().outerjoin(SKETCH, made)
    query = query.where(SKETCH.c.content_hash.is_(None), *conditions(connection, selection))
    return _streamed(connection, query.order_by(DOCUMENT.c.content_hash))


def _several(connection: Connection, selection: Selection) -> Mapping[str, int]:
    """How many selected documents each content has that more than one has."""
    number = func.count()
    query = select(DOCUMENT.c.content_hash, number).where(*conditions(connection, selection))
    rows = connection.execute(query.group_by(DOCUMENT.c.content_hash).having(number > 1))
    return {row.content_hash: row[1] for row in rows}


def _ordered(connection: Connection, selection: Selection, several: Mapping[str, int]) -> Iterator[str]:
    left = Counter(several)
    query = select(DOCUMENT.c.content_hash).where(*conditions(connection, selection)).order_by(*ORDER)
    for content_hash in _streamed(connection, query):
        if several.get(content_hash) == left.get(content_hash):
            yield content_hash
        if content_hash in left:
            left[content_hash] -= 1


def _streamed(connection: Connection, query: Select[tuple[str]]) -> Iterator[str]:
    with connection.execute(query, execution_options={"yield_per": _ROWS}) as rows:
        for row in rows:
            yield row.content_hash


def _sketches(connection: Connection, hashes: Sequence[str], version: int) -> Mapping[str, bytes]:
    query = select(SKETCH.c.content_hash, SKETCH.c.data)
    of_these = query.where(SKETCH.c.content_hash.in_(hashes), SKETCH.c.version == version)
    return {row.content_hash: row.data for row in connection.execute(of_these)}


def _carriers(
    connection: Connection, hashes: Sequence[str], selection: Selection
) -> Mapping[str, list[Carrier]]:
    names = ("content_hash", "source", "source_id", "address", "outlet", "published")
    query = select(*(DOCUMENT.c[name] for name in names)).where(DOCUMENT.c.content_hash.in_(hashes))
    found: dict[str, list[Carrier]] = defaultdict(list)
    for row in connection.execute(query.where(*conditions(connection, selection)).order_by(*ORDER)):
        found[row.content_hash].append(_carrier(row))
    return found


def _carrier(row: Row[Any]) -> Carrier:
    published = row.published and row.published.astimezone(SHANGHAI)
    return Carrier(row.source, row.source_id, row.address, row.outlet, published)
