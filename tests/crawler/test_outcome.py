"""How a crawl ended, from what it counted."""

import pytest

from crawler.outcome import Outcome, outcome_of


@pytest.mark.parametrize(
    ("counters", "outcome"),
    [
        ({"lists": 52, "posts": 5000, "known": 0}, Outcome.COMPLETE),
        ({"lists": 52, "posts": 0, "known": 5000}, Outcome.COMPLETE),
        ({"lists": 52, "posts": 99, "failed": 1}, Outcome.PARTIAL),
        ({"lists": 52, "posts": 99, "rejected": 1}, Outcome.PARTIAL),
        ({"lists": 1, "posts": 0, "known": 7, "failed": 1}, Outcome.PARTIAL),
        ({}, Outcome.UNREACHABLE),
        ({"failed": 2}, Outcome.UNREACHABLE),
        ({"lists": 0, "rejected": 2}, Outcome.NOTHING_PARSED),
        ({"lists": 2, "posts": 0, "rejected": 40}, Outcome.NOTHING_PARSED),
        (
            {"lists": 2, "posts": 0, "known": 100, "rejected": 40, "rejected_first": 40},
            Outcome.NOTHING_PARSED,
        ),
        ({"lists": 2, "posts": 0, "known": 100, "rejected": 40, "rejected_first": 2}, Outcome.PARTIAL),
        ({"lists": 2, "posts": 0, "known": 100, "rejected": 1}, Outcome.PARTIAL),
        ({"lists": 2, "posts": 0, "known": 0}, Outcome.COMPLETE),
        ({"lists": 2, "posts": 0, "known": 0, "failed": 10}, Outcome.PARTIAL),
        ({"lists": 2, "not_modified": 2}, Outcome.COMPLETE),
        ({"lists": 2, "not_modified": 2, "gone": 3}, Outcome.COMPLETE),
        ({"lists": 1, "not_modified": 1, "failed": 1}, Outcome.PARTIAL),
        ({"lists": 2, "not_modified": 2, "rejected": 2, "rejected_first": 2}, Outcome.PARTIAL),
        ({"lists": 2, "not_modified": 2, "rejected": 3, "rejected_first": 3}, Outcome.NOTHING_PARSED),
        ({"lists": 2, "not_modified": 2, "rejected": 9, "rejected_first": 9, "posts": 1}, Outcome.PARTIAL),
        ({"lists": 2, "not_modified": 2, "rejected": 30}, Outcome.PARTIAL),
        ({"lists": 2, "found": 9, "waiting": 9}, Outcome.COMPLETE),
        ({"posts": 3, "failed": 2}, Outcome.PARTIAL),
        ({"posts": 3}, Outcome.COMPLETE),
        ({"lists": 0, "rejected": 1, "failed": 1}, Outcome.NOTHING_PARSED),
    ],
)
def test_the_outcome_follows_from_the_counters(counters: dict[str, int], outcome: Outcome) -> None:
    assert outcome_of(counters) is outcome
