"""Findings: for which documents a rule holds, found in one pass over all of them."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from archive.documents import SHANGHAI
from archive.store.quality import Examined
from ops.quality.fields import at_shanghai
from ops.quality.lengths import usual_by
from ops.quality.rule import Rule, Test, Weight
from ops.quality.took import time_taken
from ops.quality.zones import Lags, shifted
from scheduler.problems import span

_PROMISED, _FEWEST = 0.8, 20
"""A source promises an author where so many of its documents have one, of so many at the least."""
_LATE = timedelta(days=1)
Key = tuple[str, str]
"""A source and an outlet of it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has found."""

    rule: Rule
    ids: "array[int]"
    """The documents for which it holds, the newest first."""
    by_source: Mapping[str, int]
    evidence: Test
    """What shows it of one of them."""
    told: tuple[str, ...] = ()
    """What else is to be known, in lines."""

    @property
    def documents(self) -> int:
        """How many documents it holds for."""
        return len(self.ids)


class Collector(Protocol):
    """Looks at each document once; then it knows."""

    @property
    def rule(self) -> Rule: ...  # noqa: D102

    def add(self, document: Examined) -> None: ...  # noqa: D102

    def finding(self) -> Finding: ...  # noqa: D102


class Pile:
    """Documents, and how many of them are of each source."""

    def __init__(self) -> None:
        self.ids = array("q")
        self.by_source: Counter[str] = Counter()

    def add(self, number: int, source: str) -> None:
        """One more."""
        self.ids.append(number)
        self.by_source[source] += 1

    def finding(self, rule: Rule, evidence: Test, told: tuple[str, ...] = ()) -> Finding:
        """What was found, with the sources that have the most of it first."""
        by_source = dict(sorted(self.by_source.items(), key=lambda one: (-one[1], one[0])))
        return Finding(rule, array("q", sorted(self.ids, reverse=True)), by_source, evidence, told)


class Alone:
    """A rule that one document decides."""

    def __init__(self, rule: Rule, test: Test) -> None:
        self.rule, self._test = rule, test
        self._pile = Pile()

    def add(self, document: Examined) -> None:
        """Apply it."""
        if self._test(document):
            self._pile.add(document.id, document.source)

    def finding(self) -> Finding:
        """All for which it holds."""
        return self._pile.finding(self.rule, self._test)


AUTHOR = Rule(
    "author-missing",
    Weight.DOUBT,
    "no author, where others have one",
    f"A source promises one where at least {_PROMISED:.0%} of its documents have one, of {_FEWEST} or more.",
    reads_text=False,
)


class Authors:
    """Documents without an author, at sources that mostly name one."""

    rule = AUTHOR

    def __init__(self) -> None:
        self._without: dict[str, array[int]] = defaultdict(lambda: array("q"))
        self._all: Counter[str] = Counter()

    def add(self, document: Examined) -> None:
        """Count it."""
        self._all[document.source] += 1
        if not document.author.strip():
            self._without[document.source].append(document.id)

    def finding(self) -> Finding:
        """Of the sources that promise one."""
        pile = Pile()
        for source, count in self._all.items():
            without = self._without[source]
            if count >= _FEWEST and len(without) <= (1 - _PROMISED) * count:
                for number in without:
                    pile.add(number, source)
        return pile.finding(self.rule, lambda _: "no author")


EIGHT_HOURS = Rule(
    "date-eight-hours-off",
    Weight.FAULT,
    "a time that is eight hours off",
    "A source's documents have a usual delay from being published to being seen; these have eight hours more "
    "or less. Those eight hours late count where they are more than chance has it, at their outlet or at the "
    "source, and where the crawl was not catching up. Imports do not count, nor documents of which the day "
    "alone is known, nor what the first crawl of a source found.",
    reads_text=False,
)


class Zones:
    """Documents whose time of publication is eight hours off, it seems."""

    rule = EIGHT_HOURS

    def __init__(self, first_crawls: Mapping[str, datetime]) -> None:
        self._first_crawls = first_crawls
        self._lags: dict[str, Lags] = defaultdict(Lags)

    def add(self, document: Examined) -> None:
        """Note how long it took."""
        took = time_taken(document, self._first_crawls)
        if took is not None:
            seen_at = document.first_seen.timestamp()
            self._lags[document.source].add(document.id, document.outlet, took, seen_at)

    def finding(self) -> Finding:
        """Those that are off, and the outlets that are as a whole."""
        pile, told = Pile(), []
        for source, lags in sorted(self._lags.items()):
            found = shifted(lags)
            for number in (*found.early, *found.late):
                pile.add(number, source)
            told += [
                f"all of {outlet or 'no outlet'} ({source}) is off: {count} of {of} documents"
                for outlet, (count, of) in found.whole.items()
            ]
        return pile.finding(self.rule, _two_times, tuple(told))


def _two_times(document: Examined) -> str:
    if document.published is None:
        return ""
    took = document.first_seen - document.published
    side = "after" if took > timedelta(0) else "before"
    hours, minutes = divmod(round(abs(took).total_seconds() / 60), 60)
    seen_at = at_shanghai(document.first_seen)
    return f"first seen {hours} h {minutes:02} min {side} it was published, at {seen_at}"


LENGTH = Rule(
    "length-odd",
    Weight.DOUBT,
    "a length unlike their outlet's",
    "Five spreads from the median of its outlet (of its source, where the outlet has under 20 documents) and "
    "at least four times longer or shorter; on the logarithm of the length, the spread by median deviation.",
)


class Lengths:
    """Documents of odd length."""

    rule = LENGTH

    def __init__(self) -> None:
        self._ids: dict[Key, array[int]] = defaultdict(lambda: array("q"))
        self._lengths: dict[Key, array[int]] = defaultdict(lambda: array("q"))

    def add(self, document: Examined) -> None:
        """Note its length."""
        key = document.source, document.outlet
        self._ids[key].append(document.id)
        self._lengths[key].append(len(document.text))

    def finding(self) -> Finding:
        """Those far from what is usual."""
        pile, usual = Pile(), usual_by(self._lengths)
        for key, of_key in usual.items():
            for number, length in zip(self._ids[key], self._lengths[key], strict=True):
                if of_key.is_odd(length):
                    pile.add(number, key[0])

        def evidence(document: Examined) -> str:
            known = usual.get((document.source, document.outlet))
            around = f"; usual are {known.low:,.0f} to {known.high:,.0f}" if known else ""
            return f"{len(document.text):,} characters{around}"

        return pile.finding(self.rule, evidence)


SHARED = Rule(
    "duplicate-exact",
    Weight.NOTE,
    "a content that others have too",
    "The same content hash: the same canonical title and text. Exports have one for all by default.",
    reads_text=False,
)
NEAR = Rule(
    "duplicate-near",
    Weight.NOTE,
    "nearly the text of an earlier one",
    "As `archive duplicates` finds them; it has to have looked at all documents first.",
    reads_text=False,
)


class Having:
    """Documents whose content is one of some, each of which has its evidence."""

    def __init__(self, rule: Rule, contents: Mapping[str, str]) -> None:
        self.rule, self._contents = rule, contents
        self._pile = Pile()

    def add(self, document: Examined) -> None:
        """Look for its content."""
        if document.content_hash in self._contents:
            self._pile.add(document.id, document.source)

    def finding(self) -> Finding:
        """All that have one."""
        return self._pile.finding(self.rule, lambda document: self._contents.get(document.content_hash, ""))


LATE = Rule(
    "archived-late",
    Weight.NOTE,
    "more than a day until archived",
    "First seen more than a day after they were published; of those of which this is known at all.",
    reads_text=False,
)


def how_late(document: Examined) -> str:
    """How long it took, in words."""
    if document.published is None:
        return ""
    return f"after {span(max(timedelta(0), document.first_seen - document.published))}"


class Chosen:
    """All documents that are selected: what is behind figures that no rule is about."""

    rule = Rule(
        "documents",
        Weight.NOTE,
        "all that was asked for",
        "Every document that the options select.",
        reads_text=False,
    )

    def __init__(self) -> None:
        self._pile = Pile()

    def add(self, document: Examined) -> None:
        """Take it."""
        self._pile.add(document.id, document.source)

    def finding(self) -> Finding:
        """All of them."""
        return self._pile.finding(self.rule, lambda one: f"first seen {at_shanghai(one.first_seen)}")


class Timed:
    """Documents of which it is known how long they took: those behind the figures of that."""

    rule = Rule(
        "time-to-archive",
        Weight.NOTE,
        "a known time to archive",
        "Every document of which it is known how long it took from being published to being in the store.",
        reads_text=False,
    )
    _more_than = -math.inf
    """Seconds."""

    def __init__(self, first_crawls: Mapping[str, datetime]) -> None:
        self._first_crawls = first_crawls
        self._pile = Pile()

    def add(self, document: Examined) -> None:
        """See how long it took."""
        took = time_taken(document, self._first_crawls)
        if took is not None and took > self._more_than:
            self._pile.add(document.id, document.source)

    def finding(self) -> Finding:
        """All that took longer."""
        return self._pile.finding(self.rule, how_late)


class Late(Timed):
    """Documents that took long."""

    rule = LATE
    _more_than = _LATE.total_seconds()


@dataclass(frozen=True, slots=True)
class Choice:
    """Which documents of a finding are asked for: days are Shanghai's; None is no condition."""

    seen: date | None = None
    seen_until: date | None = None
    """The last of several days, of which `seen` is the first."""
    published: date | None = None
    normalizer: str | None = None

    def holds(self, document: Examined) -> bool:
        """Whether the document is one of them."""
        return (
            self._holds_seen(document)
            and self.published in {None, _day(document.published)}
            and self.normalizer in {None, document.normalizer}
        )

    def _holds_seen(self, document: Examined) -> bool:
        if self.seen is None:
            return True
        return self.seen <= document.first_seen.astimezone(SHANGHAI).date() <= (self.seen_until or self.seen)


EVERY = Choice()


def _day(at: datetime | None) -> date | None:
    return at and at.astimezone(SHANGHAI).date()
