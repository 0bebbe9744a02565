"""The numbers that alert rules compare."""

import pytest

from scheduler.freshness import freshness, stats_of
from scheduler.rhythm import Rhythm
from tests.scheduler.facts import MINUTE, NOW, facts, regular


def test_a_source_has_the_numbers_that_are_known_of_it() -> None:
    silent = freshness(facts(*regular(), last_new=NOW - 75 * MINUTE))
    nothing = freshness(facts(last_new=None, rhythm=Rhythm()))
    assert stats_of([silent], NOW) == {
        "finews": {
            "minutes_since_new": 75,
            "minutes_since_complete": 4,
            "intervals_since_complete": 0.5,
            "documents_overdue": pytest.approx(50 * 71 / 60),
        }
    }
    assert stats_of([nothing], NOW) == {"finews": {"documents_overdue": 0}}
