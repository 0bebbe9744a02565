"""How a run ended is told by name, from how its process did."""

import signal

import pytest

from archive.store.values import RunState
from crawler.outcome import Outcome
from ops.exit_codes import ExitCode
from scheduler.children import Ended, Stop
from scheduler.verdicts import explanation, is_busy, verdict

MEMORY = "archive: internal error: MemoryError:  (the traceback is in data/logs/errors.jsonl)"


@pytest.mark.parametrize(
    ("ended", "state", "outcome", "detail"),
    [
        (Ended(1, 7, -signal.SIGSEGV), RunState.CRASHED, Outcome.CRASHED, "ended by SIGSEGV"),
        (Ended(1, 7, -99), RunState.CRASHED, Outcome.CRASHED, "ended by signal 99"),
        (
            Ended(1, 7, -9, Stop.TIME, was_killed=True, took=600),
            RunState.CRASHED,
            Outcome.TIME_LIMIT,
            "it took longer than it may (run_minutes): stopped after 10.0 min and had to be killed",
        ),
        (
            Ended(1, 7, -15, Stop.MEMORY, memory=3 << 30),
            RunState.CRASHED,
            Outcome.MEMORY_LIMIT,
            "it took more memory than it may (run_memory_mib): 3072 MiB were seen",
        ),
        (
            Ended(1, 7, 1, memory=100 << 20, last_words=MEMORY),
            RunState.CRASHED,
            Outcome.MEMORY_LIMIT,
            "it took more memory than it may (run_memory_mib): 100 MiB were seen",
        ),
        (
            Ended(1, 7, ExitCode.STORAGE, last_words="archive: data/archive.db: disk full"),
            RunState.FINISHED,
            Outcome.STORAGE,
            "archive: data/archive.db: disk full",
        ),
        (
            Ended(1, 7, ExitCode.USAGE, last_words="archive: sources/x.toml: broken"),
            RunState.CRASHED,
            Outcome.CRASHED,
            "ended with exit code 2 (archive: sources/x.toml: broken)",
        ),
        (Ended(1, 7, 3, Stop.ASKED), RunState.INTERRUPTED, Outcome.INTERRUPTED, "the service was stopped"),
        (
            Ended(1, 7, -9, Stop.ASKED, was_killed=True),
            RunState.INTERRUPTED,
            Outcome.INTERRUPTED,
            "the service was stopped, and was killed since it did not end",
        ),
        (
            Ended(1, 7, None),
            RunState.CRASHED,
            Outcome.CRASHED,
            "its process is gone; the service that began it was too",
        ),
    ],
)
def test_a_run_that_did_not_say_how_it_ended_has_a_name_for_it(
    ended: Ended, state: RunState, outcome: Outcome, detail: str
) -> None:
    found = verdict(ended)
    assert (found.state, found.outcome, found.detail) == (state, outcome, detail)


def test_a_run_that_ended_in_good_order_at_a_limit_is_told_why() -> None:
    found = explanation(Ended(1, 7, 3, Stop.TIME, took=7200))
    assert found is not None
    assert (found.outcome, found.detail) == (
        Outcome.TIME_LIMIT,
        "it took longer than it may (run_minutes): stopped after 120.0 min",
    )
    assert explanation(Ended(1, 7, 0)) is None
    assert explanation(Ended(1, 7, 3, Stop.ASKED)) is None


def test_a_source_that_is_taken_is_known_by_the_exit_code_that_is_promised() -> None:
    assert is_busy(Ended(1, 7, ExitCode.BUSY))
    assert not is_busy(Ended(1, 7, ExitCode.DONE))
