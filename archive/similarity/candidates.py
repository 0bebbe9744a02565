"""Candidates: the pairs of texts that are worth a comparison, found among a million without comparing all.

Locality-sensitive hashing: the minima of a sketch are cut into bands, and texts with an equal band share a
bucket. A pair of similarity `s` shares one of `b` bands of `r` minima with probability ``1 - (1 - s^r)^b``.
One band at a time, so that only its buckets are in memory. However many texts have a phrase in common, the
work is bounded: of a bucket with more than `_FEW` each is compared with the first alone, and with those that
it has most in common with in other buckets, in which that phrase has no part.
"""

from collections.abc import Iterable, Iterator, Sequence

from archive.similarity.sketch import MINIMA, SIZE, Estimate, Signature

_FOUND = 0.98
"""The probability with which a pair is found that is just as similar as it must be."""
_MOST_ROWS = 16
_FEW = 48
_BEST = 3
"""Pairs of a bucket in which one text is compared: those that look most alike."""

Pair = tuple[int, int]


class Sketches:
    """The sketches of many texts, numbered from 0, end to end in memory."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, sketch: bytes) -> None:
        """Append a sketch."""
        self._data += sketch

    def __len__(self) -> int:
        return len(self._data) // SIZE

    def __getitem__(self, number: int) -> Signature:
        return Signature.of(self.data(number))

    def data(self, number: int) -> bytes:
        """One sketch."""
        return bytes(self._data[number * SIZE : (number + 1) * SIZE])

    def minima(self, number: int, first: int, rows: int) -> bytes:
        """So many minima of one sketch, from the `first` on."""
        start = number * SIZE + first
        return bytes(self._data[start : start + rows])


def bands(threshold: float) -> tuple[int, int]:
    """How many bands of how many minima: as many minima as still find what is as similar as that."""

    def found(rows: int) -> float:
        return 1 - (1 - threshold**rows) ** (MINIMA // rows)

    rows = max(rows for rows in range(1, _MOST_ROWS + 1) if found(rows) >= _FOUND)
    return MINIMA // rows, rows


def candidates(sketches: Sketches, threshold: float) -> Iterator[list[Pair]]:
    """The pairs of each band, with the lower number first; a pair may be in several."""
    number, rows = bands(threshold)
    estimate = Estimate(threshold)
    for band in range(number):
        found: list[Pair] = []
        for bucket in _buckets(sketches, band * rows, rows):
            pairs = _best_pairs if len(bucket) <= _FEW else _first_with_others
            found += pairs(sketches, bucket, estimate)
        yield found


def _buckets(sketches: Sketches, first: int, rows: int) -> Iterable[Sequence[int]]:
    """The texts that have so many minima in common with others, the lowest numbers first."""
    alone: dict[bytes, int] = {}
    buckets: dict[int, list[int]] = {}
    for number in range(len(sketches)):
        earliest = alone.setdefault(sketches.minima(number, first, rows), number)
        if earliest != number:
            buckets.setdefault(earliest, [earliest]).append(number)
    return buckets.values()


def _first_with_others(sketches: Sketches, bucket: Sequence[int], estimate: Estimate) -> Iterator[Pair]:
    first, *others = bucket
    one = sketches[first]
    return ((first, other) for other in others if estimate(one, sketches[other]))


def _best_pairs(sketches: Sketches, bucket: Sequence[int], estimate: Estimate) -> Iterator[Pair]:
    """Of each text the pairs with earlier ones that look most alike."""
    earlier: list[tuple[int, Signature]] = []
    for number in bucket:
        this = sketches[number]
        alike = [(-similarity, one) for one, other in earlier if (similarity := estimate(other, this))]
        yield from ((one, number) for _, one in sorted(alike)[:_BEST])
        earlier.append((number, this))
