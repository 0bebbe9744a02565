"""Sketch: 160 bytes by which texts that may be nearly the same are found without reading them.

The first 128 are a MinHash of the shingles, by which the share of shingles that two texts have in common is
estimated: fast similarity sketching (Dahlgaard, Knudsen and Thorup, FOCS 2017), which asks each shingle for
one hash where the classic way asks for 128, and has the same error. Of each minimum one byte is kept (b-bit
minwise hashing, Li and König, WWW 2010): equal minima have equal bytes, others in one of 256 cases. The rest
says which numbers there are, as a set of bits, how many, and how long the text is: most reports of one make
are told apart by that.

All hashes follow from CRC-32 and arithmetic, so that a sketch is the same on every machine and Python.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Self

from archive.similarity.features import Features, agreement

VERSION = 1
"""Of the sketches, to be raised with every change of what they say: those of others are made anew."""
MINIMA = 128
SIZE = 160
_COUNTS = SIZE - 2
"""Where the number of numbers stands; behind it the length of the text."""
_BITS = 8 * (_COUNTS - MINIMA)
_MOST = 255
"""A byte that says: so much, or more."""
_LETTERS = 40
"""In these the length is told, rounded up."""
_MASK = 0xFFFF_FFFF
_NONE = _MASK + 1
_ROUNDS = 64
_DEVIATIONS = 3
"""Standard errors that an estimate may be off: one of 700 is further off on the wrong side."""


def sketch(features: Features) -> bytes:
    """The sketch of a text, `SIZE` bytes; none for a text that is too short to be compared."""
    if features.is_short:
        return b""
    minima = bytes((one * 0x9E3779B1 & _MASK) >> 24 for one in _minima(features.shingles))
    numbers = 0
    for number in features.numbers:
        numbers |= 1 << number % _BITS
    # Numbers that were sampled cannot be told from those that are not there.
    known = len(features.numbers) if features.sampled == 1 else _MOST
    counts = (known, -(-len(features.shingles) // _LETTERS))
    return minima + numbers.to_bytes(_COUNTS - MINIMA, "big") + bytes(min(one, _MOST) for one in counts)


@dataclass(frozen=True, slots=True)
class Signature:
    """A sketch, taken apart to be compared with many."""

    minima: int
    bits: int
    numbers: int
    length: int

    @classmethod
    def of(cls, sketch: bytes) -> Self:
        """That of a sketch."""
        minima, bits = sketch[:MINIMA], sketch[MINIMA:_COUNTS]
        return cls(int.from_bytes(minima, "big"), int.from_bytes(bits, "big"), *sketch[_COUNTS:])


class Estimate:
    """Whether two texts may be as similar as a threshold asks, by their sketches."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._error = _DEVIATIONS * sqrt(threshold * (1 - threshold) / MINIMA)
        self._least = (threshold - self._error) * MINIMA

    def __call__(self, one: Signature, other: Signature) -> float:
        """The estimated similarity; 0 where it is as good as surely less than the threshold."""
        equal = (one.minima ^ other.minima).to_bytes(MINIMA, "big").count(0)
        if equal < self._least:
            return 0.0
        left = _most_agreement(one, other)
        return equal / MINIMA * left if (equal / MINIMA + self._error) * left >= self._threshold else 0.0


def _most_agreement(one: Signature, other: Signature) -> float:
    """What the numbers leave at the most: each bit that the other lacks is a number that it lacks."""
    opposed = min((one.bits & ~other.bits).bit_count(), (other.bits & ~one.bits).bit_count())
    numbers, length = min(one.numbers, other.numbers), min(one.length, other.length)
    return 1.0 if _MOST in {numbers, length} else agreement(numbers, opposed, length * _LETTERS)


def _minima(shingles: Collection[int]) -> list[int]:
    """The least hash of each of `MINIMA` parts; parts that got none draw from another hashing, and so on."""
    minima = [_NONE] * MINIMA
    for shingle in shingles:
        part = shingle % MINIMA
        if shingle < minima[part]:  # noqa: PLR1730 `min` takes twice as long
            minima[part] = shingle
    for number in range(1, _ROUNDS):
        if _NONE not in minima:
            return minima
        _fill(minima, shingles, number)
    return [
        min(_hashed(shingles, _ROUNDS + part)) if one == _NONE else one for part, one in enumerate(minima)
    ]


def _fill(minima: list[int], shingles: Collection[int], number: int) -> None:
    found: dict[int, int] = {}
    for one in _hashed(shingles, number):
        part = one % MINIMA
        if minima[part] == _NONE and one < found.get(part, _NONE):
            found[part] = one
    for part, one in found.items():
        minima[part] = one


def _hashed(shingles: Iterable[int], number: int) -> Iterable[int]:
    """Another hashing of the shingles for each number."""
    factor, summand = 0x9E3779B1 * (2 * number + 1) & _MASK, 0x85EBCA6B * number & _MASK
    mixed = ((one ^ one >> 15) * factor + summand & _MASK for one in shingles)
    return (one ^ one >> 16 for one in mixed)
