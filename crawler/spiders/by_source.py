"""Which spider crawls which source."""

from crawler.normalizer.generic.web_addresses import GENERIC
from crawler.sources.source import Source
from crawler.spiders.declared import DeclaredSpider
from crawler.spiders.finews import FinewsSpider
from crawler.spiders.incremental import IncrementalSpider
from crawler.spiders.web import WebSpider


def spider_of(source: Source) -> type[IncrementalSpider]:
    """One for all sources that a file declares, one for finews, one for pages that no source owns."""
    if source.declaration:
        return DeclaredSpider
    return WebSpider if source.name == GENERIC else FinewsSpider
