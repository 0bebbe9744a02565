"""Times that are eight hours off: a zone was read wrongly. Found by how long documents take to be seen.

A document is usually first seen a while after it was published, and each source has its usual delay. Where
Shanghai's time was read as UTC, the document seems to be published eight hours later than it was; where UTC
was read as Shanghai's, eight hours earlier. Either moves the delay by eight hours and by nothing else, so
delays modulo eight hours show what is usual, however many are wrong.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import median
from sys import intern

EIGHT_HOURS = 8 * 3600.0
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 24 * 3600.0
_EARLY = 15 * _MINUTE
"""How long before its time of publication a document may be seen, since clocks disagree."""
_NARROWEST, _WIDEST = 10 * _MINUTE, 90 * _MINUTE
"""What counts as the usual delay is at least and at most so much longer or shorter. A source that is seen
every three hours has delays of all lengths: of it nothing can be told but what was seen before its time."""
_SPREADS = 3.0
_SCALE = 1.4826
"""From the median deviation to what would be a standard deviation (of a normal distribution)."""
_FEWEST = 10
"""Documents from which on the usual delay of a source is known."""
_FEWEST_OF_OUTLET = 3
"""Documents eight hours late from which on an outlet is judged by itself."""
_CATCHES_UP = 1 / 3
"""Documents of ages in between, for each one that is eight hours late and was seen in the same hour."""
_WHOLE, _FEWEST_OF_WHOLE = 0.8, 5


@dataclass(slots=True)
class Lags:
    """How long a source's documents took from being published to being seen; parallel columns."""

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    hours: "array[int]" = field(default_factory=lambda: array("q"))
    """The hour of the first sight, counted from any moment."""
    outlets: list[str] = field(default_factory=list)

    def add(self, number: int, outlet: str, took: float, seen_at: float) -> None:
        """A document that was seen so many seconds after it was published; up to a day counts."""
        if abs(took) <= _DAY:
            self.ids.append(number)
            self.seconds.append(took)
            self.hours.append(int(seen_at // _HOUR))
            self.outlets.append(intern(outlet))


@dataclass(frozen=True, slots=True)
class Shifted:
    """What is eight hours off at one source."""

    late: Sequence[int]
    """Documents that seem to have taken eight hours more: published, it seems, eight hours too early."""
    early: Sequence[int]
    """Documents that were seen eight hours before they were published, it seems."""
    whole: Mapping[str, tuple[int, int]]
    """Outlets of which (nearly) all are shifted: how many are, of how many."""
    usual: tuple[float, float] | None
    """The usual delay and what counts as that, more or less, in seconds; None where there is none."""


def shifted(lags: Lags) -> Shifted:
    """What is eight hours off, of the documents of one source."""
    usual = usual_lag(lags.seconds)
    if usual is None:
        # Whatever is usual: nothing is seen seven hours before it is published.
        early = [n for n, took in enumerate(lags.seconds) if abs(took + EIGHT_HOURS - _HOUR / 2) <= _HOUR]
        late: list[int] = []
    else:
        early = [n for n, took in enumerate(lags.seconds) if abs(took - usual[0] + EIGHT_HOURS) <= usual[1]]
        late = _late(lags, *usual)
    whole = _whole(lags, early) | _whole(lags, late)
    ids = lags.ids
    return Shifted([ids[n] for n in late], [ids[n] for n in early], whole, usual)


def usual_lag(seconds: Sequence[float]) -> tuple[float, float] | None:
    """The while that is usual but for whole eight hours, and what counts as that, more or less, in seconds.

    None where the documents are too few, or take too different times, for one to be usual.
    """
    if len(seconds) < _FEWEST:
        return None
    folded = [(took + _EARLY) % EIGHT_HOURS - _EARLY for took in seconds]
    usual = median(folded)
    spread = _SCALE * median(abs(took - usual) for took in folded)
    tolerance = max(_NARROWEST, _SPREADS * spread)
    return (usual, tolerance) if tolerance <= _WIDEST else None


def _late(lags: Lags, usual: float, tolerance: float) -> list[int]:
    """Those eight hours late, of outlets with more of them than chance has; then of all others together."""
    by_outlet: dict[str, list[int]] = defaultdict(list)
    for n in _but_for_catching_up(lags, usual, tolerance):
        by_outlet[lags.outlets[n]].append(n)
    found: list[int] = []
    others: list[int] = []
    for some in by_outlet.values():
        is_off = _is_no_chance([lags.seconds[n] for n in some], usual, tolerance, _FEWEST_OF_OUTLET)
        (found if is_off else others).extend(some)
    if _is_no_chance([lags.seconds[n] for n in others], usual, tolerance):
        found += others
    return sorted(n for n in found if _is_late(lags.seconds[n], usual, tolerance))


def _but_for_catching_up(lags: Lags, usual: float, tolerance: float) -> list[int]:
    """Without those seen in hours in which the crawl caught up: it finds documents of every age then."""
    late: Counter[int] = Counter()
    between: Counter[int] = Counter()
    for took, hour in zip(lags.seconds, lags.hours, strict=True):
        if _is_late(took, usual, tolerance):
            late[hour] += 1
        elif usual + tolerance < took < usual + EIGHT_HOURS - tolerance:
            between[hour] += 1
    catching_up = {hour for hour, count in late.items() if between[hour] >= max(1, _CATCHES_UP * count)}
    return [n for n, hour in enumerate(lags.hours) if hour not in catching_up]


def _is_late(took: float, usual: float, tolerance: float) -> bool:
    return abs(took - usual - EIGHT_HOURS) <= tolerance


def _is_no_chance(seconds: Iterable[float], usual: float, tolerance: float, fewest: int = 1) -> bool:
    """Whether more are eight hours late than would be if lateness knew no such hour.

    By what there is on either side, three to thirteen hours late: four standard deviations above that.
    """
    late = below = above = 0
    for took in seconds:
        behind = took - usual - EIGHT_HOURS
        late += abs(behind) <= tolerance
        below += -5 * _HOUR <= behind < -tolerance
        above += tolerance < behind <= 5 * _HOUR
    expected = max(below, above) * 2 * tolerance / (5 * _HOUR - tolerance)
    return late >= fewest and late >= expected + 4 * sqrt(expected) + (expected > 0)


def _whole(lags: Lags, suspects: Sequence[int]) -> dict[str, tuple[int, int]]:
    """The outlets that are shifted as a whole."""
    of_outlet = Counter(lags.outlets[n] for n in suspects)
    if not of_outlet:
        return {}
    all_of = Counter(lags.outlets)
    return {
        outlet: (count, all_of[outlet])
        for outlet, count in sorted(of_outlet.items())
        if count >= max(_FEWEST_OF_WHOLE, _WHOLE * all_of[outlet])
    }
