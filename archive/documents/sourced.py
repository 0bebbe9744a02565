"""A document together with where it is from."""

from dataclasses import dataclass
from enum import StrEnum

from archive.documents.model import Document


class Fidelity(StrEnum):
    """How near a document's body is to what the outlet wrote."""

    SOURCE = "source"
    """The share API's HTML: the source of the post, byte for byte."""
    PAGE = "page"
    """What the site generator made of it: the same text, other bytes."""
    IMPORT = "import"
    """A file of an existing corpus."""
    GENERIC = "generic"
    """Extracted from a page of any make, without rules for it."""


@dataclass(frozen=True, slots=True)
class SourcedDocument:
    """One work at one source: its identity is `source` and `source_id`.

    `address` is the canonical address of its page, whichever mirror it was fetched from; `share_address`
    that of its share page. Either is empty where it is not known (an import).
    """

    source: str
    source_id: str
    address: str
    share_address: str
    fidelity: Fidelity
    document: Document
    author: str = ""
    """Who wrote it, where the page says so. A file of the corpus does not."""
    normalizer: str = ""
    """The version of the normalizer that made it; empty where that is not known."""
