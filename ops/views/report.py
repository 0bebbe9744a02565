"""How the quality of the corpus is shown: on a terminal of 80 columns, and all of it as JSON."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from archive.store.quality import Grouping
from ops.quality.finding import Timed
from ops.quality.rule import Weight
from ops.terminal import aligned, cut, safe
from ops.views.rejections import pages_of, rejections_command
from ops.views.runs import moment
from scheduler.problems import at_minute, span

if TYPE_CHECKING:
    from ops.quality.finding import Finding
    from ops.quality.listing import Listed
    from ops.quality.report import QualityReport, Trend
    from ops.quality.took import Delay

GOOD, WARNING, BAD, HEADING = "green", "yellow", "bold red", "bold"
Line = tuple[str, str]
"""A line, and its style on a terminal."""
_STYLES = {Weight.FAULT: "red", Weight.DOUBT: "yellow", Weight.NOTE: ""}
_HEIGHTS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"
_BAR = 12
_SPARKS = 30
"""Columns of a line of sparks; where there are more days, several share one."""
_SHOWN = 5
"""Outlets, categories and the like that are shown, the largest first."""
_OPTIONS = {
    Grouping.SOURCE: "--source",
    Grouping.OUTLET: "--outlet",
    Grouping.CATEGORY: "--category",
    Grouping.FIDELITY: "--fidelity",
    Grouping.NORMALIZER: "--normalizer",
    Grouping.SEEN: "--seen",
    Grouping.PUBLISHED: "--published",
}
PLURALS = {
    Grouping.SOURCE: "sources",
    Grouping.OUTLET: "outlets",
    Grouping.CATEGORY: "categories",
    Grouping.FIDELITY: "fidelities",
    Grouping.NORMALIZER: "normalizers",
}
LISTED_COLUMNS = ("document", "published (+0800)", "outlet", "title", "evidence")


def report_lines(report: "QualityReport") -> Iterator[Line]:
    """The whole report, each section with the command that leads on."""
    yield f"{'quality of the corpus':<56} {at_minute(report.now):>23}", HEADING
    if report.asked:
        yield f"of {report.asked}", ""
    yield "", ""
    yield from _amounts(report)
    if not report.documents:
        yield from _rejections(report)
        return
    for section in (_findings, _days, _delays, _groups, _rejections):
        yield "", ""
        yield from section(report)


def command_for(by: Grouping, value: str, asked: str = "", name: str = "documents") -> str:
    """The command that lists the documents of a group, of those that were asked for.

    Its own option takes the place of one that was given: several of one kind are alternatives.
    """
    options = [(_OPTIONS[by], value), *(one for one in _options(asked) if one[0] != _OPTIONS[by])]
    return f"archive report {name} {shlex.join(word for option in options for word in option)}"


def took_command(report: "QualityReport", source: str) -> str:
    """The command that lists the documents behind the time to archive of a source."""
    seen = f"--seen {report.seen.days[0]}..{report.seen.days[-1]}"
    return command_for(Grouping.SOURCE, source, f"{seen} {report.asked}", Timed.rule.name)


def took_command_of_day(report: "QualityReport", day: date) -> str:
    """The command that lists those behind that of a day."""
    return command_for(Grouping.SEEN, day.isoformat(), report.asked, Timed.rule.name)


def rejections_asked(report: "QualityReport") -> str:
    """The options that select rejections, of those that were given: they have no outlet, nor a date."""
    sources = (one for one in _options(report.asked) if one[0] == _OPTIONS[Grouping.SOURCE])
    return " ".join(map(shlex.join, sources))


def shares(report: "QualityReport") -> tuple[str, str]:
    """What is to be said behind the number of documents that have their content in common with others.

    First the sentence's rest, then a remark: of a selection the others may be outside.
    """
    contents = number(report.duplicated.contents, "content")
    if not report.asked:
        return f"share {contents}", ""
    return f"with {contents} that others have too", "(the others may be outside the selection)"


def command_of(name: str, asked: str = "") -> str:
    """The command that lists the documents of a finding."""
    return f"archive report {name}{asked and f' {asked}'}"


def sparks(counts: Sequence[int], columns: int = _SPARKS) -> str:
    """The counts as a line of bars, the highest full; a dot for nothing."""
    each = max(1, -(-len(counts) // columns))
    begins = range(-(-len(counts) % each), len(counts), each)
    sums = [sum(counts[max(0, n) : n + each]) for n in begins]
    highest = max(sums, default=0)
    return "".join(_HEIGHTS[-(-one * len(_HEIGHTS) // highest) - 1] if one else _NOTHING for one in sums)


def share(count: int, of: int) -> str:
    """How much of the whole that is; not nothing is never told as 0 %, nor not all as 100 %."""
    percent = 100 * count / of if of else 0.0
    if 0 < percent < 0.1:
        return "<0.1 %"
    return ">99.9 %" if 99.9 < percent < 100 else f"{percent:.1f} %"


def report_json(report: "QualityReport") -> dict[str, Any]:
    """All of it; lengths of time in seconds."""
    near = report.duplicated.near
    return {
        "now": moment(report.now),
        "selection": report.asked,
        "documents": report.documents,
        "contents": report.contents,
        "by": {str(by): dict(counts) for by, counts in report.groups.items()},
        "first_seen": _trend_json(report.seen),
        "published": _trend_json(report.published),
        "time_to_archive": {source: _delay_json(one) for source, one in report.delays.items()},
        "time_to_archive_by_day": {
            day.isoformat(): _delay_json(one) for day, one in report.delays_by_day.items()
        },
        "duplicates": {
            "contents": report.duplicated.contents,
            "documents": report.duplicated.documents,
            "near": near,
        },
        "findings": [finding_json(one, report) for one in report.findings],
        "looked_for": list(report.looked_for),
        "rejections": [
            {
                "source": refused[0] or None,
                "stage": refused[1],
                "reason": refused[2],
                "rejections": count,
                "pages": report.rejected_pages[refused].pages,
                "documents_by_now": report.rejected_pages[refused].documents,
                "command": rejections_command(*refused, count),
            }
            for refused, count in report.rejections.items()
        ],
        "rejections_selection": rejections_asked(report),
        "rejected": _trend_json(report.rejected),
    }


def finding_json(finding: "Finding", report: "QualityReport") -> dict[str, Any]:
    """A finding with its figures, and the command that lists its documents."""
    return {
        "finding": finding.rule.name,
        "weight": str(finding.rule.weight),
        "says": finding.rule.says,
        "rule": finding.rule.how,
        "documents": finding.documents,
        "share": round(finding.documents / report.documents, 6),
        "by_source": dict(finding.by_source),
        "told": list(finding.told),
        "command": command_of(finding.rule.name, report.asked),
    }


def listing_head(finding: "Finding", shown: int) -> str:
    """What a list is of, and how to have more of it."""
    count = finding.documents
    if not count:
        return "no documents"
    says = f" with {finding.rule.says}" if finding.rule.name != "documents" else ""
    more = f"; the newest {shown:,} (--limit {count} has all)" if shown < count else ""
    return f"{number(count, 'document')}{says}{more}"


def sources_of(finding: "Finding") -> list[str]:
    """How many are of each source, where there are several, in a line."""
    counts = [f"{source} {count:,}" for source, count in finding.by_source.items()]
    return [f"by source: {', '.join(counts)}"] if len(counts) > 1 else []


def listed_row(one: "Listed") -> list[str]:
    """A document as cells for `LISTED_COLUMNS`."""
    published = f"{one.published:%Y-%m-%d %H:%M:%S}" if one.published else "-"
    return [one.name, published, cut(one.outlet, 12), cut(one.title or "(none)", 24), one.evidence]


def listed_json(one: "Listed") -> dict[str, Any]:
    """A document with what shows that it is one of those."""
    return {
        "document": one.name,
        "outlet": one.outlet,
        "published": one.published.isoformat() if one.published else None,
        "title": one.title,
        "address": one.address or None,
        "evidence": one.evidence,
    }


def span_of(seconds: float) -> str:
    """A length of time for people."""
    return span(timedelta(seconds=seconds))


def number(count: int, what: str) -> str:
    """A count with what is counted."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def _command(what: str, report: "QualityReport") -> str:
    return f"archive report {what}{report.asked and f' {report.asked}'}"


