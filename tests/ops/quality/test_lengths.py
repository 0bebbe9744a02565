"""Lengths are odd by the measure of their outlet."""

from array import array
from random import Random

from ops.quality.lengths import usual, usual_by


def lognormal(count: int, seed: int = 1) -> list[int]:
    random = Random(seed)
    return [max(1, round(random.lognormvariate(6.5, 0.6))) for _ in range(count)]


def test_ordinary_texts_are_never_odd_and_few_odd_ones_do_not_move_the_measure() -> None:
    lengths = lognormal(2000)
    clean = usual(lengths)
    spoiled = usual([*lengths, *[3] * 50, *[900_000] * 50])
    assert clean is not None
    assert spoiled is not None
    assert not any(map(clean.is_odd, lengths))
    assert spoiled.is_odd(3)
    assert spoiled.is_odd(900_000)
    assert not any(map(spoiled.is_odd, lengths))


def test_where_all_texts_are_alike_odd_begins_at_four_times() -> None:
    alike = usual([500] * 30)
    assert alike is not None
    assert [alike.is_odd(length) for length in (0, 124, 126, 1999, 2001)] == [False, True, False, False, True]


def test_an_outlet_with_few_texts_is_measured_by_its_source_and_a_small_source_not_at_all() -> None:
    found = usual_by(
        {
            ("finews", "鲁网"): array("q", [500] * 30),
            ("finews", "新报"): array("q", [510, 490]),
            ("cinic", "报"): array("q", [9, 10**6]),
        }
    )
    assert set(found) == {("finews", "鲁网"), ("finews", "新报")}
    assert found["finews", "新报"].is_odd(20)
