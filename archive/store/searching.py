"""Full text search in SQL: which contents a query finds, and how well they answer it."""

from typing import Any, Protocol

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, func, select, union_all

from archive.search import Query
from archive.store import fulltext
from archive.store.fts5 import Fts5Hits
from archive.store.tables import CATALOGUE
from archive.store.tsvector import TsvectorHits


class Hits(Protocol):
    """The contents that a query finds, by their `key`s; the better one answers, the lower its `score`."""

    key: ColumnElement[Any]
    """The column of the catalogue that has the keys."""

    @property
    def keys(self) -> Select[Any]:
        """All of them."""

    @property
    def current(self) -> Select[Any]:
        """Those that a document has now."""

    @property
    def in_title(self) -> Select[Any]:
        """Of these those with all that is required in their title, with their scores."""

    @property
    def elsewhere(self) -> Select[Any]:
        """The rest of these, with their scores."""


def hits(connection: Connection, query: Query) -> Hits:
    """What the query finds in the database at hand. Raises `StoreUnavailable` for an index of other rules."""
    fulltext.check(connection)
    return Fts5Hits(query) if connection.dialect.name == "sqlite" else TsvectorHits(connection, query)


def matching(connection: Connection, query: Query | str) -> Select[tuple[str]]:
    """The hashes of the contents that the query finds. Raises `UsageError` for one that asks for nothing."""
    found = hits(connection, Query.parse(query) if isinstance(query, str) else query)
    return select(CATALOGUE.c.content_hash).where(found.key.in_(found.keys))


def number_of(connection: Connection, keys: Select[Any]) -> int:
    """How many it selects."""
    return int(connection.execute(select(func.count()).select_from(keys.subquery())).scalar_one())


def ranked(connection: Connection, found: Hits, enough: int | None) -> CompoundSelect[Any] | Select[Any]:
    """The keys and scores of those that a document has now.

    Where as many as are `enough` have all in their title, these only: they go before all others. A word of
    most documents is in many titles, and to score the texts of all that have it takes longer than all else.
    """
    if enough is not None and number_of(connection, found.in_title) >= enough:
        return found.in_title
    return union_all(found.in_title, found.elsewhere)