def _amounts(report: "QualityReport") -> Iterator[Line]:
    if not report.documents:
        told = "none of this selection" if report.asked else "none yet; crawl or import something first"
        yield f"documents   {told}", ""
        return
    kinds = ", ".join(
        f"{len(report.groups[by]):,} {PLURALS[by] if len(report.groups[by]) != 1 else by}"
        for by in (Grouping.SOURCE, Grouping.OUTLET, Grouping.CATEGORY)
    )
    yield f"documents   {report.documents:,} with {number(report.contents, 'content')}: {kinds}", ""
    duplicated = report.duplicated
    says, remark = shares(report)
    exact = f"{number(duplicated.documents, 'document')} {says}"
    near = (
        "near ones were not looked for yet: archive duplicates"
        if duplicated.near is None
        else f"{duplicated.near:,} say nearly what another says"
    )
    yield f"duplicates  {exact if duplicated.contents else 'none that are exact'}", ""
    if duplicated.contents and remark:
        yield f"            {remark}", ""
    yield f"            {near}", ""


def _findings(report: "QualityReport") -> Iterator[Line]:
    if not report.findings:
        yield f"findings: none, of {len(report.looked_for)} that were looked for", GOOD
        return
    yield f"findings   {_command('FINDING', report)}", HEADING
    rows = [
        [
            one.rule.weight,
            f"{one.documents:,}",
            share(one.documents, report.documents),
            one.rule.name,
            one.rule.says,
        ]
        for one in report.findings
    ]
    for line, one in zip(_table(rows), report.findings, strict=True):
        yield line, _STYLES[one.rule.weight]
        for told in one.told[:_SHOWN]:
            yield f"       {safe(told)}", _STYLES[one.rule.weight]
        if len(one.told) > _SHOWN:
            yield f"       and {len(one.told) - _SHOWN} more", _STYLES[one.rule.weight]


