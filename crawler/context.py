"""What the parts of one crawl share. Scrapy makes the parts; they find this on the spider."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from scrapy.crawler import Crawler

from archive.store import BatchWriter
from archive.store.values import Known
from crawler.counters import Counters
from crawler.plan import CrawlPlan


@dataclass(frozen=True, slots=True)
class CrawlContext:
    """One crawl: what to do, what is known, where to count and where to write. `now` is aware, in UTC."""

    plan: CrawlPlan
    known: Mapping[str, Known]
    """By canonical address."""
    counters: Counters
    writer: BatchWriter
    now: Callable[[], datetime]


def context_of(crawler: Crawler) -> CrawlContext:
    """The context of the crawl that a part of Scrapy is made for."""
    return cast("CrawlContext", crawler.spider.context)  # type: ignore[union-attr]
