"""What a query finds in PostgreSQL's full text index.

A `tsquery` has nothing of the user's but tokens in quotation marks, and these are letters, digits and
`BREAK`s. An index of PostgreSQL knows which words a text has, and not where: where it matters, the
`tsvector`s of those that have them all are read. Texts that are too long for one are read themselves.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    and_,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from archive.documents.canonical import canonical_title
from archive.search import Phrase, Query
from archive.store.fulltext import AHEAD, TABLE
from archive.store.tables import CATALOGUE, CONTENT

_INDEX = table(TABLE, column("content_hash"), column("title"), column("words"), column("is_exact"))
_WEIGHTS: ColumnElement[Any] = literal_column("CAST('{0.1, 0.1, 0.1, 1.0}' AS real[])")
_AT_ONCE = 100
"""Texts read at a time."""


class TsvectorHits:
    """The contents that a query finds, by their hashes."""

    key: ColumnElement[Any] = CATALOGUE.c.content_hash

    def __init__(self, connection: Connection, query: Query) -> None:
        self._connection, self._query = connection, query
        required = " & ".join(_any_of(one, "<->") for one in query.required)
        self._required = _tsquery(required)
        self._whole = _tsquery(
            " & ".join([required, *(f"!{_any_of((one,), '<->')}" for one in query.excluded)])
        )

    @property
    def keys(self) -> Select[Any]:
        """All of them."""
        is_found = or_(_INDEX.c.is_exact & _has(_INDEX.c.words, self._whole), self._is_read(*self._long))
        return select(_INDEX.c.content_hash.label("key")).where(is_found)

    @property
    def current(self) -> Select[Any]:
        """Those that a document has now."""
        return select(self.key.label("key")).where(CATALOGUE.c.is_current, self.key.in_(self.keys))

    @property
    def in_title(self) -> Select[Any]:
        """Of these those with all that is required in their title, with their scores."""
        is_there = _has(_INDEX.c.title, self._required)
        if self._query.excluded:
            is_there &= _has(_INDEX.c.words, self._whole)
        long = self._is_read(*(one for one, in_title in self._long.items() if in_title))
        return self._scored(or_(_INDEX.c.is_exact & is_there, long), self._score - AHEAD)

    @property
    def elsewhere(self) -> Select[Any]:
        """The rest of these, with their scores."""
        is_there = and_(_has(_INDEX.c.words, self._whole), not_(_has(_INDEX.c.title, self._required)))
        long = self._is_read(*(one for one, in_title in self._long.items() if not in_title))
        return self._scored(or_(_INDEX.c.is_exact & is_there, long), self._score)

    @property
    def _score(self) -> ColumnElement[float]:
        rank = func.ts_rank(_WEIGHTS, _INDEX.c.words, self._required)
        return -func.coalesce(cast(rank, Float(53)), 0.0)

    def _scored(self, is_found: ColumnElement[bool], score: ColumnElement[float]) -> Select[Any]:
        columns = select(_INDEX.c.content_hash.label("key"), score.label("score"))
        joined = columns.join(CATALOGUE, CATALOGUE.c.content_hash == _INDEX.c.content_hash)
        return joined.where(CATALOGUE.c.is_current, is_found)

    def _is_read(self, *hashes: str) -> ColumnElement[bool]:
        return _INDEX.c.content_hash.in_(hashes) if hashes else false()  # which `or_` drops

    @cached_property
    def _long(self) -> Mapping[str, bool]:
        """Those whose words are not in the index with all their places, and whether all is in their title."""
        return dict(self._read())

    def _read(self) -> Iterator[tuple[str, bool]]:
        anywhere = _tsquery(" & ".join(_any_of(one, "&") for one in self._query.required))
        may_match = or_(_INDEX.c.words.is_(None), _has(_INDEX.c.words, anywhere))
        columns = select(CONTENT.c.content_hash, CONTENT.c.title, CONTENT.c.text)
        joined = columns.join(_INDEX, _INDEX.c.content_hash == CONTENT.c.content_hash)
        long = joined.where(~_INDEX.c.is_exact, may_match)
        with self._connection.execute(long, execution_options={"yield_per": _AT_ONCE}) as rows:
            for row in rows:
                title = canonical_title(row.title)
                if self._query.matches(title, row.text):
                    yield row.content_hash, self._query.has_all(title)


def _has(words: ColumnElement[Any], query: ColumnElement[Any]) -> ColumnElement[bool]:
    return words.op("@@", is_comparison=True)(query)


def _tsquery(written: str) -> ColumnElement[Any]:
    return cast(literal(written), TSQUERY)


def _any_of(phrases: tuple[Phrase, ...], joined_by: str) -> str:
    written = (
        f" {joined_by} ".join(f"'{token}'" for token in one.tokens) + ":*" * one.is_open for one in phrases
    )
    return f"({' | '.join(f'({one})' for one in written)})"
