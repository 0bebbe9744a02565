"""Tombstones: what a delta says of files that its base has, and that are not as they were."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why."""

    CHANGED = "changed"
    """Its document says something else now, or is in another file: `replaced_by` has it."""
    GONE = "gone"
    """The sources have taken away all of its documents. The archive keeps them, and the file stays."""
    NOT_SELECTED = "not-selected"
    """What was exported does not include it any more."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Of one file of the base, and the document that speaks in it, if it is of one."""

    name: str
    delete: bool
    """Whether the file is to be deleted."""
    content_hash: str = ""
    source: str = ""
    source_id: str = ""
    address: str = ""
    reason: Reason = Reason.NOT_SELECTED
    since: datetime | None = None
    """When that was seen, as far as is known."""
    replaced_by: str = ""
    """The hash of the content that its document has now."""
    replacement: str = ""
    """The name of the file that has it."""


def tombstone_line(tombstone: Tombstone) -> str:
    """The tombstone as a line of JSON, without its end; what is not known is null."""
    since = tombstone.since and tombstone.since.astimezone(UTC).isoformat()
    told = {
        "name": tombstone.name,
        "delete": tombstone.delete,
        "content_hash": tombstone.content_hash or None,
        "source": tombstone.source or None,
        "source_id": tombstone.source_id or None,
        "address": tombstone.address or None,
        "reason": str(tombstone.reason),
        "since": since,
        "replaced_by": tombstone.replaced_by or None,
        "replacement": tombstone.replacement or None,
    }
    return json.dumps(told, ensure_ascii=False)
