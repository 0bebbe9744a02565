"""From the spider to the store, without ever holding up the reactor."""

import asyncio
import logging

from scrapy.crawler import Crawler

from archive.errors import ArchiveError
from archive.store.values import Observation
from crawler.context import context_of

logger = logging.getLogger(__name__)


class StorePipeline:
    """Hands each observation to the writer's thread; ends the crawl when the store fails."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._writer = context_of(crawler).writer

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "StorePipeline":
        """Made by Scrapy."""
        return cls(crawler)

    async def process_item(self, item: Observation) -> Observation:
        """Queue an observation; it counts as seen once its batch is committed, not before."""
        while self._writer.is_full:  # noqa: ASYNC110 the writer is a thread, with no event of asyncio
            await asyncio.sleep(0.05)
        try:
            self._writer.submit(item)
        except ArchiveError as error:
            logger.warning("the store failed, the crawl ends: %s", error)
            if self._crawler.engine is not None:
                asyncio.ensure_future(self._crawler.engine.close_spider_async(reason="storage"))  # noqa: RUF006
        return item
