"""One crawl, from plan to outcome."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from twisted.internet.task import LoopingCall

from archive.errors import StoreError
from archive.store import BatchWriter, Store
from crawler.context import CrawlContext
from crawler.counters import Counters
from crawler.outcome import Outcome, outcome_of
from crawler.plan import CrawlPlan
from crawler.settings import scrapy_settings
from crawler.sources import spider_of
from crawler.spiders.finews import FinewsSpider

logger = logging.getLogger(__name__)
Progress = Callable[[Mapping[str, int]], None]
_PROGRESS_INTERVAL = 0.2
"""Seconds between two calls of the progress function."""


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What came of a crawl. `detail` says in a line what went wrong, where something did."""

    outcome: Outcome
    counters: Mapping[str, int]
    detail: str = ""


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def crawl(
    plan: CrawlPlan,
    store: Store,
    run_id: int,
    on_progress: Progress = lambda counters: None,
    now: Callable[[], datetime] = utc_now,
) -> CrawlReport:
    """Crawl one source into the store.

    Blocks until the crawl is over, in the main thread, which handles SIGTERM and SIGINT meanwhile.
    Scrapy's reactor cannot be started twice: a process crawls once. Failures of the site and of the
    store are in the report; only what nobody foresaw is raised.
    """
    spider = spider_of(plan.source)
    counters = Counters()
    writer = BatchWriter(store, run_id, on_written=counters.add_effects)
    context = CrawlContext(plan, store.known(plan.source), counters, writer, now)
    about = {"source": plan.source, "known": len(context.known), "mirrors": dict(plan.mirrors.bases)}
    logger.info("crawl of %s begins", plan.source, extra=about)
    try:
        reason = _run_spider(spider, context, lambda: on_progress(counters.snapshot()))
    finally:
        failure = _close(writer)
    on_progress(counters.snapshot())
    report = _report(reason, failure, counters.snapshot())
    about = {"outcome": report.outcome, "detail": report.detail, "counters": dict(report.counters)}
    logger.info("crawl of %s ends: %s", plan.source, report.outcome, extra=about)
    return report


def _run_spider(spider: type[FinewsSpider], context: CrawlContext, tell: Callable[[], None]) -> str:
    """Why the spider closed, in Scrapy's words: ``finished``, ``shutdown``, or what closed it."""
    logging.getLogger("scrapy").setLevel(logging.WARNING)  # its INFO is about itself, not about the site
    settings = scrapy_settings(context.plan, spider.hosts)
    process = AsyncCrawlerProcess(settings)
    crawler: Crawler = process.create_crawler(spider)
    reasons: list[str] = []
    progress = LoopingCall(tell)

    def opened() -> None:
        progress.start(_PROGRESS_INTERVAL, now=False)

    def closed(reason: str) -> None:
        reasons.append(reason)
        if progress.running:
            progress.stop()

    crawler.signals.connect(opened, signals.spider_opened, weak=False)
    crawler.signals.connect(closed, signals.spider_closed, weak=False)
    task = process.crawl(crawler, context=context)
    process.start()
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error
    return reasons[0] if reasons else "crashed"


def _close(writer: BatchWriter) -> StoreError | None:
    try:
        writer.close()
    except StoreError as error:
        return error
    return None


def _report(reason: str, failure: StoreError | None, counters: Mapping[str, int]) -> CrawlReport:
    if failure:
        return CrawlReport(Outcome.STORAGE, counters, str(failure))
    if reason == "finished":
        return CrawlReport(outcome_of(counters), counters)
    if reason == "shutdown":
        return CrawlReport(Outcome.INTERRUPTED, counters, "asked to stop")
    return CrawlReport(Outcome.CRASHED, counters, f"the spider closed: {reason}")
