"""What the parts of one crawl share. Scrapy makes the parts; they find this on the spider."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from scrapy.crawler import Crawler

from archive.store import BatchWriter
from crawler.counters import Counters
from crawler.decisions import Overflow
from crawler.frontier import Frontier
from crawler.plan import CrawlPlan
from crawler.practice import Practice
from crawler.rules import RobotsArchive


@dataclass(frozen=True, slots=True)
class CrawlContext:
    """One crawl: what to do, what is known, where to count and where to write. `now` is aware, in UTC."""

    plan: CrawlPlan
    frontier: Frontier
    counters: Counters
    practice: Practice
    writer: BatchWriter
    robots: RobotsArchive
    now: Callable[[], datetime]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the crawl is to end: nothing waits any longer."""
    is_gone: Callable[[str], bool] = lambda _source_id: False
    """Whether the source has taken away the document of this source_id, as the store has it."""
    remarks: list[str] = field(default_factory=list)
    """What the run has to say at its end."""
    overflows: list[Overflow] = field(default_factory=list)
    """Where posts may have come and gone unseen."""


def context_of(crawler: Crawler) -> CrawlContext:
    """The context of the crawl that a part of Scrapy is made for."""
    return cast("CrawlContext", crawler.spider.context)  # type: ignore[union-attr]
