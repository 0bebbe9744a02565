"""Groups: what is one text in several places, as pairs that were compared say.

Texts are numbered in the order of an export, the earliest published first. A group is one text and all later
ones that are similar to it, itself, not only to another one of them: so no chain of small changes joins two
texts that have nothing in common. The earliest text that is similar to any makes the first group, the
earliest that is left the next.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from archive.similarity.candidates import Pair

Compare = Callable[[Sequence[Pair]], Iterable[float]]
"""Gives the similarity of each pair, from the texts themselves."""

_AT_ONCE = 200
"""Pairs that are compared between two looks at which are still of interest."""
_DEFERRED = 8
"""Pairs of one text that are put off: both are similar to a third, in whose group they may well be."""
_TRIES = 32
"""Comparisons in vain of one text, after which no more are made: so many others look like it, and are not."""


@dataclass(frozen=True, slots=True)
class Group:
    """A text, by its number, and those that are similar to it, by theirs, with their similarity."""

    first: int
    others: Mapping[int, float]


class Links:
    """What is known of pairs: those that are similar, and those that only looked so."""

    def __init__(self, threshold: float, compare: Compare) -> None:
        self._threshold, self._compare = threshold, compare
        self._similar: defaultdict[int, dict[int, float]] = defaultdict(dict)
        self._refused: set[Pair] = set()
        self._deferred: defaultdict[int, set[int]] = defaultdict(set)
        self._tries: Counter[int] = Counter()

    def add(self, pairs: Iterable[Pair]) -> int:
        """Compare those of the pairs of which nothing is known; how many that were."""
        asked = (pair for pair in pairs if self._is_open(pair))
        compared = 0
        while some := list(islice(asked, _AT_ONCE)):
            for pair, similarity in zip(some, self._compare(some), strict=True):
                self._note(pair, similarity)
            compared += len(some)
        return compared

    def groups(self) -> Iterator[Group]:
        """The groups, in the order of their first texts."""
        left = set(self._similar)
        for first in sorted(self._similar):
            if first not in left:
                continue
            others = self._similar_to(first, left)
            left -= {first, *others}
            if others:
                yield Group(first, dict(sorted(others.items())))

    def _is_open(self, pair: Pair) -> bool:
        """Whether the pair is to be compared now; it is put off where both are similar to a third."""
        one, other = pair
        if pair in self._refused or self._tries[other] >= _TRIES:
            return False
        here, there = self._similar.get(one), self._similar.get(other)
        if not here or not there:
            return True
        if other in here:
            return False
        is_open = here.keys().isdisjoint(there)
        if not is_open and len(self._deferred[one]) < _DEFERRED:
            self._deferred[one].add(other)
        return is_open

    def _note(self, pair: Pair, similarity: float) -> None:
        one, other = pair
        if similarity >= self._threshold:
            self._similar[one][other] = self._similar[other][one] = similarity
        else:
            self._refused.add(pair)
            self._tries[other] += 1

    def _similar_to(self, first: int, left: set[int]) -> dict[int, float]:
        """Those left that are similar to it: it may not have been compared with all that its own are like."""
        near = self._similar[first]
        known = {one: similarity for one, similarity in near.items() if one in left}
        further = {two for one in known for two in self._similar[one] if two in left and two not in near}
        further |= (self._deferred.get(first, set()) & left) - near.keys()
        pairs = [(first, one) for one in sorted(further - {first}) if (first, one) not in self._refused]
        for pair, similarity in zip(pairs, self._compare(pairs), strict=True):
            if similarity >= self._threshold:
                known[pair[1]] = similarity
        return known
