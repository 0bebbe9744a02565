"""Every way to end has its exit code."""

import pytest

from archive import errors
from archive.errors import ArchiveError
from crawler.outcome import Outcome
from ops.exit_codes import ExitCode, code_of_error, code_of_outcome


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_code(outcome: Outcome) -> None:
    assert (code_of_outcome(outcome) == ExitCode.DONE) == (outcome is Outcome.COMPLETE)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.NotFound("x"), 2),
        (errors.DocumentError("x"), 3),
        (errors.SourceBusy("x"), 6),
        (errors.LeaseLost("x"), 6),
        (errors.ExportError("x"), 7),
        (errors.StoreUnavailable("x"), 7),
        (errors.StoreMismatch("x"), 7),
    ],
)
def test_every_error_has_a_code(error: ArchiveError, code: int) -> None:
    assert code_of_error(error) == code


def test_the_codes_keep_their_meaning() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "INTERNAL": 1,
        "USAGE": 2,
        "PARTIAL": 3,
        "UNREACHABLE": 4,
        "NOTHING_PARSED": 5,
        "BUSY": 6,
        "STORAGE": 7,
    }
