"""The record: what one line of a jsonl file, or one row of a parquet file, says of a document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from archive.documents import SHANGHAI
from archive.exports.order import Form

if TYPE_CHECKING:
    from archive.store.values import Holding

Record = Mapping[str, Any]
"""The values by the names of the fields, in their order; times are aware."""


class Kind(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    TEXTS = "texts"
    HASH = "hash"
    FIDELITY = "fidelity"
    COUNT = "count"
    PUBLISHED = "published"
    """A time of whole seconds, told in Shanghai's."""
    INSTANT = "instant"
    """A time to the microsecond, told in UTC."""
    COPIES = "copies"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Where a value may be missing it is null then: no empty text stands for that."""

    name: str
    kind: Kind
    description: str
    may_be_null: bool = False


COPY = (
    Field("source", Kind.TEXT, "The source that has it as well."),
    Field("source_id", Kind.TEXT, "What that source calls it."),
    Field("address", Kind.TEXT, "The canonical address of its page there.", may_be_null=True),
)
"""The fields of each of the others."""

_FIELDS = (
    Field("content_hash", Kind.HASH, "SHA-256 of the canonical title, LF, the canonical text."),
    Field("source", Kind.TEXT, "The source that the document is from. With source_id it is unique."),
    Field("source_id", Kind.TEXT, "What the source calls the document."),
    Field("address", Kind.TEXT, "The canonical address of its page.", may_be_null=True),
    Field("share_address", Kind.TEXT, "The address of its share page.", may_be_null=True),
    Field("title", Kind.TEXT, "The title; empty where an empty one was published."),
    Field("outlet", Kind.TEXT, "The news outlet.", may_be_null=True),
    Field("published", Kind.PUBLISHED, "When it was published, by the site's account.", may_be_null=True),
    Field("category", Kind.TEXT, "The slug of its category.", may_be_null=True),
    Field("tags", Kind.TEXTS, "Its tags, in their order."),
    Field("author", Kind.TEXT, "Who wrote it, where the page says so.", may_be_null=True),
    Field("link", Kind.TEXT, "The address that stands behind the body.", may_be_null=True),
    Field("fidelity", Kind.FIDELITY, "How near the body is to what the outlet wrote."),
    Field("lost", Kind.COUNT, "Characters of a damaged original that could not be restored."),
    Field("first_seen", Kind.INSTANT, "When the archive first saw the document.", may_be_null=True),
    Field("changed_at", Kind.INSTANT, "When anything of the document itself last changed.", may_be_null=True),
    Field("gone_since", Kind.INSTANT, "When the source was seen to have taken it away.", may_be_null=True),
)
_TEXT_FIELDS = {
    Form.PUBLISHED: Field("body", Kind.TEXT, "The article as it was published: HTML."),
    Form.PLAIN: Field("text", Kind.TEXT, "The article as a reader sees it: plain text, one block a line."),
}
_OTHERS = Field("others", Kind.COPIES, "Other documents with this content, in the order of publication.")


def fields_of(form: Form) -> tuple[Field, ...]:
    """The fields of a record in their order, which is the same in each file, whatever it holds."""
    return (*_FIELDS, _TEXT_FIELDS[form], _OTHERS)


def record_of(holding: "Holding", form: Form) -> Record:
    """The record of one content, or of one document. Nothing in it depends on when it is exported."""
    speaker = holding.speaker
    document = speaker.document
    return {
        "content_hash": holding.content_hash,
        "source": speaker.source,
        "source_id": speaker.source_id,
        "address": speaker.address or None,
        "share_address": speaker.share_address or None,
        "title": document.title,
        "outlet": document.outlet or None,
        "published": document.published,
        "category": document.slug or None,
        "tags": list(document.tags),
        "author": speaker.author or None,
        "link": document.link or None,
        "fidelity": str(speaker.fidelity),
        "lost": document.lost,
        "first_seen": holding.first_seen,
        "changed_at": holding.changed_at,
        "gone_since": holding.gone_since,
        **({"body": document.body} if form is Form.PUBLISHED else {"text": holding.text}),
        "others": [
            {"source": source, "source_id": source_id, "address": address or None}
            for source, source_id, address in holding.others
        ],
    }


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_BREAKS = {mark: f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}
"""What Unicode takes for line breaks, and JSON need not escape; many a reader of lines knows them."""


def json_line(record: Record) -> bytes:
    """The record as one line of JSON, without its end: UTF-8, no break in it of any kind.

    It is the canonical form: what two records have in common who say the same, in whatever layout.
    """
    line = _encode({**record, **{name: _told(name, record[name]) for name in _TIMES}})
    for mark, escape in _BREAKS.items():
        line = line.replace(mark, escape)
    return line.encode()


_PUBLISHED = "published"
_TIMES = (_PUBLISHED, "first_seen", "changed_at", "gone_since")


def _told(name: str, moment: datetime | None) -> str | None:
    """In one form for all values of a field: who guesses it from the first is right."""
    if moment is None:
        return None
    if name == _PUBLISHED:
        return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
