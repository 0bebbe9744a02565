"""Exit codes: what a script or a supervisor learns of how a command ended."""

from enum import IntEnum

from archive.errors import (
    ArchiveError,
    ExportError,
    NotFound,
    SchedulerStuck,
    SourceBusy,
    StoreError,
    UsageError,
)
from crawler.outcome import Outcome


class ExitCode(IntEnum):
    """The exit codes of `archive`; they are promised, and never change their meaning."""

    DONE = 0
    """Done: something new, or nothing new."""
    INTERNAL = 1
    """An error of this program."""
    USAGE = 2
    """The command line or the configuration is wrong."""
    PARTIAL = 3
    """Something failed, was rejected or was interrupted; the rest is done."""
    UNREACHABLE = 4
    """The source does not answer, or would not."""
    NOTHING_PARSED = 5
    """Pages came, but none could be read: the site's layout has changed."""
    BUSY = 6
    """The source is being crawled already."""
    STORAGE = 7
    """The store or the folder exported to cannot be used."""


_BY_OUTCOME = {
    Outcome.COMPLETE: ExitCode.DONE,
    Outcome.PARTIAL: ExitCode.PARTIAL,
    Outcome.INTERRUPTED: ExitCode.PARTIAL,
    Outcome.UNREACHABLE: ExitCode.UNREACHABLE,
    Outcome.NOTHING_PARSED: ExitCode.NOTHING_PARSED,
    Outcome.STORAGE: ExitCode.STORAGE,
    Outcome.CRASHED: ExitCode.INTERNAL,
    Outcome.TIME_LIMIT: ExitCode.INTERNAL,
    Outcome.MEMORY_LIMIT: ExitCode.INTERNAL,
}
_BY_ERROR: tuple[tuple[type[ArchiveError], ExitCode], ...] = (
    (UsageError, ExitCode.USAGE),
    (NotFound, ExitCode.USAGE),
    (SourceBusy, ExitCode.BUSY),
    (SchedulerStuck, ExitCode.INTERNAL),
    (StoreError, ExitCode.STORAGE),
    (ExportError, ExitCode.STORAGE),
)


def code_of_outcome(outcome: Outcome) -> ExitCode:
    """The exit code of a crawl that ended so."""
    return _BY_OUTCOME[outcome]


def code_of_error(error: ArchiveError) -> ExitCode:
    """The exit code of a command that this error ended."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.PARTIAL)
