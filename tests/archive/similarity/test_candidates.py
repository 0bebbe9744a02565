"""Which pairs are compared: those that are alike, and not many more."""

import random
from collections.abc import Sequence

import pytest

from archive.similarity.candidates import Pair, Sketches, bands, candidates
from archive.similarity.sketch import MINIMA

THRESHOLD = 0.6


def varied(data: bytes, kept: float, draws: random.Random) -> bytes:
    """A sketch that has that share of the minima in common with another."""
    others = set(draws.sample(range(MINIMA), round(MINIMA * (1 - kept))))
    minima = bytes(one ^ 0x5A if place in others else one for place, one in enumerate(data[:MINIMA]))
    return minima + data[MINIMA:]


def drawn(draws: random.Random) -> bytes:
    return draws.randbytes(MINIMA) + bytes(32)


def found(data: Sequence[bytes], threshold: float = THRESHOLD) -> list[Pair]:
    sketches = Sketches()
    for one in data:
        sketches.add(one)
    assert len(sketches) == len(data)
    return [pair for pairs in candidates(sketches, threshold) for pair in pairs]


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 1.0])
def test_the_bands_find_nearly_all_that_is_as_similar_as_asked(threshold: float) -> None:
    number, rows = bands(threshold)
    assert number * rows <= MINIMA
    assert 1 - (1 - threshold**rows) ** number >= 0.98


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.8, 1.0])
def test_copies_are_found_among_many(threshold: float) -> None:
    draws = random.Random(1)
    data = [drawn(draws) for _ in range(300)]
    copies = [varied(one, threshold + (1 - threshold) / 2, draws) for one in data[:100]]
    pairs = found(data + copies, threshold)
    assert {(n, 300 + n) for n in range(100)} <= set(pairs)
    assert all(one < other for one, other in pairs)
    assert len(set(pairs)) < 110


def test_what_has_no_copy_is_not_compared() -> None:
    draws = random.Random(2)
    assert found([drawn(draws) for _ in range(500)]) == []
    assert found([]) == []


@pytest.mark.parametrize("kept", [1.0, 0.95, 0.75, 0.5])
def test_the_pairs_of_a_phrase_that_all_have_are_bounded(kept: float) -> None:
    draws = random.Random(3)
    common, number = drawn(draws), 400
    pairs = found([varied(common, kept, draws) for _ in range(number)])
    assert len(pairs) < 32 * 4 * number  # of 80,000 that there are, again in each band


def test_copies_are_found_among_thousands_that_look_like_them() -> None:
    draws = random.Random(4)
    make = drawn(draws)
    reports = [varied(make, 0.8, draws) for _ in range(600)]
    copies = [varied(one, 0.97, draws) for one in reports[100:130]]
    pairs = set(found(reports + copies))
    assert sum((100 + n, 600 + n) in pairs for n in range(30)) >= 29


def test_the_first_of_many_that_are_alike_is_compared_with_all() -> None:
    draws = random.Random(5)
    common = drawn(draws)
    pairs = set(found([varied(common, 0.95, draws) for _ in range(200)]))
    assert {(0, number) for number in range(1, 200)} <= pairs
