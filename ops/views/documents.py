"""How a stored document is shown."""

from typing import TYPE_CHECKING, Any

from archive.documents import render
from ops.views.runs import moment

if TYPE_CHECKING:
    from archive.store.values import Stored


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
