"""What the layouts of records differ in: the bytes of a file, and how its schema is told."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, Protocol

from archive.exports.order import Form
from archive.exports.records.entry import RecordEntry
from archive.exports.records.partitions import day_of, file_name
from archive.exports.records.record import Record, json_line, record_of

if TYPE_CHECKING:
    from archive.store.values import Holding


class RecordFile(Protocol):
    """A file that is being written. Its bytes follow from what is written alone."""

    def write(self, record: Record, line: bytes, /) -> None:
        """Append the record, given as its line of JSON as well."""

    def close(self) -> None:
        """Write what is left; what it is written to stays open."""


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """A layout of records. `begin` begins a file whose bytes go where it is told."""

    name: str
    suffix: str
    schema: str
    """The text of ``schema.json``."""
    begin: Callable[[BinaryIO], RecordFile]


@dataclass(frozen=True, slots=True)
class Row:
    """One record, in each form that is needed of it."""

    record: Record
    line: bytes
    entry: RecordEntry


def rows_of(holdings: Iterable["Holding"], form: Form, suffix: str) -> Iterator[Row]:
    """The holdings as records, in their order."""
    for holding in holdings:
        record = record_of(holding, form)
        line = json_line(record)
        speaker = holding.speaker
        entry = RecordEntry(
            file_name(day_of(speaker.document.published), suffix),
            sha256(line).hexdigest(),
            holding.content_hash,
            speaker.source,
            speaker.source_id,
            speaker.address,
            tuple(holding.others),
            gone=holding.is_gone,
        )
        yield Row(record, line, entry)
