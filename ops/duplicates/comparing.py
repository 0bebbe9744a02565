"""Comparing: the texts of pairs, read from the store and compared, few of them in memory."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence

from archive.similarity.candidates import Pair
from archive.similarity.features import Features, features, similarity
from archive.store import Store

_SHINGLES = 1_000_000
"""Shingles that are kept for the next pairs: some 100 MB."""
_DIGEST = 32


class Texts:
    """Contents by their numbers, and how similar they are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._digests = bytearray()
        self._kept: OrderedDict[int, Features] = OrderedDict()
        self._weight = 0

    def add(self, content_hash: str) -> None:
        """The next content."""
        self._digests += bytes.fromhex(content_hash)

    def __getitem__(self, number: int) -> str:
        return self._digests[number * _DIGEST : (number + 1) * _DIGEST].hex()

    def compare(self, pairs: Sequence[Pair]) -> Iterator[float]:
        """The similarity of each pair."""
        self._read({number for pair in pairs for number in pair})
        for one, other in pairs:
            yield similarity(self._features(one), self._features(other))

    def _read(self, numbers: set[int]) -> None:
        wanted = {self[number]: number for number in sorted(numbers - self._kept.keys())}
        for content_hash, text in self._store.sketches.texts(wanted):
            self._keep(wanted[content_hash], features(text))

    def _features(self, number: int) -> Features:
        if number not in self._kept:  # it was let go for others
            self._read({number})
        self._kept.move_to_end(number)
        return self._kept[number]

    def _keep(self, number: int, found: Features) -> None:
        self._kept[number] = found
        self._weight += len(found.shingles)
        while self._weight > _SHINGLES and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._weight -= len(gone.shingles)
