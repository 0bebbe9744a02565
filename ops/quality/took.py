"""How long documents took from being published to being in the store."""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import quantiles

from archive.documents import SHANGHAI, Fidelity
from archive.store.quality import Examined
from ops.quality.fields import has_time_of_day


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


def delay(seconds: Sequence[float]) -> Delay | None:
    """What the times come to; None where there are none."""
    if not seconds:
        return None
    took = [max(0.0, one) for one in seconds]
    if len(took) == 1:
        return Delay(1, *took * 3)
    percent = quantiles(took, n=100, method="inclusive")
    return Delay(len(took), percent[49], percent[89], percent[98])


class Delays:
    """Collects how long documents took that were first seen in a span of days."""

    def __init__(self, first_crawls: Mapping[str, datetime], first: date, last: date) -> None:
        self._first_crawls, self._first, self._last = first_crawls, first, last
        self._by_source: dict[str, array[float]] = defaultdict(lambda: array("d"))
        self._by_day: dict[date, array[float]] = defaultdict(lambda: array("d"))

    def add(self, document: Examined) -> None:
        """Count the document, if it is of these days and its time is known."""
        day = document.first_seen.astimezone(SHANGHAI).date()
        if not self._first <= day <= self._last:
            return
        took = time_taken(document, self._first_crawls)
        if took is not None:
            self._by_source[document.source].append(took)
            self._by_day[day].append(took)

    def by_source(self) -> dict[str, Delay]:
        """By source, in order of the names."""
        return {
            source: found for source in sorted(self._by_source) if (found := delay(self._by_source[source]))
        }

    def by_day(self) -> dict[date, Delay]:
        """By day of the first sight."""
        return {day: found for day in sorted(self._by_day) if (found := delay(self._by_day[day]))}
