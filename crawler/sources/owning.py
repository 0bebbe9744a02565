"""Who owns an address: what an import asks, so that its documents are those that a crawl continues."""

from pathlib import Path

from archive.documents import SourcedDocument
from crawler.normalizer.declared import read_declared
from crawler.normalizer.files.owners import Owners, Reader
from crawler.normalizer.page_text import PageText
from crawler.sources.registry import Sources


def owners_in(folder: Path) -> Owners:
    """The declared sources, those of the folder included, as owners. Raises `UsageError`."""
    sources = Sources.load(folder)
    sources.check()

    def reader_of(address: str) -> Reader | None:
        owner = sources.owner_of(address)
        rules = owner.declaration if owner else None
        place = rules.article_at(address) if rules else None
        if owner is None or rules is None or place is None:
            return None

        def read(page: PageText, _: str) -> SourcedDocument:
            return read_declared(owner.name, rules, page, place[0])

        return read

    return Owners(reader_of=reader_of, identity_of=sources.identity_of)
