"""The selection: which documents an export, a search or a report is about."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import cast

from archive.documents import Fidelity


class Duplicates(StrEnum):
    """What becomes of documents that say the same."""

    ONE = "one"
    """One for a content: the earliest published speaks for all that have it."""
    ALL = "all"
    """Each document for itself."""
    NEAR = "near"
    """One for all contents that are nearly the same."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions that documents have to meet; None, and an empty query, are no condition.

    `since` is another kind: it selects, of the contents of such documents, those for which any of these was
    first seen, or changed, at that time or after it. Raises `ValueError` for naive times.
    """

    sources: Sequence[str] | None = None
    slugs: Sequence[str] | None = None
    outlets: Sequence[str] | None = None
    fidelities: Sequence[Fidelity] | None = None
    published_from: datetime | None = None
    """The first moment; documents without a date are not of any time."""
    published_until: datetime | None = None
    """The first moment that is too late."""
    query: str = ""
    """What the text or title must have, as `archive search` reads it."""
    since: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.since, self.published_from, self.published_until):
            if moment is not None and moment.utcoffset() is None:
                raise ValueError(f"naive time {moment}: the store knows aware times only")

    @property
    def asked(self) -> str:
        """The selection in a line: the same for two that select the same by the same words."""
        said = {field.name: _said(getattr(self, field.name)) for field in fields(self)}
        return " ".join(f"{name}={value}" for name, value in said.items() if value)


EVERYTHING = Selection()


def _said(value: object) -> str:
    match value:
        case None | "":
            return ""
        case datetime():
            return value.astimezone(UTC).isoformat()
        case str():
            return repr(value)
        case _:
            return repr(sorted(map(str, cast("Sequence[str]", value))))
