"""Features: what of a text is compared with others, and how alike two texts are by it.

The text is taken as letters and digits alone: Unicode's NFKC, case folded, punctuation and white space out,
so that neither paragraphs nor full-width forms count. Its shingles are all runs of `_WIDTH` characters.
Numbers are looked at once more, since reports of one make differ in them alone: the index rose 0.5 % today,
it fell 0.7 % yesterday.
"""

import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from zlib import crc32

_WIDTH = 5
"""Characters of a shingle. Measured (`benchmarks/near_duplicates.py`): from 3 to 6 copies are told as
well; with fewer, texts of one trade share more, so that more are compared in vain; with 8, each corrected
character costs more."""
SHORTEST = 60
"""Shingles that a text must have to be compared at all: a flash of 40 characters is like every other one."""
_LONGEST = 1_000_000
"""Characters that are looked at. The longest novels have as many."""
_MOST = 1 << 16
"""Shingles that are kept of a text, at the most. Those with the smallest hashes are, whatever stands around
them: so of two long texts the same parts are compared."""
_AT_ONCE = 1 << 14
_HASHES = 1 << 32
_NO_LETTER = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?")
_FALL = re.compile(r"(?:[跌降减亏][少幅了]?[超逾近约]?|(?<!\w)-)$")
"""What makes a number negative, right before it."""
_FALL_LENGTH = 3
_SHINGLES_A_NUMBER = 300
"""For so many shingles two texts are taken to share one number more than they do, and one at the least: so
that the only number of a long article may be updated, while that of a report of a few lines may not."""


@dataclass(frozen=True, slots=True)
class Features:
    """The shingles and numbers of a text, as hashes of 32 bits below 2**32 divided by `sampled`."""

    shingles: Set[int]
    numbers: Set[int]
    sampled: int = 1

    @property
    def is_short(self) -> bool:
        """Whether there is too little to compare."""
        return len(self.shingles) < SHORTEST

    def below(self, limit: int) -> "Features":
        """Those with hashes below the limit."""
        shingles = {one for one in self.shingles if one < limit}
        return Features(shingles, {one for one in self.numbers if one < limit}, _HASHES // limit)


def features(text: str) -> Features:
    """The features of a text; linear in its length, bounded however long it is."""
    normal = unicodedata.normalize("NFKC", text[:_LONGEST])[:_LONGEST]
    letters = _NO_LETTER.sub("", normal.casefold()).encode("utf-16-le", "surrogatepass")
    width = 2 * _WIDTH
    shingles: set[int] = set()
    limit = _HASHES
    for first in range(0, len(letters), 2 * _AT_ONCE):
        starts = range(first, min(first + 2 * _AT_ONCE, len(letters) - width + 1), 2)
        found = {crc32(letters[start : start + width]) for start in starts}
        shingles |= found if limit == _HASHES else {one for one in found if one < limit}
        while len(shingles) > _MOST:
            limit //= 2
            shingles = {one for one in shingles if one < limit}
    numbers = {_hash_of(found) for found in _NUMBER.finditer(normal)}
    return Features(shingles, {one for one in numbers if one < limit}, _HASHES // limit)


def similarity(one: Features, other: Features) -> float:
    """From 0 to 1: the share of shingles that both have of those that either has, less for other numbers.

    Where each text has numbers that the other has not, they are opposed: by what part they are of the
    numbers of the text that has fewer, the share is less (`agreement`). Numbers that only one has, in a
    source line or in a part that the other lacks, are not opposed. Texts that are too short are like none.
    """
    if one.is_short or other.is_short:
        return 0.0
    if one.sampled != other.sampled:
        limit = _HASHES // max(one.sampled, other.sampled)
        one, other = one.below(limit), other.below(limit)
    common = len(one.shingles & other.shingles)
    either = len(one.shingles) + len(other.shingles) - common
    shared = len(one.numbers & other.numbers)
    fewer = min(len(one.numbers), len(other.numbers))
    length = min(len(one.shingles), len(other.shingles))
    return common / max(either, 1) * agreement(fewer, fewer - shared, length)


def agreement(numbers: int, opposed: int, length: int) -> float:
    """What is left of the similarity where some of so many numbers are opposed; `length` is in shingles."""
    return 1 - opposed / (numbers + max(1.0, length / _SHINGLES_A_NUMBER))


def _hash_of(number: re.Match[str]) -> int:
    """Of a number as it is meant: ``1,200.50`` is 1200.5, and a fall of it another than a rise."""
    whole, fraction = number.groups("")
    falls = _FALL.search(number.string, max(0, number.start() - _FALL_LENGTH), number.start())
    plain = whole.replace(",", "").lstrip("0") + fraction.rstrip("0").rstrip(".")
    return crc32(f"{'-' if falls else ''}{plain}".encode())
