"""The report as one HTML file, which needs nothing but itself: no script, no network."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from archive.errors import ExportError
from archive.store.quality import Grouping, Survey
from archive.store.values import Rejected
from ops.quality.charts import HEIGHT, WIDTH, Chart, bars, times
from ops.quality.finding import LATE, Finding, how_late
from ops.quality.listing import Listed, found, listed, web_address
from ops.quality.report import QualityReport, Refused
from ops.quality.rules import RULES
from ops.quality.took import NEWEST, Delay
from ops.terminal import safe
from ops.views.rejections import pages_of, rejections_command
from ops.views.report import (
    PLURALS,
    command_for,
    command_of,
    number,
    rejections_asked,
    share,
    shares,
    span_of,
    took_command,
    took_command_of_day,
)
from scheduler.problems import at_minute

MOST_LISTED = 50
"""Documents that are listed behind a finding, and pages behind a reason of rejection."""
_FEW_LISTED = NEWEST
"""Documents that are listed behind other figures, of which there are hundreds."""
_MOST_GROUPS = 20
"""Outlets, categories and the like, the largest; all of them are counted in ``--json``."""


@dataclass(frozen=True, slots=True)
class Group:
    """One figure of a table, with the documents behind it."""

    id: str
    """To link to."""
    name: str
    documents: int
    listed: tuple[Listed, ...]
    command: str


@dataclass(frozen=True, slots=True)
class Behind:
    """A finding with the documents behind it."""

    finding: Finding
    listed: tuple[Listed, ...]
    command: str


@dataclass(frozen=True, slots=True)
class Examples:
    """What is behind the figures of a report."""

    findings: tuple[Behind, ...]
    groups: Mapping[Grouping, tuple[Group, ...]]
    """Of days by the day."""
    took_by_source: Mapping[str, Group]
    took_by_day: Mapping[str, Group]
    rejected: Mapping[Refused, tuple[Rejected, ...]]
    """The newest rejections."""


def examples_of(
    survey: Survey, report: QualityReport, rejected: Mapping[Refused, tuple[Rejected, ...]]
) -> Examples:
    """Read what is behind the figures, of the state of the store that the report is of."""
    findings = tuple(
        Behind(one, tuple(found(survey, one, MOST_LISTED)), command_of(one.rule.name, report.asked))
        for one in report.findings
    )
    groups = {by: tuple(_groups(survey, report, by)) for by in Grouping}
    by_source = {
        source: _took(survey, f"delay-{n}", source, one, took_command(report, source))
        for n, (source, one) in enumerate(report.delays.items(), 1)
    }
    by_day = {
        day.isoformat(): _took(survey, f"took-{n}", day.isoformat(), one, took_command_of_day(report, day))
        for n, (day, one) in enumerate(report.delays_by_day.items(), 1)
    }
    return Examples(findings, groups, by_source, by_day, rejected)


def _took(survey: Survey, id_: str, name: str, delay: Delay, command: str) -> Group:
    return Group(id_, name, delay.documents, tuple(listed(survey, delay.newest, how_late)), command)


def _groups(survey: Survey, report: QualityReport, by: Grouping) -> Iterator[Group]:
    newest = survey.newest(by, _FEW_LISTED)
    for n, (value, count) in enumerate(_counts(report, by)):
        few = listed(survey, newest.get(value, []))
        yield Group(f"{by}-{n + 1}", value, count, tuple(few), command_for(by, value, report.asked))


def _counts(report: QualityReport, by: Grouping) -> Iterable[tuple[str, int]]:
    if by in report.groups:
        return list(report.groups[by].items())[:_MOST_GROUPS]
    trend = report.seen if by is Grouping.SEEN else report.published
    days = zip(trend.days, trend.totals, strict=True)
    return [(day.isoformat(), count) for day, count in days if count]


def page(report: QualityReport, examples: Examples) -> str:
    """The whole file. The same report and examples give the same text."""
    days = report.seen.days
    told = {
        "median": {day: one.median for day, one in report.delays_by_day.items()},
        "nine in ten": {day: one.most for day, one in report.delays_by_day.items()},
    }
    charts: dict[str, Chart] = {
        "seen": bars("documents", days, report.seen.counts),
        "share": bars("% of the day's documents", days, report.seen.counts, of_whole=True),
        "published": bars("documents", report.published.days, report.published.counts),
        "delays": times(days, told, span_of),
        "rejected": bars("rejections", report.rejected.days, report.rejected.counts),
    }
    return _template().render(
        report=report,
        examples=examples,
        charts=charts,
        size=(WIDTH, HEIGHT),
        rules=[RULES[name] for name in report.looked_for],
        links={
            by: {one.name: one for one in examples.groups[by]} for by in (Grouping.SEEN, Grouping.PUBLISHED)
        },
        plurals=PLURALS,
        most=MOST_LISTED,
        now=at_minute(report.now),
        shares=shares(report),
        of_whole_sources=rejections_asked(report) != report.asked,
        late=command_of(LATE.name, report.asked),
        as_json=f"archive report --json {report.asked}".rstrip(),
        Grouping=Grouping,
    )


def write_page(path: Path, text: str) -> None:
    """Write the file: it is there whole, or as it was. Raises `ExportError`, naming it."""
    if not path.name or (path.exists() and not path.is_file()):
        raise ExportError(f"{path}: is no file, and none can be put in its place; name another")
    half = path.with_name(f".{path.name}.half")
    try:
        try:
            with half.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        except BaseException:
            with suppress(OSError):
                half.unlink()
            raise
    except OSError as error:
        raise ExportError(
            f"{path}: cannot be written ({error.strerror}); name a file in a folder that can be written"
        ) from error


@cache
def _template() -> Template:
    """Escapes whatever is put into it: titles are strangers' text, which may hold any markup."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "shown": safe,
        "span": span_of,
        "web": web_address,
        "day": date.isoformat,
        "count": "{:,}".format,
    }
    helpers: tuple[Any, ...] = (share, number, rejections_command, pages_of)
    environment.globals |= {one.__name__: one for one in helpers}
    return environment.get_template("page.html")
