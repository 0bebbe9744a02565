"""Facts of a source, with all that does not matter to a test filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from archive.store.values import Run, RunState
from scheduler.facts import Facts
from scheduler.rhythm import Grain, Rhythm

NOW = datetime(2024, 5, 14, 2, 30, tzinfo=UTC)
"""A Tuesday, 10:30 in China."""
MINUTE = timedelta(minutes=1)
BUSY = Rhythm(Grain.HOUR, 60, least=(50.0,) * 168, usual=(60.0,) * 168)


def run(number: int, ago: float, outcome: str = "complete", **changes: Any) -> Run:
    """A run that began so many minutes ago and took one."""
    begun = NOW - ago * MINUTE
    given: dict[str, Any] = {"trigger": "cron", "state": RunState.FINISHED, "finished_at": begun + MINUTE}
    given |= {"source": "finews", "counters": {}, "host": "host", "pid": 7} | changes
    return Run(id=number, outcome=outcome, started_at=begun, **given)


def facts(*runs: Run, **changes: Any) -> Facts:
    """A source with these runs, the newest first, and something new six minutes ago."""
    good = [one for one in runs if one.outcome in {"complete", "partial"} and one.asked in {"", "--full"}]
    given: dict[str, Any] = {"every": 10 * MINUTE, "last_new": NOW - 6 * MINUTE, "rhythm": BUSY}
    given |= {"runs": runs, "last_good": good[0] if good else None}
    return Facts("finews", NOW, **given | changes)


def regular(count: int = 6, since: float = 5) -> list[Run]:
    """Good runs, ten minutes apart."""
    return [run(100 - n, since + 10 * n) for n in range(count)]
