"""The report: what is counted and found of the selected documents, all of it of one state of the store."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import repeat
from typing import TypeVar

from archive.documents import SHANGHAI, Fidelity
from archive.store.quality import Examined, Grouping, RejectedPages, RejectionCount, Survey
from ops.quality.finding import EVERY, NEAR, SHARED, Choice, Collector, Finding, Pile
from ops.quality.rules import collectors
from ops.quality.took import Delay, Delays

_GROUPED = (
    Grouping.SOURCE,
    Grouping.FIDELITY,
    Grouping.OUTLET,
    Grouping.CATEGORY,
    Grouping.NORMALIZER,
)
_TOLD_EVERY = 1000
Progress = Callable[[Mapping[str, int]], None]
Refused = tuple[str, str, str]
"""Source, stage and reason of rejections."""
Name = TypeVar("Name", str, Refused)


@dataclass(frozen=True, slots=True)
class Trend:
    """How many of something there were on each of a span of days, all together and by kind."""

    days: tuple[date, ...]
    """All of them, also those with nothing; up to today, or up to the last with anything."""
    counts: Mapping[str, tuple[int, ...]]
    """By kind, a number for each day."""
    others: int
    """How many there were on other days."""

    @property
    def totals(self) -> tuple[int, ...]:
        """All kinds together, for each day."""
        return tuple(map(sum, zip(*self.counts.values(), strict=True))) or (0,) * len(self.days)

    @property
    def rows(self) -> Iterator[tuple[date, tuple[int, ...], int]]:
        """Each day with the number of each kind, and of all."""
        kinds = zip(*self.counts.values(), strict=True) if self.counts else repeat(())
        return zip(self.days, kinds, self.totals, strict=False)


@dataclass(frozen=True, slots=True)
class Duplicated:
    """How much is there more than once."""

    contents: int
    """That several documents have."""
    documents: int
    """That have these."""
    near: int | None
    """Documents that say nearly the same as an earlier one; None where nobody has looked for them yet."""


@dataclass(frozen=True, slots=True)
class QualityReport:
    """All that is told, with `now` as it was given. Days are Shanghai's."""

    now: datetime
    asked: str
    """The selection in a line; empty for everything."""
    documents: int
    contents: int
    groups: Mapping[Grouping, Mapping[str, int]]
    """How many documents have each value, the most frequent first; ``""`` is none."""
    seen: Trend
    """First sights, by fidelity."""
    published: Trend
    """Published times, by fidelity."""
    delays: Mapping[str, Delay]
    """By source, of documents first seen in the days of `seen`."""
    delays_by_day: Mapping[date, Delay]
    findings: tuple[Finding, ...]
    """The gravest first; only those that hold for any document."""
    duplicated: Duplicated
    rejections: Mapping[Refused, int]
    """The most frequent first. They are all of their sources, whatever else was selected."""
    rejected_pages: Mapping[Refused, RejectedPages]
    rejected_daily: Mapping[Refused, tuple[int, ...]]
    """On each of the days of `rejected`."""
    rejected: Trend
    """By reason."""
    looked_for: tuple[str, ...]
    """The names of all rules that were applied."""


def report_of(
    survey: Survey,
    now: datetime,
    days: int,
    *,
    asked: str = "",
    near: Mapping[str, str] | None = None,
    on_progress: Progress = lambda _: None,
) -> QualityReport:
    """Count and look at all documents of the survey; figures over time are of so many days.

    `near` are the contents that are nearly another's, where that is known. Takes time in proportion to the
    texts, and memory of some tens of bytes a document.
    """
    today = now.astimezone(SHANGHAI).date()
    seen, published = (
        _trend(_per_day(survey, by), today, days) for by in (Grouping.SEEN, Grouping.PUBLISHED)
    )
    first_crawls, shared = survey.first_crawls(), survey.shared()
    delays = Delays(first_crawls, seen.days[0], seen.days[-1])
    applied = collectors(first_crawls, shared, near)
    documents = _pass(survey, applied, on_progress, delays.add)
    found = [one.finding() for one in applied]
    rejections = survey.rejections()
    rejected = _trend(_reasons(rejections), today, days)
    return QualityReport(
        now=now,
        asked=asked,
        documents=documents,
        contents=survey.contents(),
        groups={by: _most_first(_single(survey.counts(by))) for by in _GROUPED},
        seen=seen,
        published=published,
        delays=delays.by_source(),
        delays_by_day=delays.by_day(),
        findings=_gravest_first(found),
        duplicated=_duplicated(len(shared), found),
        rejections=_most_first(_by_reason(rejections)),
        rejected_pages=survey.rejected_pages(),
        rejected_daily=_daily(rejections, rejected.days),
        rejected=rejected,
        looked_for=tuple(one.rule.name for one in applied),
    )


