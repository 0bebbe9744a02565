"""How long documents took from being published to being in the store."""

from array import array
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import quantiles

from archive.documents import SHANGHAI, Fidelity
from archive.store.quality import Examined
from ops.quality.fields import has_time_of_day

NEWEST = 10
"""Documents that are known by number of those that a figure is of."""


def time_taken(document: Examined, first_crawls: Mapping[str, datetime]) -> float | None:
    """Seconds from the published time to the first sight, negative where it was seen before.

    None where nothing follows from it: of imports, of documents of which the day alone is known, and of
    those that the first crawl of their source found, which were there before it (`Statistics.delays`).
    """
    published = document.published
    if published is None or document.fidelity is Fidelity.IMPORT or not has_time_of_day(published):
        return None
    begun = first_crawls.get(document.source)
    if begun is not None and document.first_seen <= begun:
        return None
    return (document.first_seen - published).total_seconds()


@dataclass(frozen=True, slots=True)
class Delay:
    """How long so many documents took, in seconds; what was seen before it was published took none."""

    documents: int
    median: float
    most: float
    """Of nine in ten."""
    nearly_all: float
    """Of 99 in a hundred."""
    newest: tuple[int, ...]
    """The ids of the newest of them, at the most `NEWEST`."""


@dataclass(slots=True)
class _Times:
    """How long documents took, in the order in which they were first stored."""

    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    newest: deque[int] = field(default_factory=lambda: deque(maxlen=NEWEST))

    def add(self, number: int, took: float) -> None:
        """One more, which took so many seconds."""
        self.seconds.append(max(0.0, took))
        self.newest.appendleft(number)

    def delay(self) -> Delay:
        """What they come to."""
        newest = tuple(self.newest)
        if len(self.seconds) == 1:
            (only,) = self.seconds
            return Delay(1, only, only, only, newest)
        percent = quantiles(self.seconds, n=100, method="inclusive")
        return Delay(len(self.seconds), percent[49], percent[89], percent[98], newest)


class Delays:
    """Collects how long documents took that were first seen in a span of days."""

    def __init__(self, first_crawls: Mapping[str, datetime], first: date, last: date) -> None:
        self._first_crawls, self._first, self._last = first_crawls, first, last
        self._by_source: dict[str, _Times] = defaultdict(_Times)
        self._by_day: dict[date, _Times] = defaultdict(_Times)

    def add(self, document: Examined) -> None:
        """Count the document, if it is of these days and its time is known."""
        day = document.first_seen.astimezone(SHANGHAI).date()
        if not self._first <= day <= self._last:
            return
        took = time_taken(document, self._first_crawls)
        if took is not None:
            self._by_source[document.source].add(document.id, took)
            self._by_day[day].add(document.id, took)

    def by_source(self) -> dict[str, Delay]:
        """By source, in order of the names."""
        return {source: self._by_source[source].delay() for source in sorted(self._by_source)}

    def by_day(self) -> dict[date, Delay]:
        """By day of the first sight."""
        return {day: self._by_day[day].delay() for day in sorted(self._by_day)}
