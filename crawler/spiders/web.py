"""The spider of pages that no source owns: just those, read without rules for them."""

from collections.abc import Iterable

from scrapy.http import Response

from archive.documents import SourcedDocument
from archive.store.values import Page, PageKind
from crawler.frontier import Wanted
from crawler.normalizer.generic.web_page import read_web_page
from crawler.normalizer.page_text import PageText
from crawler.spiders.incremental import Output
from crawler.spiders.whole_page import WholePageSpider


class WebSpider(WholePageSpider):
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

    def document_of(self, page: PageText, address: str) -> SourcedDocument:
        """What is found on a page of any make."""
        return read_web_page(page, address)
