"""The peer: finews as a bare Scrapy spider crawls it, with default settings and a JSON-lines feed.

It follows the same links to the same pages, and keeps title, date, address and body as they come: no
normalizing, no hashes, no captures, no store.

Run as ``python -m benchmarks.bare_spider MIRRORS OUTPUT`` with the mirrors as a JSON object.
"""

import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

_CODE = re.compile(r"(?:infoCode=|/a/)(\w+)")


class BareSpider(Spider):
    """Home page to posts, posts to categories, share links to the share API."""

    name = "bare"

    def __init__(self, mirrors: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._site, self._share = mirrors["finews.withounder.com"], mirrors["finews.zning.xyz"]

    async def start(self) -> AsyncIterator[Request]:
        yield Request(f"{self._site}/", self.parse_list)

    def parse_list(self, response: Any) -> Iterator[Request]:
        for link in response.css("section li a"):
            yield response.follow(link, self.parse_post)

    def parse_post(self, response: Any) -> Iterator[Request]:
        section = response.css("section")
        for href in section.css("a[href*='/category/'], a[href$='/emnews/']").xpath("@href").getall():
            yield Request(f"{self._site}/{href.split('/', 3)[3]}", self.parse_list)
        item = {
            "title": section.css("h1::text").get(),
            "date": section.css("small::text").get(),
            "address": response.url,
        }
        codes = map(_CODE.search, section.css("a::attr(href)").getall())
        if code := next((found[1] for found in codes if found), None):
            address = f"{self._share}/NewsData/GetNewsText.do?id={code}"
            yield Request(address, self.parse_share, cb_kwargs={"item": item})

    def parse_share(self, response: Any, item: dict[str, Any]) -> Iterator[dict[str, Any]]:
        answer = response.json()
        yield item | {"body": answer.get("text") or answer.get("content")}


def main() -> None:
    mirrors, output = json.loads(sys.argv[1]), sys.argv[2]
    process = AsyncCrawlerProcess(
        {"FEEDS": {output: {"format": "jsonlines", "overwrite": True}}, "LOG_LEVEL": "ERROR"}
    )
    process.crawl(BareSpider, mirrors=mirrors)
    process.start()


if __name__ == "__main__":
    main()
