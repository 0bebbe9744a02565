"""Documents: the front-matter format of the corpus, and the hash that says when two are the same."""

from archive.documents.canonical import canonical_text, canonical_title, content_hash
from archive.documents.frontmatter import parse, render
from archive.documents.model import SHANGHAI, Document
from archive.documents.sourced import Fidelity, SourcedDocument

__all__ = [
    "SHANGHAI",
    "Document",
    "Fidelity",
    "SourcedDocument",
    "canonical_text",
    "canonical_title",
    "content_hash",
    "parse",
    "render",
]
