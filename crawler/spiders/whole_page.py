"""Spiders of sites whose articles are all on their page."""

import logging
from abc import abstractmethod

from scrapy.http import Response

from archive.documents import SourcedDocument
from crawler.captures import answers_of
from crawler.frontier import Wanted
from crawler.normalizer import Reason, Rejected
from crawler.normalizer.page_text import PageText, page_text
from crawler.spiders.incremental import IncrementalSpider, Output

logger = logging.getLogger(__name__)


class WholePageSpider(IncrementalSpider):
    """Makes a document of one page. A subclass says how."""

    @abstractmethod
    def document_of(self, page: PageText, address: str) -> SourcedDocument:
        """The document of an article's page, given its canonical address. Raises `Rejected`."""

    def read_post(self, response: Response, wanted: Wanted) -> Output:
        """An article's page."""
        answers, address = answers_of(response.request), wanted.page.address
        try:
            self._check_article(response.url, address)
            page = page_text(response.body)
            found = self.document_of(page, address)
        except Rejected as rejected:
            yield self.rejection(wanted.page, "article", rejected, answers)
            return
        for name in ("posts", "fetched", *(["restored"] if page.lost is not None else [])):
            self.counters.add(name)
        about = {"url": address, "code": found.source_id, "fidelity": found.fidelity, "lost": page.lost}
        logger.info("article: %s", found.document.title, extra=about)
        after = self.frontier.read_post(address, found.document.published, self.now(), answers[-1])
        yield self.observed(answers, document=found, pages=(after,))

    def _check_article(self, came_from: str, address: str) -> None:
        """Raise `Rejected` where a redirect has led to another article."""
        other = self.site.source_id_in(came_from) if came_from != address else None
        if self.site.declaration and other and other != self.site.source_id_in(address):
            raise Rejected(Reason.WRONG_ARTICLE, f"it leads to {came_from}")
