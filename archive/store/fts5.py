"""What a query finds in SQLite's full text index.

An expression of FTS5 has nothing of the user's but tokens between quotation marks, and these are letters,
digits and `BREAK`s: so nothing in it means anything else (https://www.sqlite.org/fts5.html).
"""

from typing import Any

from sqlalchemy import ColumnElement, Float, Select, column, literal_column, select, table, text

from archive.search import Phrase, Query
from archive.store.fulltext import AHEAD, TABLE
from archive.store.tables import CATALOGUE

_INDEX = table(TABLE, column("rowid"))
_KEY = _INDEX.c.rowid.label("key")
# A list of the few that no document has: to look each hit up would take longer than to find it.
_IS_CURRENT = _INDEX.c.rowid.not_in(select(CATALOGUE.c.id).where(text("NOT is_current")))
_SCORE = literal_column(f"bm25({TABLE}, 10.0, 1.0)", Float)


class Fts5Hits:
    """The contents that a query finds, by their number in the catalogue."""

    key: ColumnElement[Any] = CATALOGUE.c.id

    def __init__(self, query: Query) -> None:
        self._required = " AND ".join(f"({_any_of(one)})" for one in query.required)
        self._in_title = f"(title : ({self._required}))"
        self._but = f" NOT ({_any_of(query.excluded)})" if query.excluded else ""

    @property
    def keys(self) -> Select[Any]:
        """All of them."""
        return select(_KEY).where(_matches(f"({self._required}){self._but}"))

    @property
    def current(self) -> Select[Any]:
        """Those that a document has now."""
        return self.keys.where(_IS_CURRENT)

    @property
    def in_title(self) -> Select[Any]:
        """Of these those with all that is required in their title, with their scores."""
        expression = f"({self._in_title} AND ({self._required})){self._but}"
        return select(_KEY, (_SCORE - AHEAD).label("score")).where(_matches(expression), _IS_CURRENT)

    @property
    def elsewhere(self) -> Select[Any]:
        """The rest of these, with their scores."""
        expression = f"(({self._required}) NOT {self._in_title}){self._but}"
        return select(_KEY, _SCORE.label("score")).where(_matches(expression), _IS_CURRENT)


def _matches(expression: str) -> ColumnElement[bool]:
    return literal_column(TABLE).op("MATCH", is_comparison=True)(expression)


def _any_of(phrases: tuple[Phrase, ...]) -> str:
    return " OR ".join(f'"{" ".join(one.tokens)}"{" *" if one.is_open else ""}' for one in phrases)
