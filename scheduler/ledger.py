"""The ledger of crawl runs: every run is in it from its first moment, whoever started it."""

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from archive.store import Store
from archive.store.values import Run, RunState
from crawler.outcome import Outcome
from crawler.plan import CrawlPlan
from crawler.run import CrawlReport, Progress, crawl, utc_now
from scheduler.runs import begin_run

_STATES = {Outcome.INTERRUPTED: RunState.INTERRUPTED, Outcome.CRASHED: RunState.CRASHED}


def crawl_and_record(
    store: Store,
    plan: CrawlPlan,
    *,
    trigger: str,
    on_progress: Progress = lambda counters: None,
    log_to: Callable[[int], AbstractContextManager[object]] = lambda run_id: contextlib.nullcontext(),
    now: Callable[[], datetime] = utc_now,
) -> tuple[Run, CrawlReport]:
    """Crawl, with a row in the ledger from before the first request until the outcome is known.

    `log_to` is entered with the run's number and holds for as long as the run goes on. Runs whose
    process on this machine is gone without a word are first marked crashed. What nobody foresaw is
    recorded as a crash and raised.
    """
    run_id = begin_run(store, plan.source, trigger, now)
    with log_to(run_id):
        try:
            report = crawl(plan, store, run_id, on_progress, now)
        except BaseException:
            store.finish_run(run_id, RunState.CRASHED, Outcome.CRASHED, {}, now())
            raise
    # A store that failed may fail here as well: the run is then found and marked by the next one.
    with contextlib.suppress(Exception) if report.outcome is Outcome.STORAGE else contextlib.nullcontext():
        state = _STATES.get(report.outcome, RunState.FINISHED)
        store.finish_run(run_id, state, report.outcome, report.counters, now())
    return store.run(run_id), report
