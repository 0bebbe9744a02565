"""The catalogue: what is kept beside each content to find it by, in the transaction that stores it."""

from collections.abc import Mapping, Set

from sqlalchemy import Connection, insert, select, update

from archive.store.decisions import Seen
from archive.store.rows import chunks, insertion
from archive.store.tables import CATALOGUE, LAST_CHANGE


def enter(connection: Connection, made: Mapping[str, Seen], restated: Set[str]) -> None:
    """Enter the contents that were made just now, and note those of which an export says anything else.

    All get the number of this change, which no other transaction has: the next one waits until this one has
    ended. So whoever has seen a number has seen all changes up to it.
    """
    if not made and not restated:
        return
    number = _next_change(connection)
    if made:
        rows = [{"content_hash": content_hash, "change": number} for content_hash in sorted(made)]
        connection.execute(insert(CATALOGUE), rows)
    for some in chunks(sorted(restated - made.keys())):
        noted = update(CATALOGUE).where(CATALOGUE.c.content_hash.in_(some))
        connection.execute(noted.values(change=number))


def change(connection: Connection) -> int:
    """The number of the last change; 0 before the first."""
    return connection.execute(select(LAST_CHANGE.c.number)).scalar_one_or_none() or 0


def changed_since(connection: Connection, number: int) -> frozenset[str]:
    """The contents of which an export may say anything else than at the change of that number."""
    query = select(CATALOGUE.c.content_hash).where(CATALOGUE.c.change > number)
    return frozenset(connection.execute(query).scalars())


def _next_change(connection: Connection) -> int:
    first = insertion(connection, LAST_CHANGE).values(id=1, number=1)
    following = first.on_conflict_do_update(index_elements=["id"], set_={"number": LAST_CHANGE.c.number + 1})
    return int(connection.execute(following.returning(LAST_CHANGE.c.number)).scalar_one())
