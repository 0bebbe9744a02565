"""Revisits: whether what they refer to is kept."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.store.values import Capture, RecordType
from archive.verification.captures import NOT_MODIFIED, time_of, uri_of
from archive.verification.findings import Finding, damage
from archive.verification.records import Record

if TYPE_CHECKING:
    from archive.store import Store

_MOST_PENDING = 100_000
"""References in memory, about 25 MB. So many revisits of different captures are looked up by one reading of
the captures' rows, which takes seconds where reading their records took minutes."""
_TARGET, _DATE = "warc-refers-to-target-uri", "warc-refers-to-date"


class References:
    """What revisits refer to, looked up in the store many at a time."""

    def __init__(self, store: "Store", folder: Path) -> None:
        self._store, self._folder = store, folder
        self._pending: dict[bytes, tuple[str, int]] = {}
        """File and offset of the first revisit that refers to the capture of that key."""

    def note(self, record: Record, capture: Capture) -> Iterator[Finding]:
        """Remember what a revisit refers to; findings about those remembered, when there are many."""
        fields = record.fields
        unchanged = fields.get("warc-profile") == NOT_MODIFIED
        if unchanged and not fields.keys() & {_TARGET, _DATE}:
            return  # nothing was kept of the page when its server said so
        moment, offset = time_of(fields.get(_DATE, "")), capture.warc_offset or 0
        if moment is None or not fields.get(_TARGET):
            yield damage(self._folder / capture.warc_file, "a revisit that does not say of what", offset)
            return
        key = _key(fields[_TARGET], moment, "" if unchanged else capture.payload_digest)
        self._pending.setdefault(key, (capture.warc_file, offset))
        if len(self._pending) >= _MOST_PENDING:
            yield from self.unresolved()

    def unresolved(self) -> Iterator[Finding]:
        """Findings about all that is remembered, which is forgotten then."""
        if not self._pending:
            return
        for _, capture in self._store.kept_captures():
            uri = uri_of(capture.address)
            if capture.record is RecordType.RESPONSE:
                self._pending.pop(_key(uri, capture.fetched_at, capture.payload_digest), None)
            if capture.status != 304:
                self._pending.pop(_key(uri, capture.fetched_at, ""), None)
        pending, self._pending = self._pending, {}
        for name, offset in pending.values():
            yield damage(self._folder / name, "a revisit of a capture that is not in the store", offset)


def _key(uri: str, moment: datetime, payload_digest: str) -> bytes:
    named = "\n".join((payload_digest, moment.astimezone(UTC).isoformat(), uri))
    return hashlib.blake2b(named.encode(), digest_size=12).digest()
