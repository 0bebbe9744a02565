"""An API that has gone away is given a rest, and found again when it is back."""

from crawler.share_api import ShareApiHealth


def test_a_run_of_failures_ends_the_asking_and_one_in_fifty_tries_again() -> None:
    health = ShareApiHealth()
    for _ in range(20):
        assert health.should_ask()
        health.failed()
    assert [health.should_ask() for _ in range(100)].count(True) == 2


def test_one_answer_brings_it_back() -> None:
    health = ShareApiHealth()
    for _ in range(500):
        health.failed()
    health.answered()
    assert all(health.should_ask() for _ in range(100))


def test_failures_now_and_then_are_no_reason_to_rest() -> None:
    health = ShareApiHealth()
    for _ in range(1000):
        health.failed()
        health.answered()
        assert health.should_ask()
