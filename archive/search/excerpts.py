"""Excerpts: the part of a text that shows why it was found, with the hits in it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from archive.search.query import Query
from archive.search.words import folded

LENGTH = 80
"""Characters of an excerpt: two lines of a terminal for Chinese."""
_BEFORE = 16
"""Characters that stand before its first hit."""
_MOST = 200
"""Places of one word that are looked at: who has found a word so often needs no better place."""

Span = tuple[int, int]
"""First character, and that behind the last."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a text."""

    text: str
    hits: tuple[Span, ...]
    """In `text`, in order, none in another."""
    start: int
    """Where it begins in the whole."""
    is_cut: bool
    """Whether the whole goes on behind it."""


def excerpt(query: Query, whole: str, length: int = LENGTH) -> Excerpt:
    """The part of the text with the most of the query's words, then the most hits; of equals the first.

    The beginning where it has none.
    """
    text = _Text(whole)
    best = _densest(sorted(_places(query, text.folded)), length - _BEFORE)
    hits = _joined(text.original(span) for span in best)
    last = max(0, len(whole) - length)
    start = min(max(0, hits[0][0] - _BEFORE), last) if hits else 0
    end = start + length
    inside = tuple((first - start, min(behind, end) - start) for first, behind in hits if first < end)
    return Excerpt(whole[start:end], inside, start, end < len(whole))


def spans(query: Query, whole: str) -> tuple[Span, ...]:
    """All hits in a text, such as a title."""
    text = _Text(whole)
    return tuple(_joined(text.original((start, end)) for start, end, _ in _places(query, text.folded)))


class _Text:
    """A text and what it is when folded, where characters may be more or fewer; line by line the same."""

    def __init__(self, whole: str) -> None:
        self._lines = whole.split("\n")
        lines = [folded(line) for line in self._lines]
        self.folded = "\n".join(lines)
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]
        self._folded_starts = [0, *accumulate(len(line) + 1 for line in lines)]

    def original(self, span: Span) -> Span:
        """The place in the text of one in the folded text."""
        (start, _), (_, end) = map(self._around, span)
        return start, end

    def _around(self, place: int) -> Span:
        """The last place that is not behind it, and one that is not before it and parts no character."""
        number = bisect_right(self._folded_starts, place) - 1
        line, within = self._lines[number], place - self._folded_starts[number]

        def length_before(place: int) -> int:
            return len(folded(line[:place]))

        first = bisect_left(range(len(line) + 1), within, key=length_before)
        last = bisect_right(range(len(line) + 1), within, key=length_before) - 1
        start = self._starts[number]
        return start + last, start + max(first, last)


def _places(query: Query, text: str) -> Iterator[tuple[int, int, int]]:
    """Where the folded text has the query's words, and the number of the word."""
    for number, phrase in enumerate(query.wanted):
        for start, end in islice(phrase.places(text), _MOST):
            yield start, end, number


def _densest(places: Sequence[tuple[int, int, int]], length: int) -> Sequence[Span]:
    best: Sequence[tuple[int, int, int]] = ()
    most = (0, 0)
    behind = 0
    for number, (start, _, _) in enumerate(places):
        while behind < len(places) and places[behind][1] <= start + length:
            behind += 1
        some = places[number : max(behind, number + 1)]
        if (found := (len({word for *_, word in some}), len(some))) > most:
            best, most = some, found
    return [(start, end) for start, end, _ in best]


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap or touch as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
