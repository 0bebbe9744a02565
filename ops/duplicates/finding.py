"""Finding near-duplicates: sketches, candidates, comparisons, groups."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from archive.similarity import THRESHOLD
from archive.similarity.candidates import Sketches, candidates
from archive.similarity.groups import Links
from archive.similarity.sketch import VERSION
from archive.store import Store
from archive.store.selection import EVERYTHING, Selection
from ops.duplicates.comparing import Texts
from ops.duplicates.sketching import make_missing

COUNTERS = ("missing", "sketched", "contents", "searched", "compared")
"""Sketches to make, and made; contents; bands of sketches that were searched; pairs that were compared."""

OnProgress = Callable[[Mapping[str, int]], None]


@dataclass(frozen=True, slots=True)
class Member:
    """A content of a group."""

    content_hash: str
    documents: int
    """How many selected documents have it."""
    similarity: float
    """To the first of its group; 1 for that itself."""


@dataclass(frozen=True, slots=True)
class Group:
    """Contents that are nearly the same as the first of them, in the order of an export.

    Of one alone, several documents have it.
    """

    members: Sequence[Member]

    @property
    def documents(self) -> int:
        """How many there are."""
        return sum(one.documents for one in self.members)


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """The groups, those of the most documents first, then the earliest."""

    groups: Sequence[Group]
    contents: int
    """How many were looked at."""

    @property
    def near(self) -> int:
        """The number of groups that have more than one content."""
        return sum(len(group.members) > 1 for group in self.groups)

    @property
    def redundant(self) -> frozenset[str]:
        """The contents that are nearly the same as an earlier one, which speaks for them."""
        return frozenset(one.content_hash for group in self.groups for one in group.members[1:])


def near_duplicates(
    store: Store,
    selection: Selection = EVERYTHING,
    threshold: float = THRESHOLD,
    *,
    on_progress: OnProgress = lambda counters: None,
) -> NearDuplicates:
    """The groups among the contents that are current for selected documents (`since` does not count).

    Sketches that are missing are made and kept first. `on_progress` gets `COUNTERS`.
    """
    told = dict.fromkeys(COUNTERS, 0)

    def tell(**counters: int) -> None:
        told.update(counters)
        on_progress(told)

    make_missing(store, selection, lambda missing, made: tell(missing=missing, sketched=made))
    contents = _Contents(store, selection)
    tell(contents=contents.number)
    links = Links(threshold, contents.texts.compare)
    for pairs in candidates(contents.sketches, threshold):
        tell(compared=told["compared"] + links.add(pairs), searched=told["searched"] + 1)
    return NearDuplicates(contents.grouped(links), contents.number)


class _Contents:
    """The selected contents in order: those to be compared by number, and who has several documents."""

    def __init__(self, store: Store, selection: Selection) -> None:
        self.texts, self.sketches = Texts(store), Sketches()
        self.number = 0
        self._places = array("Q")
        """Where those that are compared stand among all."""
        self._several: dict[int, Member] = {}
        for place, one in enumerate(store.sketches.in_order(VERSION, selection)):
            self.number += 1
            if one.documents > 1:
                self._several[place] = Member(one.content_hash, one.documents, 1.0)
            if one.sketch:
                self.texts.add(one.content_hash)
                self.sketches.add(one.sketch)
                self._places.append(place)

    def grouped(self, links: Links) -> list[Group]:
        """The groups that the links make, and the contents that several documents have; the largest first."""
        found: list[tuple[int, Group]] = []
        alone = dict(self._several)
        for group in links.groups():
            similarities = {group.first: 1.0} | dict(group.others)
            found.append(
                (self._places[group.first], Group([self._member(*one) for one in similarities.items()]))
            )
            for number in similarities:
                alone.pop(self._places[number], None)
        found += ((place, Group([one])) for place, one in alone.items())
        return [group for _, group in sorted(found, key=lambda one: (-one[1].documents, one[0]))]

    def _member(self, number: int, similarity: float) -> Member:
        several = self._several.get(self._places[number])
        return Member(self.texts[number], several.documents if several else 1, similarity)
