"""How a run ended, where its process has not said so itself: decided purely, of how the process ended."""

import signal
from dataclasses import dataclass

from archive.store.values import RunState
from crawler.outcome import Outcome
from scheduler.children import Ended, Stop

_BUSY = 6
"""The exit code of a crawl whose source is taken, as `ops.exit_codes` promises it."""
_STORAGE = 7
_MEMORY_ERRORS = ("MemoryError", "Cannot allocate memory")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended, as the ledger is to have it."""

    state: RunState
    outcome: Outcome
    detail: str


def is_busy(ended: Ended) -> bool:
    """Whether a child ended since its source is taken."""
    return ended.code == _BUSY


def verdict(ended: Ended) -> Verdict:
    """Of a run whose process is gone and which the ledger still has as planned or running."""
    words = f" ({ended.last_words[:300]})" if ended.last_words else ""
    if cause := _by_limit(ended):
        return Verdict(RunState.CRASHED, cause, f"{_told(ended)}{' and had to be killed' * ended.was_killed}")
    if ended.stop is Stop.ASKED:
        killed = ", and was killed since it did not end" * ended.was_killed
        return Verdict(RunState.INTERRUPTED, Outcome.INTERRUPTED, f"the service was stopped{killed}")
    if ended.code is None:
        return Verdict(
            RunState.CRASHED, Outcome.CRASHED, "its process is gone; the service that began it was too"
        )
    if ended.code < 0:
        return Verdict(RunState.CRASHED, Outcome.CRASHED, f"ended by {_signal(-ended.code)}{words}")
    if ended.code == _STORAGE:
        return Verdict(RunState.FINISHED, Outcome.STORAGE, ended.last_words[:300] or "the store failed")
    return Verdict(RunState.CRASHED, Outcome.CRASHED, f"ended with exit code {ended.code}{words}")


def explanation(ended: Ended) -> Verdict | None:
    """Of a run that has said how it ended, but not why: it was stopped at a limit. None of any other."""
    cause = _by_limit(ended)
    return Verdict(RunState.INTERRUPTED, cause, _told(ended)) if cause else None


def _by_limit(ended: Ended) -> Outcome | None:
    if ended.stop is Stop.TIME:
        return Outcome.TIME_LIMIT
    was_refused = bool(ended.code) and any(one in ended.last_words for one in _MEMORY_ERRORS)
    if ended.stop is Stop.MEMORY or was_refused:
        return Outcome.MEMORY_LIMIT
    return None


def _told(ended: Ended) -> str:
    if ended.stop is Stop.TIME:
        return f"it took longer than it may (run_minutes): stopped after {ended.took / 60:.1f} min"
    return f"it took more memory than it may (run_memory_mib): {ended.memory / 2**20:.0f} MiB were seen"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
