"""Findings: what was seen, how bad it is, and what to do."""

from dataclasses import dataclass
from enum import StrEnum

from archive.errors import ArchiveError


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """Crawls go on; it should be looked at."""
    PROBLEM = "problem"
    """Crawls fail, or will."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    check: str
    """What was looked at, in a word or two."""
    what: str
    """What was seen, in a sentence that names file, host or setting."""
    do: str = ""
    """What to do about it; empty where nothing is to be done."""
    source: str = ""
    """The source that it is about; empty for what all share."""
    lines: tuple[str, ...] = ()
    """More to show, such as a diff."""


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, check, what)


def warning(check: str, what: str, do: str) -> Finding:
    """Something to look at."""
    return Finding(Level.WARNING, check, what, do)


def problem(check: str, what: str, do: str) -> Finding:
    """Something to put right."""
    return Finding(Level.PROBLEM, check, what, do)


def from_error(check: str, error: ArchiveError, do: str = "correct what it names") -> Finding:
    """A problem that an error tells; what stands behind its semicolon says what to do."""
    what, _, told = str(error).partition("; ")
    return problem(check, what, told or do)


def length(seconds: float) -> str:
    """A length of time for people, in the unit that suits it."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
