"""The ledger of crawl runs: every run is in it from its first moment, whoever started it."""

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from archive.archive import Archive
from archive.errors import StoreError
from archive.store.values import Run, RunState
from crawler.counters import Counters
from crawler.outcome import Outcome
from crawler.plan import CrawlPlan
from crawler.practice import Practice
from crawler.run import CrawlReport, Progress, crawl, utc_now
from scheduler.runs import Begin, holding_source

_STATES = {Outcome.INTERRUPTED: RunState.INTERRUPTED, Outcome.CRASHED: RunState.CRASHED}


def crawl_and_record(  # noqa: PLR0913 what a crawl needs, and what is to be told of it
    archive: Archive,
    plan: CrawlPlan,
    *,
    trigger: str,
    planned: int | None = None,
    on_progress: Progress = lambda counters: None,
    log_to: Callable[[int], AbstractContextManager[object]] = lambda run_id: contextlib.nullcontext(),
    now: Callable[[], datetime] = utc_now,
) -> tuple[Run, CrawlReport]:
    """Crawl, with a row in the ledger from before the first request until the outcome is known.

    `planned` is the number of a run that the scheduling service has entered. `log_to` is entered with the
    run's number and holds for as long as the run goes on. Raises `SourceBusy`, at once, where another run
    has the source. What nobody foresaw is recorded as a crash and raised.
    """
    counters, practice, store = Counters(), Practice(), archive.store
    begin = Begin(plan.source, trigger, plan.asked, planned)
    holding = holding_source(store, begin, now, counters.snapshot, practice.story)
    with holding as held, log_to(held.lease.run_id):
        try:
            report = crawl(plan, archive, held.lease, counters, practice, on_progress=on_progress, now=now)
        except StoreError as error:  # what is known, or the WARC files, cannot be had
            report = CrawlReport(Outcome.STORAGE, counters.snapshot(), str(error))
        # A store that failed may fail here as well: the run is then found and marked by the next one.
        failed = report.outcome is Outcome.STORAGE
        with contextlib.suppress(Exception) if failed else contextlib.nullcontext():
            state = _STATES.get(report.outcome, RunState.FINISHED)
            if report.is_settled:
                held.finish(state, report.outcome, report.counters, now(), report.detail)
    return store.run(held.lease.run_id), report
