"""The refresh of a folder that nobody has touched: which of its days are to be written again."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import groupby
from operator import itemgetter

from archive.exports.order import Order
from archive.exports.records.layout import RecordLayout, Row, rows_of
from archive.exports.records.manifest import SCHEMA, RecordManifest
from archive.exports.records.partitions import day_in, day_of

_MOST = 5_000
"""Contents of a day that are put in order in memory. Where there are more, everything is read, in order."""


def days_concerned(
    before: RecordManifest, layout: RecordLayout, order: Order
) -> Mapping[str, frozenset[str]] | None:
    """By day all contents of which it may have records, for the days in which anything may be otherwise.

    None where all has to be read: it is not known what has changed, the files are in another form, or a day
    has too many documents.
    """
    if order.changed is None or before.files.get(SCHEMA) != sha256(layout.schema.encode()).hexdigest():
        return None
    if not all(name.endswith(layout.suffix) for name in before.files if day_in(name)):
        return None
    concerned: dict[str, set[str]] = {}
    for holding in order.holdings_of(order.changed):
        day = day_of(holding.speaker.document.published)
        concerned.setdefault(day, set()).add(holding.content_hash)
    for name, marked in groupby(before.marked(), key=itemgetter(0)):
        day, contents = day_in(name), {content_hash for _, content_hash, _ in marked}
        if day in concerned or not contents.isdisjoint(order.changed):
            concerned[day] = concerned.get(day, set()) | contents
    if any(len(contents) > _MOST for contents in concerned.values()):
        return None
    return {day: frozenset(concerned[day]) for day in sorted(concerned)}


def rows_of_day(day: str, contents: frozenset[str], layout: RecordLayout, order: Order) -> Iterator[Row]:
    """What the day has now, in the store's order, of contents that are all it may have."""
    rows = rows_of(order.holdings_of(contents), order.form, layout.suffix)
    return iter(sorted((row for row in rows if row.entry.day == day), key=_place))


def _place(row: Row) -> tuple[bool, float, str, str]:
    published = row.record["published"]
    moment = published.timestamp() if published else 0.0
    return published is None, moment, row.entry.source, row.entry.source_id
