"""What is computed of an observation before a transaction begins: nothing slow happens inside one."""

import hashlib
from dataclasses import dataclass, replace

from archive.documents import Document, SourcedDocument, canonical_text
from archive.documents.canonical import hash_of_text
from archive.store.decisions import Seen
from archive.store.types import storable
from archive.store.values import Observation


@dataclass(frozen=True, slots=True)
class Prepared:
    """An observation with all that can be computed of it, in whatever process, before it is stored."""

    observation: Observation
    seen: Seen | None
    """Its document; None where it has none."""


def prepared(observation: Observation, text: str | None = None) -> Prepared:
    """The observation, ready to be stored; `text` is the canonical text of its document, if it is at hand.

    Raises `ValueError` for an imported file without the document that it holds.
    """
    return Prepared(observation, _seen_in(observation, text))


def _seen_in(observation: Observation, text: str | None) -> Seen | None:
    """The observation's document, made storable, with its hash and text; None where it has none."""
    if observation.document is None:
        if observation.imported is not None:
            raise ValueError(f"imported file {observation.imported.name!r} without its document")
        return None
    found = _storable(observation.document)
    if text is None or found.document.body != observation.document.document.body:
        text = canonical_text(found.document.body)
    file = observation.imported
    return Seen(
        found=found,
        content_hash=hash_of_text(found.document.title, text),
        text=text,
        seen_at=observation.seen_at,
        file=replace(file, name=storable(file.name), path=storable(file.path)) if file else None,
        file_sha256=hashlib.sha256(file.data).hexdigest() if file else "",
        reread=observation.reread,
    )


def _storable(found: SourcedDocument) -> SourcedDocument:
    """The document as it will come out of the store, so that the hash is of what is stored.

    Itself where it is so already, as nearly all are: what is one object is sent to another process once.
    """
    made = replace(
        found,
        source=storable(found.source),
        source_id=storable(found.source_id),
        address=storable(found.address),
        share_address=storable(found.share_address),
        document=_storable_document(found.document),
    )
    return found if made == found else made


def _storable_document(document: Document) -> Document:
    return replace(
        document,
        title=storable(document.title),
        slug=storable(document.slug),
        outlet=storable(document.outlet),
        tags=tuple(map(storable, document.tags)),
        body=storable(document.body),
        link=None if document.link is None else storable(document.link),
        return_url=None if document.return_url is None else storable(document.return_url),
    )
