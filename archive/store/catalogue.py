"""The catalogue: what is kept beside each content to find it by, in the transaction that stores it."""

from collections.abc import Mapping, Set

from sqlalchemy import Connection, func, insert, select, update

from archive.store import fulltext
from archive.store.decisions import Seen
from archive.store.rows import chunks, insertion
from archive.store.tables import CATALOGUE, DOCUMENT, LAST_CHANGE


def enter(connection: Connection, made: Mapping[str, Seen], restated: Set[str]) -> None:
    """Enter the contents that were made just now, and note those of which an export says anything else.

    All get the number of this change, which no other transaction has: the next one waits until this one has
    ended. So whoever has seen a number has seen all changes up to it.
    """
    if not made and not restated:
        return
    contents = [(key, seen.found.document.title, seen.text) for key, seen in sorted(made.items())]
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        fulltext.add(connection, contents)  # the longest part, before the next transaction has to wait
    number = _next_change(connection)
    current = _current(connection, made.keys() | restated)
    if made:
        rows = [{"content_hash": key, "change": number, "is_current": key in current} for key in sorted(made)]
        connection.execute(insert(CATALOGUE), rows)
    known = restated - made.keys()
    for is_current in (True, False):
        for some in chunks(sorted(key for key in known if (key in current) is is_current)):
            noted = update(CATALOGUE).where(CATALOGUE.c.content_hash.in_(some))
            connection.execute(noted.values(change=number, is_current=is_current))
    if is_sqlite:
        fulltext.add(connection, contents)  # its rows have the catalogue's numbers


def change(connection: Connection) -> int:
    """The number of the last change; 0 before the first."""
    return connection.execute(select(LAST_CHANGE.c.number)).scalar_one_or_none() or 0


def changed_since(connection: Connection, number: int) -> frozenset[str]:
    """The contents of which an export may say anything else than at the change of that number."""
    query = select(CATALOGUE.c.content_hash).where(CATALOGUE.c.change > number)
    return frozenset(connection.execute(query).scalars())


def count_since(connection: Connection, number: int) -> int:
    """How many contents these are."""
    query = select(func.count()).select_from(CATALOGUE).where(CATALOGUE.c.change > number)
    return connection.execute(query).scalar_one()


def _current(connection: Connection, hashes: Set[str]) -> frozenset[str]:
    """Those of the contents that any document has now."""
    query = select(DOCUMENT.c.content_hash).distinct()
    return frozenset(
        content_hash
        for some in chunks(sorted(hashes))
        for content_hash in connection.execute(query.where(DOCUMENT.c.content_hash.in_(some))).scalars()
    )


def _next_change(connection: Connection) -> int:
    first = insertion(connection, LAST_CHANGE).values(id=1, number=1)
    following = first.on_conflict_do_update(index_elements=["id"], set_={"number": LAST_CHANGE.c.number + 1})
    return int(connection.execute(following.returning(LAST_CHANGE.c.number)).scalar_one())
