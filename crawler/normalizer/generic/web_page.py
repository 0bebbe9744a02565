"""Pages that no declared source owns, as documents."""

from dataclasses import replace

from archive.documents import Fidelity, SourcedDocument
from crawler.normalizer.article import document_of
from crawler.normalizer.generic.extractor import read_generic
from crawler.normalizer.generic.web_addresses import GENERIC, web_id
from crawler.normalizer.page_text import PageText
from crawler.normalizer.version import VERSION


def read_web_page(page: PageText, address: str) -> SourcedDocument:
    """The document of a page of any make, given its address. Raises `Rejected` where it holds no article."""
    article = read_generic(page.text, address)
    return SourcedDocument(
        source=GENERIC,
        source_id=web_id(address),
        address=address,
        share_address="",
        fidelity=Fidelity.GENERIC,
        document=document_of(replace(article, lost=page.lost or 0), address),
        author=article.author,
        normalizer=VERSION,
    )
