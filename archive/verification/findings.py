"""Findings: what a verification says, one line each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from archive.errors import StoreError

MOST = 20
"""Findings listed of one file; the rest are counted. A file that is damaged all over needs no list."""
OnProgress = Callable[[str, int], None]
"""Told the name of what was looked at (``captures``, ``bytes``, ``contents``, ``files``), and how many more;
at the beginning also ``bytes to check``."""


class Kind(StrEnum):
    """How bad it is."""

    DAMAGE = "damage"
    """Something kept is not what it was: the verification has failed."""
    NOTE = "note"
    """Worth knowing, and harmless."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the store, or the manifest, says."""

    kind: Kind
    where: str
    """The path of a file or folder, or the database as it may be shown."""
    what: str
    offset: int | None = None
    """The byte of the file where it begins, as near as can be told."""

    def __str__(self) -> str:
        at = "" if self.offset is None else f" at byte {self.offset}"
        return f"{self.kind:6}  {self.where}{at}: {self.what}"


def damage(where: Path | str, what: str, offset: int | None = None) -> Finding:
    """A finding that fails the verification."""
    return Finding(Kind.DAMAGE, str(where), what, offset)


def note(where: Path | str, what: str, offset: int | None = None) -> Finding:
    """A finding that does not."""
    return Finding(Kind.NOTE, str(where), what, offset)


def limited(where: Path | str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The first `MOST` of the findings about one thing, and how many there are besides."""
    rest = iter(findings)
    yield from islice(rest, MOST)
    more = sum(finding.kind is Kind.DAMAGE for finding in rest)
    if more:
        yield damage(where, f"and {more} more")


def read_through(database: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, the last of them that the database cannot be read on, where that is so."""
    try:
        yield from findings
    except (StoreError, ValueError) as error:  # ValueError: a row that holds what no row of ours may
        yield damage(database, f"cannot be read to its end: {str(error).removeprefix(f'{database}: ')}")
