"""Whose an address is: what an import asks of the sources that are declared."""

from collections.abc import Callable
from dataclasses import dataclass

from archive.documents import SourcedDocument
from crawler.normalizer.page_text import PageText

Reader = Callable[[PageText, str], SourcedDocument]
"""Makes the document of a page, given its address, by the rules of its source; raises `Rejected`."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Asked for each saved page and each link; both answer None for an address that no source owns."""

    reader_of: Callable[[str], Reader | None]
    """Who reads the page of an address."""
    identity_of: Callable[[str], tuple[str, str] | None]
    """Source and source_id of the article at an address."""


def nobody() -> Owners:
    """Where no source is declared."""
    return Owners(reader_of=lambda address: None, identity_of=lambda address: None)
