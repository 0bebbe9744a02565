"""Texts of odd length: far from what their outlet usually has, by measures that few odd ones do not move."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median

_FEWEST = 20
"""Texts from which on it is known what is usual."""
_SPREADS = 5.0
"""Median deviations, as standard deviations: of texts whose logarithms are normal, one in two million."""
_SCALE = 1.4826
_FACTOR = 4.0
"""Times as long, or as short, at the least: outlets whose texts are all alike have narrow spreads."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: the median length, and from and to where lengths are not odd, in characters."""

    median: float
    low: float
    high: float

    def is_odd(self, length: int) -> bool:
        """Whether a text of that length is far from it; empty texts are another matter."""
        return length > 0 and not self.low <= length <= self.high


def usual(lengths: Sequence[int]) -> Usual | None:
    """What is usual among the texts of these lengths; None where they are too few to tell."""
    logs = [log(length) for length in lengths if length > 0]
    if len(logs) < _FEWEST:
        return None
    middle = median(logs)
    reach = max(log(_FACTOR), _SPREADS * _SCALE * median(abs(one - middle) for one in logs))
    return Usual(exp(middle), exp(middle - reach), exp(middle + reach))


def usual_by(lengths: "Mapping[tuple[str, str], array[int]]") -> dict[tuple[str, str], Usual]:
    """What is usual for each source and outlet; where an outlet has too few texts, for its source."""
    of_source: dict[str, array[int]] = {}
    for (source, _), some in lengths.items():
        of_source.setdefault(source, array("q")).extend(some)
    general = {source: usual(some) for source, some in of_source.items()}
    found = {key: usual(some) or general[key[0]] for key, some in lengths.items()}
    return {key: one for key, one in found.items() if one}