def finding_of(
    survey: Survey, collector: Collector, choice: Choice = EVERY, on_progress: Progress = lambda _: None
) -> Finding:
    """What one rule finds, without all the rest; only those that are asked for, though it looks at all."""
    if choice == EVERY:
        _pass(survey, [collector], on_progress)
        return collector.finding()
    chosen: dict[int, str] = {}

    def note(document: Examined) -> None:
        if choice.holds(document):
            chosen[document.id] = document.source

    _pass(survey, [collector], on_progress, note)
    finding = collector.finding()
    pile = Pile()
    for number in finding.ids:
        if number in chosen:
            pile.add(number, chosen[number])
    return pile.finding(finding.rule, finding.evidence, finding.told)


def _pass(
    survey: Survey,
    applied: Sequence[Collector],
    on_progress: Progress,
    note: Callable[[Examined], None] = lambda _: None,
) -> int:
    """Show each document to the rules, once; how many there are."""
    total = sum(survey.counts(Grouping.SOURCE).values())
    number = 0
    reads_text = any(one.rule.reads_text for one in applied)
    for number, document in enumerate(survey.documents(with_text=reads_text), 1):
        for one in applied:
            one.add(document)
        note(document)
        if not number % _TOLD_EVERY:
            on_progress({"documents": total, "looked at": number})
    return number


def _per_day(survey: Survey, by: Grouping) -> dict[tuple[date, str], int]:
    """How many documents there were, by day and fidelity; those without a day are left out."""
    counts = survey.counts(by, of=Grouping.FIDELITY)
    found = {(date.fromisoformat(day), fidelity): count for (day, fidelity), count in counts.items() if day}
    kinds = {fidelity for _, fidelity in found}
    order = [str(one) for one in Fidelity if str(one) in kinds]
    return dict(sorted(found.items(), key=lambda one: (order.index(one[0][1]), one[0][0])))


def _trend(counts: Mapping[tuple[date, str], int], today: date, days: int) -> Trend:
    """The counts of the last days up to today; where these have none, of those up to the last that has."""
    reached = {day for day, _ in counts if day <= today}
    last = max(reached, default=today)
    if (today - last).days < days:
        last = today
    first = last - timedelta(days=min(days - 1, (last - date.min).days))
    shown = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    kinds = dict.fromkeys(kind for _, kind in counts)
    by_kind = {kind: tuple(counts.get((day, kind), 0) for day in shown) for kind in kinds}
    others = sum(counts.values()) - sum(map(sum, by_kind.values()))
    return Trend(shown, {kind: row for kind, row in by_kind.items() if any(row)}, others)


def _gravest_first(found: Sequence[Finding]) -> tuple[Finding, ...]:
    shown = [one for one in found if one.documents]
    return tuple(sorted(shown, key=lambda one: (one.rule.weight.rank, -one.documents, one.rule.name)))


def _duplicated(contents: int, found: Sequence[Finding]) -> Duplicated:
    counts = {one.rule.name: one.documents for one in found}
    return Duplicated(contents, counts[SHARED.name], counts.get(NEAR.name))


def _single(counts: Mapping[tuple[str, ...], int]) -> dict[str, int]:
    return {key: count for (key,), count in counts.items()}


def _by_reason(rejections: Sequence[RejectionCount]) -> Mapping[Refused, int]:
    counted: Counter[Refused] = Counter()
    for one in rejections:
        counted[one.source, one.stage, one.reason] += one.rejections
    return counted


def _daily(rejections: Sequence[RejectionCount], days: Sequence[date]) -> dict[Refused, tuple[int, ...]]:
    counted: dict[Refused, Counter[date]] = defaultdict(Counter)
    for one in rejections:
        counted[one.source, one.stage, one.reason][one.day] += one.rejections
    return {key: tuple(of_days[day] for day in days) for key, of_days in counted.items()}


def _reasons(rejections: Sequence[RejectionCount]) -> dict[tuple[date, str], int]:
    """How many there were, by day and reason, the most frequent reason first."""
    counted: Counter[tuple[date, str]] = Counter()
    of_reason: Counter[str] = Counter()
    for one in rejections:
        counted[one.day, one.reason] += one.rejections
        of_reason[one.reason] += one.rejections
    return dict(sorted(counted.items(), key=lambda one: (-of_reason[one[0][1]], one[0][1], one[0][0])))


def _most_first(counts: Mapping[Name, int]) -> dict[Name, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
