"""The delta: which records another folder lacks, and what has become of those that it has in vain."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from archive.exports.order import Order
from archive.exports.records.base import RecordBase
from archive.exports.records.entry import RecordEntry
from archive.exports.records.layout import Row
from archive.exports.tombstones import Reason, Tombstone, tombstone_line


class RecordDelta:
    """Compares what is exported with the base, record by record.

    Whoever applies a delta first deletes what its tombstones say, by source and source_id, and then has each
    of its records take the place of the one with the same source and source_id.
    """

    def __init__(self, base: RecordBase, order: Order) -> None:
        self._base = base
        self._order = order

    def differing(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Those that are new, or say anything else than the base's."""
        for row in rows:
            before = self._base.take(row.entry.source, row.entry.source_id)
            if before:
                self._compare(before, row)
            if before is None or before.sha256 != row.entry.sha256:
                self._base.note_fresh(row.entry)
                yield row

    def tombstones(self) -> Iterator[str]:
        """Their lines, once all rows were seen: first of documents that have a record, then of the others."""
        yield from self._base.tombstones()
        for entry in self._base.left():
            yield tombstone_line(self._of_missing(entry))

    def _compare(self, before: RecordEntry, row: Row) -> None:
        """Tell what the record of a document that the base has was made for."""
        now = row.entry
        if before.content_hash != now.content_hash:
            changed_at = row.record["changed_at"]
            self._base.bury(tombstone_line(_changed(before, changed_at, now.content_hash, now.file)))
        elif now.gone and not before.gone:
            gone_since = row.record["gone_since"]
            self._base.bury(tombstone_line(_tombstone(before, Reason.GONE, gone_since)))

    def _of_missing(self, entry: RecordEntry) -> Tombstone:
        """Of a record that the base has and this export has not."""
        found = self._order.whereabouts(entry.as_entry())
        since = found.changed_at if found else None
        says = found.content_hash if found else entry.content_hash
        for content_hash in (entry.content_hash, says):
            file = self._base.fresh(content_hash)
            if file is not None:
                return _changed(entry, since, content_hash, file)
        if says != entry.content_hash:
            return _changed(entry, since, says, "")
        return _tombstone(entry, Reason.NOT_SELECTED, since)


def _changed(entry: RecordEntry, since: datetime | None, content_hash: str, file: str) -> Tombstone:
    return _tombstone(entry, Reason.CHANGED, since, content_hash, file)


def _tombstone(
    entry: RecordEntry, reason: Reason, since: datetime | None, content_hash: str = "", file: str = ""
) -> Tombstone:
    return Tombstone(
        name=entry.file,
        delete=reason is not Reason.GONE,
        content_hash=entry.content_hash,
        source=entry.source,
        source_id=entry.source_id,
        address=entry.address,
        reason=reason,
        since=since,
        replaced_by=content_hash,
        replacement=file,
    )
