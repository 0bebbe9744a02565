"""Groups: each member is similar to the first, whatever the pairs came by."""

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.similarity.candidates import Pair
from archive.similarity.groups import Links

THRESHOLD = 0.6


class Known:
    """Similarities by pair; those not given are 0. Counts what it was asked."""

    def __init__(self, similar: Mapping[Pair, float]) -> None:
        self.similar = similar
        self.asked: list[Pair] = []

    def compare(self, pairs: Sequence[Pair]) -> list[float]:
        self.asked += pairs
        return [self.similar.get(pair, 0.0) for pair in pairs]

    def groups(self, *batches: Sequence[Pair]) -> dict[int, dict[int, float]]:
        links = Links(THRESHOLD, self.compare)
        for pairs in batches:
            links.add(pairs)
        return {group.first: dict(group.others) for group in links.groups()}


def test_a_chain_does_not_join_its_ends() -> None:
    chain = {(n, n + 1): 0.8 for n in range(5)}
    assert Known(chain).groups(list(chain)) == {0: {1: 0.8}, 2: {3: 0.8}, 4: {5: 0.8}}


def test_the_earliest_is_the_first_and_the_others_follow_in_order() -> None:
    star = {(2, 9): 0.7, (2, 5): 0.9, (5, 9): 0.8}
    groups = Known(star).groups([(5, 9), (2, 9), (2, 5)])
    assert groups == {2: {5: 0.9, 9: 0.7}}
    assert list(groups[2]) == [5, 9]


def test_what_the_search_did_not_pair_with_the_first_is_found_through_another() -> None:
    similar = {(0, 1): 0.9, (1, 2): 0.9, (0, 2): 0.65}
    assert Known(similar).groups([(0, 1), (1, 2)]) == {0: {1: 0.9, 2: 0.65}}


def test_no_pair_is_compared_twice_and_none_in_a_group_that_is_known() -> None:
    known = Known({(0, n): 0.9 for n in range(1, 4)} | {(1, 2): 0.9})
    known.groups([(0, 1), (0, 2), (5, 6)], [(0, 1), (1, 2), (5, 6)])
    assert known.asked == [(0, 1), (0, 2), (5, 6)]


def test_a_text_that_only_looks_like_many_is_given_up() -> None:
    known = Known({})
    assert known.groups(*([(n, 100_000)] for n in range(5_000))) == {}
    assert len(known.asked) < 100


@pytest.mark.parametrize("threshold", [0.5, 1.0])
def test_as_similar_as_the_threshold_is_similar(threshold: float) -> None:
    links = Links(threshold, lambda pairs: [threshold for _ in pairs])
    assert links.add([(0, 1)]) == 1
    assert len(list(links.groups())) == 1


@given(st.data())
def test_the_groups_follow_from_the_texts_and_not_from_the_order_of_the_pairs(data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, 30), min_size=2, max_size=9))
    similar = {
        (one, other): 1 - abs(places[one] - places[other]) / 10
        for other in range(len(places))
        for one in range(other)
    }
    pairs = list(similar)
    groups = Known(similar).groups(pairs)
    random.Random(data.draw(st.integers(0, 99))).shuffle(pairs)
    assert Known(similar).groups(*([pair] for pair in pairs)) == groups
    members = [one for first, others in groups.items() for one in (first, *others)]
    assert len(members) == len(set(members))
    assert all(
        similarity == similar[first, one] >= THRESHOLD
        for first, others in groups.items()
        for one, similarity in others.items()
    )
