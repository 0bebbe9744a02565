"""One crawl, from plan to outcome."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from twisted.internet.task import LoopingCall

from archive.archive import Archive
from archive.errors import ArchiveError, SourceBusy, StoreError
from archive.store import BatchWriter
from archive.store.values import Lease
from archive.warc import WarcFiles
from crawler.context import CrawlContext
from crawler.counters import Counters
from crawler.frontier import Frontier
from crawler.outcome import Outcome, outcome_of
from crawler.plan import CrawlPlan
from crawler.practice import Practice
from crawler.rules import RobotsArchive
from crawler.settings import scrapy_settings
from crawler.spiders.by_source import spider_of
from crawler.spiders.incremental import CLOSED_EARLY, IncrementalSpider

logger = logging.getLogger(__name__)
Progress = Callable[[Mapping[str, int]], None]
_PROGRESS_INTERVAL = 0.2
"""Seconds between two calls of the progress function."""
_GRACE = 2.0
"""Seconds that a crawl which was asked to stop gives what is under way; container runtimes kill after 10."""
_PATIENCE = 4.0
"""Seconds that the store may take for what was read last, once the crawl was asked to stop."""


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What came of a crawl. `detail` says in a line what went wrong or needs to be known, if anything."""

    outcome: Outcome
    counters: Mapping[str, int]
    detail: str = ""
    is_settled: bool = True
    """Whether the store has answered to everything; if not, it need not be asked once more."""


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def crawl(  # noqa: PLR0913 what a crawl needs, and what is to be told of it
    plan: CrawlPlan,
    archive: Archive,
    lease: Lease,
    counters: Counters,
    practice: Practice,
    *,
    on_progress: Progress = lambda counters: None,
    now: Callable[[], datetime] = utc_now,
) -> CrawlReport:
    """Crawl one source, whose lease this process holds, into the archive.

    Blocks until the crawl is over, in the main thread, which handles SIGTERM and SIGINT meanwhile: it ends
    within 10 seconds of the first, at once after the second. Scrapy's reactor cannot be started twice: a
    process crawls once. Failures of the site are in the report, and those of the store once it was begun;
    raises `StoreError` before that, `LeaseLost` where another run has taken over, else what nobody foresaw.
    """
    site = plan.site
    store = archive.store
    known = store.known(plan.source)
    pages = store.frontier(plan.source, now())
    frontier = Frontier(plan.source, known, pages, now(), site.window, site.source_id_in)
    robots = RobotsArchive(plan.source, archive)
    about = {"source": plan.source, "known": len(known), "mirrors": dict(plan.mirrors.bases)}
    logger.info("crawl of %s begins", plan.source, extra=about)
    keeper = WarcFiles(archive.warc, store, plan.source, most_bytes=plan.warc_bytes)
    damage = keeper.recover()
    writer = BatchWriter(store, lease.run_id, counters.add_effects, keeper=keeper, lease=lease)
    is_gone = partial(store.is_gone, plan.source)
    context = CrawlContext(
        plan, frontier, counters, practice, writer, robots, now, is_gone=is_gone, remarks=damage
    )
    for line in damage:
        logger.warning("WARC: %s", line)
    reason = "crashed"
    try:
        reason = _Running(spider_of(site), context, lambda: on_progress(counters.snapshot())).run()
    finally:
        failure = _close(writer, _PATIENCE if reason == "shutdown" else None)
        if writer.has_ended:
            keeper.close()
    on_progress(counters.snapshot())
    if isinstance(failure, SourceBusy):
        raise failure
    report = _report(reason, failure, context)
    about = {"outcome": report.outcome, "detail": report.detail, "counters": dict(report.counters)}
    logger.info("crawl of %s ends: %s", plan.source, report.outcome, extra=about)
    return report


class _Running:
    """Scrapy at work, from its start to the moment when nothing of it goes on any more."""

    def __init__(
        self, spider: type[IncrementalSpider], context: CrawlContext, tell: Callable[[], None]
    ) -> None:
        self._spider, self._context = spider, context
        self._process = AsyncCrawlerProcess(scrapy_settings(context.plan))
        logging.getLogger("scrapy").setLevel(logging.WARNING)  # its INFO is about itself, not about the site
        from twisted.internet import reactor  # noqa: PLC0415 imported earlier, it would be another one

        self._reactor: Any = reactor
        self._progress = LoopingCall(tell)
        self._reason = ""

    def run(self) -> str:
        """Why the spider closed, in Scrapy's words: ``finished``, ``shutdown``, or what closed it."""
        crawler: Crawler = self._process.create_crawler(self._spider)
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)
        task = self._process.crawl(crawler, context=self._context)
        before = {number: signal.signal(number, self._asked) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._process.start(install_signal_handlers=False)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if task.done() and not task.cancelled() and (error := task.exception()) and not self._reason:
            raise error
        return self._reason or "crashed"

    def _opened(self) -> None:
        self._progress.start(_PROGRESS_INTERVAL, now=False)

    def _closed(self, reason: str) -> None:
        self._reason = self._reason or reason
        if self._progress.running:
            self._progress.stop()

    def _asked(self, _number: int, _frame: object) -> None:
        """Asked to stop: the first time wait a little for what is under way, the second time do not."""
        # No logging here: the interrupted code may be in the middle of it.
        if self._reason:
            self._reactor.callFromThread(self._stop_reactor)
            return
        self._reason = "shutdown"
        self._reactor.callFromThread(self._stop)

    def _stop(self) -> None:
        logger.info("asked to stop")
        asyncio.ensure_future(self._process.stop())  # noqa: RUF006 the reactor stops when it is done
        self._reactor.callLater(_GRACE, self._context.stopping.set)
        self._reactor.callLater(_GRACE + 1, self._stop_reactor)

    def _stop_reactor(self) -> None:
        with suppress(RuntimeError):  # stopped already
            self._reactor.stop()


def _close(writer: BatchWriter, patience: float | None) -> ArchiveError | None:
    try:
        writer.close(patience)
    except (StoreError, SourceBusy) as error:
        return error
    return None


def _report(reason: str, failure: ArchiveError | None, context: CrawlContext) -> CrawlReport:
    counters = context.counters.snapshot()
    if failure and not context.writer.has_ended:
        detail = f"asked to stop; {failure}: the next run fetches it again"
        return CrawlReport(Outcome.INTERRUPTED, counters, detail, is_settled=False)
    if failure:
        return CrawlReport(Outcome.STORAGE, counters, str(failure))
    if reason == "finished" or reason in CLOSED_EARLY:
        left = f"{counters['left']} posts are left to the next run" if counters.get("left") else ""
        told = (CLOSED_EARLY.get(reason, ""), _overflow_told(context), *context.remarks, left)
        return CrawlReport(outcome_of(counters), counters, "; ".join(filter(None, told)))
    if reason == "shutdown":
        return CrawlReport(Outcome.INTERRUPTED, counters, "asked to stop")
    return CrawlReport(Outcome.CRASHED, counters, f"the spider closed: {reason}")


def _overflow_told(context: CrawlContext) -> str:
    if not context.overflows:
        return ""
    first = context.overflows[0]
    span = f"{first.since:%Y-%m-%d %H:%M} and {first.until:%Y-%m-%d %H:%M} UTC"
    return (
        f"window_overflow: posts of {context.plan.source} from between {span} may have come and gone unseen"
    )
