"""Pages as they were captured, read back from the WARC files."""

from functools import cache
from pathlib import Path

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response
from scrapy.statscollectors import StatsCollector

from archive.errors import DocumentError
from archive.store.values import Capture
from archive.warc import read_record
from crawler.decoding import BoundedDecodingMiddleware
from crawler.settings import FIXED


def page_captured(folder: Path, capture: Capture) -> bytes:
    """The page of a capture, its content coding undone, as the spider had it.

    Raises `StoreError` where the record cannot be had, `DocumentError` where its body cannot be decoded.
    """
    record = read_record(folder, capture)
    if not any(name.lower() == "content-encoding" for name, _ in record.http_headers):
        return record.payload
    headers = Headers({name: [value] for name, value in record.http_headers})
    request, response = (
        Request(capture.address),
        Response(capture.address, headers=headers, body=record.payload),
    )
    try:
        decoded = _decoder().process_response(request, response)
    except IgnoreRequest as error:
        raise DocumentError(str(error)) from error
    return decoded.body


@cache
def _decoder() -> BoundedDecodingMiddleware:
    """What undoes content codings in a crawl; to make one takes longer than to read a page."""
    crawler = Crawler(Spider, dict(FIXED))
    crawler.stats = StatsCollector(crawler)
    return BoundedDecodingMiddleware(crawler=crawler)
