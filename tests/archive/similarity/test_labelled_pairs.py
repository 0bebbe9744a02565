"""How well copies are told from what only looks alike, on a small fixed set of labelled pairs.

`benchmarks/near_duplicates.py` draws the whole curve; these are its floors.
"""

from collections import defaultdict

from archive.similarity import THRESHOLD
from archive.similarity.features import features, similarity
from fixtures.lookalikes.pairs import labelled_pairs

OF_EACH = 25


def test_copies_are_found_and_nothing_else() -> None:
    found: defaultdict[str, int] = defaultdict(int)
    is_copy = {}
    for pair in labelled_pairs(5, OF_EACH):
        found[pair.kind] += similarity(features(pair.first), features(pair.second)) >= THRESHOLD
        is_copy[pair.kind] = pair.is_copy
    right = sum(number for kind, number in found.items() if is_copy[kind])
    assert right / sum(found.values()) >= 0.99
    assert right / (OF_EACH * sum(is_copy.values())) >= 0.97
    assert {kind for kind, number in found.items() if is_copy[kind] and number < 0.8 * OF_EACH} == set()


def test_the_pairs_are_the_same_every_time() -> None:
    once, again = (list(labelled_pairs(5, 1)) for _ in range(2))
    assert once == again != list(labelled_pairs(6, 1))
    assert len({pair.kind for pair in once}) == len(once)
    assert all(pair.first != pair.second for pair in once if pair.is_copy)
