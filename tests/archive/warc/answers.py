"""Answers to keep, with all that does not matter to a test filled in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.store import Store
from archive.store.values import Answer, Capture, Observation

T0 = datetime(2024, 5, 1, 8, 0, 0, 250_000, tzinfo=UTC)


def answer(number: int = 1, body: bytes | None = None, at: float = 0, **changes: Any) -> Answer:
    """An answer that differs from others by its number."""
    plain = Answer(
        address=f"https://finews.example/{number}.html",
        fetched_at=T0 + timedelta(seconds=at),
        status=200,
        reason="OK",
        headers=(("Content-Type", "text/html"), ("ETag", f'"{number}"'), ("Last-Modified", "Wed")),
        body=b"<p>%d</p>" % number if body is None else body,
        ip="192.0.2.7",
    )
    return replace(plain, **changes)


def not_modified(number: int = 1, at: float = 0) -> Answer:
    return answer(number, b"", at, status=304, reason="Not Modified")


def committed(store: Store, captures: Sequence[Capture]) -> Sequence[Capture]:
    """The captures, once they are stored."""
    store.write([Observation(T0, captures=tuple(captures))], None)
    return captures
