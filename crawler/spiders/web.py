"""The spider of pages that no source owns: just those, read without rules for them."""

import logging
from collections.abc import Iterable

from scrapy.http import Response

from archive.store.values import Page, PageKind
from crawler.captures import answers_of
from crawler.frontier import Wanted
from crawler.normalizer.page_text import page_text
from crawler.normalizer.rejected import Rejected
from crawler.normalizer.web_page import read_web_page
from crawler.spiders.incremental import IncrementalSpider, Output

logger = logging.getLogger(__name__)


class WebSpider(IncrementalSpider):
    """Fetches the pages that the plan names, and follows no link."""

    def lists_asked_for(self) -> Iterable[Page]:
        """There are none."""
        return ()

    def page_at(self, address: str) -> Page:
        """The page of an article."""
        return self.frontier.page(address, PageKind.POST)

    def read_list(self, response: Response, wanted: Wanted) -> Output:
        """No page is taken for a list."""
        raise AssertionError(f"{wanted.page.address} is no list")

    def host_is_closed(self, page: Page, reason: str, detail: str) -> None:
        """The rules of the page's host cannot be read: the page is not asked; those of other hosts are."""
        self.count_failure(page.address, reason, detail)

    def read_post(self, response: Response, wanted: Wanted) -> Output:
        """An article's page, of whatever make."""
        answers, address = answers_of(response.request), wanted.page.address
        try:
            document = read_web_page(page_text(response.body), address)
        except Rejected as rejected:
            yield self.rejection(wanted.page, "article", rejected, answers)
            return
        for name in ("posts", "fetched"):
            self.counters.add(name)
        about = {"url": address, "lost": document.document.lost}
        logger.info("article: %s", document.document.title, extra=about)
        page = self.frontier.read_post(address, document.document.published, self.now(), answers[-1])
        yield self.observed(answers, document=document, pages=(page,))
