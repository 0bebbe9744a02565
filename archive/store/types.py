"""Column types: what must hold of every value on its way into either database and out of it."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import CHAR, JSON, DateTime, String, Text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

# PostgreSQL cannot hold U+0000, and no UTF-8 can carry a lone surrogate.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_LONG = 1000
"""Characters; what is longer is not kept for the next row."""

HASH = CHAR(64).with_variant(CHAR(64, collation="C"), "postgresql")
"""A SHA-256 in hexadecimal digits, compared byte by byte whatever the database's language."""


def storable(text: str) -> str:
    """The text with U+FFFD for what a database cannot hold: U+0000 and lone surrogates."""
    return _UNSTORABLE.sub("\ufffd", text)


class Words(TypeDecorator[str]):
    """Any text, made storable."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Make storable; plain text also of an enumeration's member."""
        return None if value is None else storable(str(value))


class Key(Words):
    """Text to find and to sort by: by code point on both databases, so that an order is one order."""

    impl = Text().with_variant(String(collation="C"), "postgresql")  # type: ignore[assignment]
    cache_ok = True


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC on both databases; a naive one is refused with `ValueError`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Into UTC."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"naive time {value}: the store keeps aware times only")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """In UTC, whatever the session's zone."""
        return None if value is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:
        """Aware again where the database knows no zones: at once, since an export reads five of each row."""
        if dialect.name == "sqlite":
            return _moment_of
        return super().result_processor(dialect, coltype)


class TextList(TypeDecorator[tuple[str, ...]]):
    """Texts in their order, as a JSON list."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, _dialect: Dialect) -> list[str] | None:
        """Each made storable."""
        return None if value is None else [storable(text) for text in value]

    def process_result_value(self, value: list[str] | None, _dialect: Dialect) -> tuple[str, ...] | None:
        """A tuple: what comes out of the store is not changed."""
        return None if value is None else tuple(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:
        """Parsed once for many rows: there are few outlets, and each has its tags."""
        if dialect.name == "sqlite":
            return _texts_of
        return super().result_processor(dialect, coltype)


def _moment_of(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(f"{stored}+00:00")


def _texts_of(stored: str | None) -> tuple[str, ...] | None:
    if stored is None or len(stored) > _LONG:
        return None if stored is None else tuple(json.loads(stored))
    return _short_texts_of(stored)


@lru_cache(maxsize=1000)
def _short_texts_of(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))
