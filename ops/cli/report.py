"""`archive report`: how good the corpus is, and which documents are not."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import UsageError
from ops.cli.selecting import (
    Category,
    From,
    OfFidelity,
    Outlet,
    Query,
    Source,
    Until,
    as_typed,
    refuse_unknown,
    selected,
)
from ops.progress import Progress
from ops.terminal import write_cut, write_json, write_line, write_styled, write_table, write_whole
from ops.wiring import configured, open_store

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.quality import Survey
    from archive.store.selection import Selection
    from ops.quality.finding import Choice
    from ops.quality.report import QualityReport

EXAMPLES = """\
Examples:

    archive report
    archive report --source finews --days 90
    archive report --html report.html
    archive report date-eight-hours-off
    archive report text-short --limit 500 --json | jq -r '.[].document'
    archive report documents --seen 2026-11-24
    archive report time-to-archive --source finews --seen 2026-11-01..2026-11-30"""
_STDOUT = Path("-")
_MOST_DAYS = 3660
_MOST_LISTED = 1_000_000
_REASONS_LISTED = 50
"""Reasons of rejection that the file lists pages of; there are not as many."""


_Finding = Annotated[
    str | None,
    typer.Argument(
        metavar="FINDING",
        help="List the documents of this finding; `documents` lists all, `time-to-archive` those of which it "
        "is known. The report if none.",
    ),
]
_Seen = Annotated[
    str | None,
    typer.Option(
        metavar="DAY[..DAY]", help="With FINDING: only those first seen on that day of Shanghai, or in these."
    ),
]
_Published = Annotated[
    str | None,
    typer.Option(metavar="DAY", help="With FINDING: only those published on that day of Shanghai."),
]
_Normalizer = Annotated[
    str | None, typer.Option(metavar="VERSION", help="With FINDING: only those that this normalizer made.")
]


def report(  # noqa: PLR0913 one for each way to select
    finding: _Finding = None,
    *,
    source: Source = None,
    category: Category = None,
    outlet: Outlet = None,
    fidelity: OfFidelity = None,
    from_: From = None,
    until: Until = None,
    query: Query = None,
    seen: _Seen = None,
    published: _Published = None,
    normalizer: _Normalizer = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it as one HTML file, with plots; - for standard output."),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=_MOST_DAYS, help="How many days back the figures over time go.")
    ] = 30,
    limit: Annotated[
        int, typer.Option(min=1, max=_MOST_LISTED, help="With FINDING: the newest so many.")
    ] = 50,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Report on the quality of the corpus: what is there, how fresh, and which documents are found wanting.

    `archive report FINDING` lists its documents, each with what shows it; `archive show` shows one.
    A report is no check: the exit code is 0 whatever is found.
    """
    from ops.quality.finding import EVERY, Choice  # noqa: PLC0415 no `--help` needs the store

    first, last = _days("--seen", seen)
    choice = Choice(first, last, None if published is None else _day("--published", published), normalizer)
    if finding is None and choice != EVERY:
        raise UsageError("--seen, --published and --normalizer say what to list: archive report documents …")
    if finding is not None and html is not None:
        raise UsageError(
            "--html has the whole report, with the documents of each finding: leave the finding out"
        )
    if html == _STDOUT and json:
        raise UsageError("--html - and --json both go to standard output: name a file for --html")
    selection = selected(source, category, outlet, fidelity, from_=from_, until=until, query=query)
    with open_store(configured(), create=False) as store:
        refuse_unknown(store, selection)
        if finding is None:
            _report(store, selection, days, html, json=json)
        else:
            _list(store, selection, finding, choice, limit, json=json)


def _report(store: "Store", selection: "Selection", days: int, html: Path | None, *, json: bool) -> None:
    from ops.quality.near import near_known  # noqa: PLC0415 as above
    from ops.quality.report import report_of  # noqa: PLC0415 as above
    from ops.views import report as view  # noqa: PLC0415 as above

    near = near_known(store, selection)
    with store.quality.survey(selection) as survey:
        with Progress("report", ("documents", "looked at"), ends=True) as progress:
            report = report_of(
                survey, datetime.now(UTC), days, asked=as_typed(selection), near=near, on_progress=progress
            )
        if html is not None:
            _write_html(store, survey, report, html)
    if json:
        write_json(view.report_json(report))
    elif html == _STDOUT:
        return
    elif html is None:
        for line in view.report_lines(report):
            write_styled(*line)
    else:
        write_line(f"report on {report.documents:,} documents: {html.absolute()}")


def _write_html(store: "Store", survey: "Survey", report: "QualityReport", path: Path) -> None:
    from ops.quality.page import MOST_LISTED, examples_of, page, write_page  # noqa: PLC0415 as above

    rejected = {
        (source, stage, reason): tuple(
            store.rejections(None, MOST_LISTED, source=source, stage=stage, reason=reason)
        )
        for source, stage, reason in list(report.rejections)[:_REASONS_LISTED]
    }
    text = page(report, examples_of(survey, report, rejected))
    if path == _STDOUT:
        write_whole(text)
    else:
        write_page(path.resolve(), text)


def _list(
    store: "Store", selection: "Selection", name: str, choice: "Choice", limit: int, *, json: bool
) -> None:
    from ops.quality.finding import NEAR  # noqa: PLC0415 as above
    from ops.quality.listing import found  # noqa: PLC0415 as above
    from ops.quality.near import near_known  # noqa: PLC0415 as above
    from ops.quality.report import finding_of  # noqa: PLC0415 as above
    from ops.quality.rules import collector_of, rule_named  # noqa: PLC0415 as above
    from ops.views import report as view  # noqa: PLC0415 as above

    rule = rule_named(name)
    near = near_known(store, selection) if rule is NEAR else None
    with store.quality.survey(selection) as survey:
        with Progress(rule.name, ("documents", "looked at"), ends=True) as progress:
            finding = finding_of(survey, collector_of(survey, rule, near), choice, progress)
        documents = found(survey, finding, limit)
    if json:
        write_json([view.listed_json(one) for one in documents])
        write_cut(len(documents), finding.documents, "newest")
        return
    write_line(view.listing_head(finding, len(documents)))
    for told in (*finding.told, *view.sources_of(finding)):
        write_line(f"  {told}")
    if documents:
        write_line()
        write_table(view.LISTED_COLUMNS, [view.listed_row(one) for one in documents], whole="document")


def _days(option: str, text: str | None) -> tuple[date | None, date | None]:
    """The first and the last of several days; of one alone, that and None."""
    if text is None:
        return None, None
    first, dots, last = text.partition("..")
    if not dots:
        return _day(option, text), None
    begin, end = _day(option, first), _day(option, last)
    if begin > end:
        raise UsageError(f"{option} {text}: the first day is behind the last")
    return begin, end


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text[:40]!r} is no day; expected 2022-01-22") from None