def _days(report: "QualityReport") -> Iterator[Line]:
    first, last = report.seen.days[0], report.seen.days[-1]
    yield f"by day, {first} to {last}   {_command('documents --seen DAY', report)}", HEADING
    rows = [_spark_row("first seen", report.seen.totals, report.seen.others)]
    rows += [_spark_row(f"  {kind}", counts, None) for kind, counts in report.seen.counts.items()]
    days = report.published.days
    same = days == report.seen.days
    rows.append(_spark_row("published", report.published.totals, report.published.others))
    yield from ((line, "") for line in _table(rows))
    if not same:
        yield f"            published: {days[0]} to {days[-1]}", ""


def _spark_row(name: str, counts: Sequence[int], others: int | None) -> list[str]:
    more = "" if not others else f"and {others:,} on other days"
    return [name, sparks(counts), f"{sum(counts):,}", more]


def _delays(report: "QualityReport") -> Iterator[Line]:
    if not report.delays:
        yield "time to archive: not known of any document of these days (of imports it never is)", ""
        return
    yield f"time to archive, first seen {report.seen.days[0]} to {report.seen.days[-1]}", HEADING
    yield f"  {took_command(report, 'SOURCE')}", HEADING
    rows = [
        [source, f"{one.documents:,}", *map(span_of, (one.median, one.most, one.nearly_all))]
        for source, one in report.delays.items()
    ]
    columns = ("source", "documents", "median", "90 %", "99 %")
    yield from (
        (line, "") for line in aligned(columns, [[safe(cell) for cell in row] for row in rows], columns[1:])
    )


def _groups(report: "QualityReport") -> Iterator[Line]:
    for n, (by, counts) in enumerate(report.groups.items()):
        if by is Grouping.NORMALIZER and set(counts) == {""}:
            continue
        if n:
            yield "", ""
        rest = f", the {_SHOWN} largest of {len(counts):,}" if len(counts) > _SHOWN else ""
        yield f"by {by}{rest}   {_command(f'documents {_OPTIONS[by]} {by.upper()}', report)}", HEADING
        shown = list(counts.items())[:_SHOWN]
        rows = [
            [
                safe(cut(value, 24)).strip() or "(none)",
                f"{count:,}",
                share(count, report.documents),
                _bar(count, counts),
            ]
            for value, count in shown
        ]
        yield from ((line, "") for line in _table(rows))


def _rejections(report: "QualityReport") -> Iterator[Line]:
    if not report.rejections:
        yield "rejections: none", ""
        return
    yield "rejections   archive rejections --source SOURCE --stage STAGE --reason REASON", HEADING
    if rejections_asked(report) != report.asked:
        yield "of whole sources: no option but --source selects rejections", ""
    shown = list(report.rejections.items())[: 2 * _SHOWN]
    rows = [
        [
            shlex.quote(safe(source)),
            safe(stage),
            safe(reason),
            f"{count:,}",
            sparks(report.rejected_daily[key]),
        ]
        for key, count in shown
        for source, stage, reason in [key]
    ]
    head, *lines = aligned(("source", "stage", "reason", "rejections", "days"), rows, ("rejections",))
    yield head, ""
    for line, (key, count) in zip(lines, shown, strict=True):
        yield line, ""
        if told := pages_of(report.rejected_pages[key], count):
            yield f"       {told}", ""
    if (rest := len(report.rejections) - 2 * _SHOWN) > 0:
        yield f"and for {number(rest, 'reason')} more", ""


def _options(asked: str) -> Iterator[tuple[str, str]]:
    words = shlex.split(asked)
    return zip(words[::2], words[1::2], strict=True)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows without a head; the columns behind the first that hold numbers are aligned on the right."""
    columns = [str(n) for n in range(len(rows[0]))]
    right = [name for n, name in enumerate(columns) if n and all(_is_number(row[n]) for row in rows)]
    return aligned(columns, rows, right)[1:]


def _is_number(cell: str) -> bool:
    return cell.lstrip("<>").removesuffix(" %").replace(",", "").replace(".", "").isdigit()


def _bar(count: int, counts: Mapping[str, int]) -> str:
    return "█" * max(1, round(_BAR * count / max(counts.values())))


def _trend_json(trend: "Trend") -> dict[str, Any]:
    return {
        "days": [day.isoformat() for day in trend.days],
        "counts": {kind: list(counts) for kind, counts in trend.counts.items()},
        "on_other_days": trend.others,
    }


def _delay_json(one: "Delay") -> dict[str, Any]:
    return {"documents": one.documents, "median": one.median, "p90": one.most, "p99": one.nearly_all}
