"""Excerpts: the part of a text that shows why it was found, with the hits in it."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from archive.search.query import LONGEST, Query
from archive.search.words import folded

LENGTH = 80
"""Characters of an excerpt: two lines of a terminal for Chinese."""
_BEFORE = 16
"""Characters that stand before its first hit."""
_MOST = 200
"""Places of one word that are looked at: who has found a word so often needs no better place."""
_PIECE = re.compile(r".{1,256}[^\n-~\u4e00-\u9fff]*", re.DOTALL)
"""A part of a text that folds to the same alone: none of the characters that begin the next joins it."""

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
    first = text.around(best[0])[0] if best else 0
    start = min(max(0, first - _BEFORE), max(0, len(whole) - length))
    end = start + length
    found = _joined(text.original(span) for span in _within(query, text.folded, text.place((start, end))))
    cut = ((max(first, start) - start, min(behind, end) - start) for first, behind in found)
    hits = tuple((first, behind) for first, behind in cut if first < behind)
    return Excerpt(whole[start:end], hits, start, end < len(whole))


def spans(query: Query, whole: str) -> tuple[Span, ...]:
    """All hits in a text, such as a title."""
    text = _Text(whole)
    return tuple(_joined(text.original((start, end)) for start, end, _ in _places(query, text.folded)))


class _Text:
    """A text and what it is when folded, where characters may be more or fewer; piece by piece the same."""

    def __init__(self, whole: str) -> None:
        self._pieces = _PIECE.findall(whole) or [""]
        pieces = list(map(folded, self._pieces))
        self.folded = "".join(pieces)
        self._starts = [0, *accumulate(map(len, self._pieces))]
        self._folded_starts = [0, *accumulate(map(len, pieces))]

    def original(self, span: Span) -> Span:
        """The place in the text of one in the folded text."""
        (start, _), (_, end) = map(self.around, span)
        return start, end

    def place(self, span: Span) -> Span:
        """The place in the folded text of one in the text."""
        start, end = map(self._folded_place, span)
        return start, end

    def _folded_place(self, place: int) -> int:
        number = min(bisect_right(self._starts, place), len(self._pieces)) - 1
        return self._folded_starts[number] + len(folded(self._pieces[number][: place - self._starts[number]]))

    def around(self, place: int) -> Span:
        """The last place that is not behind it, and one that is not before it and parts no character."""
        number = min(bisect_right(self._folded_starts, place), len(self._pieces)) - 1
        piece, within = self._pieces[number], place - self._folded_starts[number]

        def length_before(place: int) -> int:
            return len(folded(piece[:place]))

        last = within
        if not length_before(within) <= within < length_before(within + 1):  # as in Chinese
            last = bisect_right(range(len(piece) + 1), within, key=length_before) - 1
        start = self._starts[number] + last
        return start, start + (length_before(last) < within)


def _places(query: Query, text: str) -> Iterator[tuple[int, int, int]]:
    """Where the folded text has the query's words, and the number of the word."""
    for number, phrase in enumerate(query.wanted):
        for start, end in islice(phrase.places(text), _MOST):
            yield start, end, number


def _within(query: Query, text: str, shown: Span) -> Iterator[Span]:
    """All places of the query's words that the part shown has anything of, in no order of their own."""
    for phrase in query.wanted:
        for start, end in phrase.places(text, max(0, shown[0] - LONGEST)):
            if start >= shown[1]:
                break
            if end > shown[0]:
                yield start, end


def _densest(places: Sequence[tuple[int, int, int]], length: int) -> Span | None:
    """The first place within the length of text that has the most; None where there is none."""
    best = None
    most = (0, 0)
    behind = 0
    for number, (start, _, _) in enumerate(places):
        while behind < len(places) and places[behind][1] <= start + length:
            behind += 1
        some = places[number : max(behind, number + 1)]
        if (found := (len({word for *_, word in some}), len(some))) > most:
            best, most = some[0][:2], found
    return best


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap or touch as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
