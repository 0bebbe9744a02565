"""How a stored document is shown."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archive.documents import render
from ops.views.runs import moment

if TYPE_CHECKING:
    from archive.store.history import Revised
    from archive.store.values import Stored

STYLES = {"title": "bold", "lost": "yellow", "gone since": "yellow"}
"""Of the values of `document_fields`."""


def document_json(stored: "Stored") -> dict[str, Any]:
    """The document with all that is known of it."""
    found, document = stored.found, stored.found.document
    return {
        "source": found.source,
        "source_id": found.source_id,
        "title": document.title,
        "outlet": document.outlet,
        "published": document.published.isoformat() if document.published else None,
        "slug": document.slug,
        "tags": list(document.tags),
        "address": found.address,
        "share_address": found.share_address,
        "author": found.author,
        "lost": document.lost,
        "fidelity": str(found.fidelity),
        "normalizer": found.normalizer,
        "content_hash": stored.content_hash,
        "revisions": stored.revisions,
        "first_seen": moment(stored.first_seen),
        "last_seen": moment(stored.last_seen),
        "gone_since": moment(stored.gone_since) if stored.gone_since else None,
        "imported_as": stored.imported.name if stored.imported else None,
        "text": stored.text,
        "body": document.body,
    }


def document_fields(stored: "Stored") -> list[tuple[str, str]]:
    """The document's metadata as names and values."""
    found, document = stored.found, stored.found.document
    return [
        ("title", document.title or "(none)"),
        ("outlet", document.outlet),
        ("author", found.author),
        ("lost", f"{document.lost} characters: each is a question mark" if document.lost else ""),
        ("published", f"{document.published:%Y-%m-%d %H:%M:%S %z}" if document.published else "(no date)"),
        ("document", f"{found.source}:{found.source_id}"),
        ("address", found.address),
        ("share link", found.share_address),
        ("fidelity", found.fidelity),
        ("normalizer", found.normalizer),
        ("content", stored.content_hash),
        ("revisions", str(stored.revisions)),
        ("first seen", moment(stored.first_seen)),
        ("last seen", moment(stored.last_seen)),
        ("gone since", moment(stored.gone_since) if stored.gone_since else ""),
        ("imported as", stored.imported.name if stored.imported else ""),
    ]


def document_bytes(stored: "Stored") -> bytes:
    """The document's file as an export would write it: as it came in, or in the document format."""
    imported = stored.imported
    return imported.data if imported and imported.leaves else render(stored.found.document).encode()


def at_revision(stored: "Stored", revised: "Revised", body: str) -> "Stored":
    """The document with the content that it had at a revision; all else is as it is now."""
    if revised.content_hash == stored.content_hash:
        return stored
    document = replace(stored.found.document, title=revised.title, body=body)
    found = replace(stored.found, document=document)
    return replace(stored, found=found, content_hash=revised.content_hash, text=revised.text, imported=None)


def revision_field(stored: "Stored", place: int) -> tuple[str, str]:
    """Which revision, counted from 0, is shown, and what is not."""
    number = f"{place + 1} of {stored.revisions}"
    is_last = place + 1 == stored.revisions
    return "revision", number if is_last else f"{number}: its title and text; all else is as of now"
