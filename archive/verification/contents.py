"""Contents: whether title and body give the hash under which they are kept."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.documents import canonical_text
from archive.documents.canonical import hash_of_text
from archive.verification.findings import Finding, OnProgress, damage, limited

if TYPE_CHECKING:
    from archive.store import Store


def verify_contents(store: "Store", on_progress: OnProgress) -> Iterator[Finding]:
    """Compute the hash and the canonical text of every content again."""
    return limited(store.url_shown, _findings(store, on_progress))


def _findings(store: "Store", on_progress: OnProgress) -> Iterator[Finding]:
    for kept_as, title, body, text in store.contents():
        canonical = canonical_text(body)
        found = hash_of_text(title, canonical)
        if found != kept_as:
            yield damage(store.url_shown, f"content {kept_as}: its title and body give {found}")
        elif canonical != text:
            yield damage(store.url_shown, f"content {kept_as}: its text is not that of its body")
        on_progress("contents", 1)
