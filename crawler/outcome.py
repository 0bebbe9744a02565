"""How a crawl ended, in one word."""

from collections.abc import Mapping
from enum import StrEnum


class Outcome(StrEnum):
    """The outcomes; each has an exit code of its own."""

    COMPLETE = "complete"
    """Everything that was asked for answered and was read, new or nothing new."""
    PARTIAL = "partial"
    """Something failed or was rejected; the rest is stored."""
    UNREACHABLE = "unreachable"
    """The source did not answer, or would not."""
    NOTHING_PARSED = "nothing-parsed"
    """Pages came, but none could be read: the layout has changed."""
    STORAGE = "storage"
    """The store failed; what was committed before is intact."""
    INTERRUPTED = "interrupted"
    """Asked to stop."""
    CRASHED = "crashed"
    """An error of ours."""
    TIME_LIMIT = "time-limit"
    """It was stopped for taking too long."""
    MEMORY_LIMIT = "memory-limit"
    """It was stopped for taking too much memory."""


_FIRST_REJECTED_TO_SUSPECT = 3
"""Pages rejected for the first time, with not one read, in a run that saw what is known as well: one broken
post is no new layout, nor are those of yesterday that are tried again."""


def outcome_of(counters: Mapping[str, int]) -> Outcome:
    """The outcome of a crawl that ran to its end."""
    lists, posts, rejected, failed, first = (
        counters.get(name, 0) for name in ("lists", "posts", "rejected", "failed", "rejected_first")
    )
    if not lists and not posts:
        return Outcome.NOTHING_PARSED if rejected else Outcome.UNREACHABLE
    as_ever = counters.get("known", 0) + counters.get("not_modified", 0)
    if not posts and ((rejected and not as_ever) or first >= _FIRST_REJECTED_TO_SUSPECT):
        return Outcome.NOTHING_PARSED
    return Outcome.PARTIAL if rejected or failed else Outcome.COMPLETE
