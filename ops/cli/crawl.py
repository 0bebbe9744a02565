"""`archive crawl`: fetch what is new."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import StoreUnavailable, UsageError
from crawler.outcome import Outcome
from crawler.plan import CrawlPlan
from ops.children import run_archive
from ops.configuration.settings import Settings
from ops.exit_codes import ExitCode, code_of_outcome
from ops.logs.keeping import log_path
from ops.progress import Progress
from ops.terminal import write_line
from ops.views.runs import counts, reasons, size
from ops.wiring import alerts_of, configured, crawl_plan, open_store, run_logs, sources_of, warc_folder

if TYPE_CHECKING:
    from archive.store.values import Run
    from crawler.run import CrawlReport
    from crawler.sources.source import Source

EXAMPLES = """\
Examples:

    archive crawl
    archive crawl finews --category luwang --category emnews
    archive crawl cinic
    archive crawl --full
    archive crawl --limit 50
    archive crawl --url http://www.cinic.org.cn/hy/tx/910001.html"""
DEFAULT_SOURCE = "finews"
_LONGEST_SLUG = 150
_TRIGGER = re.compile(r"[a-z][a-z-]{0,19}")


def crawl(  # noqa: PLR0913, PLR0917 the options of the command
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help=f"Which sources; {DEFAULT_SOURCE} if none."),
    ] = None,
    category: Annotated[list[str] | None, typer.Option(metavar="SLUG", help="Only these categories.")] = None,
    url: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="Only these pages, of any site.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Look at everything again.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many posts.")] = None,
    trigger: Annotated[
        str, typer.Option(metavar="WORD", help="What starts it, for the ledger: cron, say.")
    ] = "cli",
    run: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Crawl sources: what is new since the last run, politely.

    Run again, it asks conditionally, fetches what is not known yet, and looks again at what is due. Killed,
    it loses nothing: the next run goes on from what the store has. While it goes on, another crawl of the
    same source ends at once with exit code 6. With --url, a page is read by the rules of the source that owns
    its host; one that no source owns is read without rules.
    """
    settings = configured()
    _check(sources or [], category or [], url or [])
    if not _TRIGGER.fullmatch(trigger):
        raise UsageError(f"--trigger {trigger!r:.40}: one word of small letters, such as cron")
    names = list(dict.fromkeys(sources or [DEFAULT_SOURCE]))
    todo = _todo(settings, names, url or [])
    # Scrapy's reactor cannot be started twice in a process: one of its own for each source. And one that is
    # broken keeps none of the others from its crawl.
    if len(names) > 1 or len(todo) > 1:
        options = [f"--category={slug}" for slug in category or ()] + ["--full"] * full
        options += [f"--limit={limit}"] if limit else []
        pages = [[f"--url={one}" for one in addresses] for _, addresses in todo]
        each = pages or [[name] for name in names]
        raise typer.Exit(_crawl_each(each, [*options, f"--trigger={trigger}"]))
    site, addresses = todo[0]
    if rules := site.declaration:
        for name in category or ():
            rules.list_named(name)
    plan = replace(
        crawl_plan(settings, site),
        categories=tuple(category or ()),
        addresses=addresses,
        full=full,
        limit=limit,
    )
    raise typer.Exit(_crawl(settings, plan, trigger, run))


def _check(sources: list[str], categories: list[str], urls: list[str]) -> None:
    if urls and (sources or categories):
        raise UsageError("--url names pages: it goes with neither a source nor --category")
    if any(not slug.strip() or len(slug) > _LONGEST_SLUG for slug in categories):
        raise UsageError(f"--category: a category's slug has 1 to {_LONGEST_SLUG} characters, such as luwang")


def _todo(settings: Settings, names: list[str], urls: list[str]) -> "list[tuple[Source, tuple[str, ...]]]":
    """The sources of the pages asked for, each with its own; without any, the one source that is named."""
    from crawler.sources.asked_pages import whose  # noqa: PLC0415 parsers take a while, and `--help` needs none

    known = sources_of(settings)
    if urls:
        return whose(known, urls)
    for name in names:
        known.check_name(name)
    return [(known.named(names[0]), ())] if len(names) == 1 else []


def _crawl_each(each: list[list[str]], options: list[str]) -> int:
    """The worst exit code; a child that was ended by a signal ends the row."""
    worst = 0
    for what in each:
        code = run_archive("crawl", *what, *options)
        if code < 0:
            return 128 - code
        worst = max(worst, code)
    return worst


def _crawl(settings: Settings, plan: CrawlPlan, trigger: str, planned: int | None) -> ExitCode:
    from archive.archive import Archive  # noqa: PLC0415 as above
    from crawler.run import utc_now  # noqa: PLC0415 as above
    from scheduler.ledger import crawl_and_record  # noqa: PLC0415 as above

    with (
        open_store(settings, create=planned is None) as store,
        Progress(f"crawl {plan.source}", ("found", "fetched", "stored", "rejected")) as progress,
    ):
        run, report = crawl_and_record(
            Archive(store, warc_folder(settings)),
            plan,
            trigger=trigger,
            planned=planned,
            on_progress=progress,
            log_to=run_logs(settings),
        )
        if trigger != "schedule":  # whoever has it begin looks after it
            alerts_of(settings, store).after_run(run, utc_now())
        if report.outcome is Outcome.STORAGE:
            raise StoreUnavailable(
                f"{report.detail} (run {run.id}; {report.counters['stored']} documents stored)"
            )
    _show(settings, run, report)
    return code_of_outcome(report.outcome)


def _show(settings: Settings, run: "Run", report: "CrawlReport") -> None:
    counters = report.counters
    took = f", {(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else ""
    write_line(f"crawl {run.source}: {report.outcome} (run {run.id}{took})")
    if report.detail:
        write_line(f"  {report.detail}")
    write_line(f"  {counts(counters)}")
    write_line(
        f"  {counters['requests']} requests, {counters['not_modified']} not modified, "
        f"{size(counters['bytes'])}"
    )
    if reasons(counters):
        write_line(f"  {reasons(counters)}")
        write_line(f"  log: {log_path(settings.logs, run.id)}")
