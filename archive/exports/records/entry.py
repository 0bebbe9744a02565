"""The entry of a record: what the manifest says of one line, or row, of a file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.exports.entry import Entry
from archive.exports.records.partitions import day_in

_MARKS = re.compile(r'\{"file": "([^"\\]*)", "sha256": "[0-9a-f]{64}", "content_hash": "([0-9a-f]{64})"')
_OTHER = ("source", "source_id", "address")


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """One record: the file that has it, and the SHA-256 of its line of JSON (`json_line`).

    The rest is as in `Entry`. In a manifest each (source, source_id) is once.
    """

    file: str
    sha256: str
    content_hash: str
    source: str
    source_id: str
    address: str
    others: tuple[tuple[str, str, str], ...] = ()
    gone: bool = False

    @property
    def day(self) -> str:
        """The partition that it is in."""
        return day_in(self.file)

    def as_entry(self) -> Entry:
        """The same as an entry of a layout in which a content is a file; `sha256` remains the record's."""
        return Entry(
            self.file,
            self.sha256,
            self.content_hash,
            self.source,
            self.source_id,
            self.address,
            self.others,
            gone=self.gone,
        )


def record_line(entry: RecordEntry) -> str:
    """The entry as it stands in a manifest."""
    told = {
        "file": entry.file,
        "sha256": entry.sha256,
        "content_hash": entry.content_hash,
        "source": entry.source,
        "source_id": entry.source_id,
        "address": entry.address,
        "others": [dict(zip(_OTHER, other, strict=True)) for other in entry.others],
        **({"gone": True} if entry.gone else {}),
    }
    return json.dumps(told, ensure_ascii=False)


def marks_of(line: str) -> tuple[str, str]:
    """File and content hash of such a line, ten times as fast. Raises `ValueError` for any other."""
    found = _MARKS.match(line)
    if found is None or not day_in(found[1]):
        raise ValueError(f"no record: {line!r:.60}")
    return found[1], found[2]


def parse_record(line: str) -> RecordEntry:
    """The entry of such a line.

    Raises `AttributeError`, `KeyError`, `TypeError`, `ValueError` or `RecursionError` for any other.
    """
    found = json.loads(line)
    entry = RecordEntry(
        **{key: _text(found, key) for key in ("file", "sha256", "content_hash", *_OTHER)},
        others=tuple(_identity(other) for other in found["others"]),
        gone=found.get("gone", False) is True,
    )
    if not entry.day:
        raise ValueError(f"the name {entry.file!r:.60} cannot be ours")
    return entry


def _identity(other: Mapping[str, Any]) -> tuple[str, str, str]:
    return _text(other, "source"), _text(other, "source_id"), _text(other, "address")


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    value.encode()  # a lone surrogate could be written nowhere
    return value
