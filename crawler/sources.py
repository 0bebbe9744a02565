"""The sources that can be crawled, by name."""

from archive.errors import UsageError
from crawler.spiders.finews import FinewsSpider

SOURCES = {FinewsSpider.name: FinewsSpider}


def spider_of(source: str) -> type[FinewsSpider]:
    """The spider of a source. Raises `UsageError` that names the sources there are."""
    try:
        return SOURCES[source]
    except KeyError:
        raise UsageError(f"unknown source {source!r}; there is: {', '.join(sorted(SOURCES))}") from None
