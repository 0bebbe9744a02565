"""Column types: what must hold of every value on its way into either database and out of it."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import CHAR, JSON, DateTime, String, Text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

# PostgreSQL cannot hold U+0000, and no UTF-8 can carry a lone surrogate.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

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
        """Aware again where the database knows no zones."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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
