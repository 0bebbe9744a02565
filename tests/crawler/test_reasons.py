"""Every reason and every rule can be said in words; and a rule is the one by which a post is looked at."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.decisions import RULE_SAID, SAID, Rule, Why, Window, next_post_check, next_post_look
from crawler.standing import STATE_SAID, State

T0 = datetime(2022, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_every_reason_rule_and_state_is_said_in_words() -> None:
    for said, names in ((SAID, Why), (RULE_SAID, Rule), (STATE_SAID, State)):
        assert set(said) == set(names)
        assert all(len(sentence) > 10 and sentence[-1] != "." for sentence in said.values())
        assert len(set(said.values())) == len(said)


@pytest.mark.parametrize(
    ("age", "published", "expected"),
    [
        (0, 0, (1, Rule.INTERVAL)),
        (5, 0, (10, Rule.INTERVAL)),
        (30, 0, (42, Rule.INTERVAL)),
        (65, 0, (71, Rule.LAST_LOOK)),
        (71.5, 0, (72.25, Rule.EXPIRED)),
        (100, 0, (200, Rule.INTERVAL)),
        (400, 0, (400 + 24 * 7, Rule.INTERVAL)),
        (0, -70.5, (0.5, Rule.LAST_LOOK)),
    ],
)
def test_the_rule_is_that_which_gives_the_time(
    age: float, published: float, expected: tuple[float, Rule]
) -> None:
    look = next_post_look(T0, T0 + published * HOUR, T0 + age * HOUR)
    assert look is not None
    assert ((look.at - T0) / HOUR, look.rule) == expected
    assert next_post_check(T0, T0 + published * HOUR, T0 + age * HOUR) == look.at


def test_a_post_that_does_not_leave_has_no_look_once_its_window_is_over() -> None:
    window = Window(timedelta(days=3), posts_leave=False)
    assert next_post_look(T0, None, T0 + 80 * HOUR, window) is None
    assert next_post_check(T0, None, T0 + 80 * HOUR, window) is None
