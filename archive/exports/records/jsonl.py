"""The layout `jsonl`: one JSON object a content, on a line of its own."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.documents import Fidelity
from archive.exports.order import ORDINARY, Form, Order
from archive.exports.records.export import export_records
from archive.exports.records.extras import extra
from archive.exports.records.layout import RecordLayout
from archive.exports.records.record import COPY, Field, Kind, Record, fields_of
from archive.exports.report import ExportReport

if TYPE_CHECKING:
    from archive.store.values import Holding

LAYOUT = "jsonl"
COMPRESSED = ".jsonl.zst"
_LEVEL = 3
"""Of zstd. On 20,000 documents level 9 took four times as long, and saved 2 % of the bytes."""

_LONGEST = 1 << 28
"""Bytes of a line: of a few a file of some kilobytes may be made."""


def export_jsonl(holdings: Iterable["Holding"], folder: Path, order: Order = ORDINARY) -> ExportReport:
    """Bring the folder up to date: ``documents/2022-01-22.jsonl`` and the like, or ``.jsonl.zst``.

    See `archive.exports.records.export.export_records`. Raises `UsageError` where zstd is not installed.
    """
    if order.compress:
        extra("zstandard", "zstd")
    suffix = COMPRESSED if order.compress else ".jsonl"
    begin = partial(JsonLinesFile, compress=order.compress)
    layout = RecordLayout(LAYOUT, suffix, jsonl_schema_text(order.form), begin)
    return export_records(layout, holdings, folder, order)


def jsonl_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, without their ends.

    Raises `ValueError` for bytes that are not zstd's, and for a line that no document fills.
    """
    with path.open("rb") as file:
        if not path.name.endswith(COMPRESSED):
            yield from _lines_of(file)
            return
        zstandard = extra("zstandard", "zstd")
        try:
            with zstandard.ZstdDecompressor().stream_reader(file) as lines:
                yield from _lines_of(BufferedReader(lines))
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error


def _lines_of(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise ValueError("a line without an end")
        yield line.removesuffix(b"\n")


def jsonl_schema_text(form: Form) -> str:
    """What each line is, as JSON Schema."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A document of finews-archive",
        "description": "What an object on a line of documents/*.jsonl says. All its fields are always there.",
        **_object(fields_of(form)),
    }
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


class JsonLinesFile:
    """One file that is being written, line by line."""

    def __init__(self, sink: BinaryIO, *, compress: bool) -> None:
        self._lines: BinaryIO = _compressed(sink) if compress else sink
        self._is_compressed = compress

    def write(self, _record: Record, line: bytes, /) -> None:
        """Append the record, which is that line of JSON."""
        self._lines.write(line + b"\n")

    def close(self) -> None:
        """Write what is left; the sink stays open."""
        if self._is_compressed:
            self._lines.close()


def _compressed(sink: BinaryIO) -> Any:
    """One frame, with a checksum, by one thread: several would make other bytes."""
    compressor = extra("zstandard", "zstd").ZstdCompressor(level=_LEVEL, write_checksum=True, threads=0)
    return compressor.stream_writer(sink, closefd=False)


def _object(fields: tuple[Field, ...]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def _property(field: Field) -> Mapping[str, Any]:
    told = dict(_OF_COPIES if field.kind is Kind.COPIES else _TYPES[field.kind])
    if field.may_be_null:
        told["type"] = [told["type"], "null"]
    return {"description": field.description, **told}


_TYPES: Mapping[Kind, Mapping[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.HASH: {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    Kind.FIDELITY: {"type": "string", "enum": list(map(str, Fidelity))},
    Kind.COUNT: {"type": "integer", "minimum": 0},
    Kind.PUBLISHED: {"type": "string", "format": "date-time", "pattern": r"^.{10}T.{8}\+08:00$"},
    Kind.INSTANT: {"type": "string", "format": "date-time", "pattern": r"^.{10}T.{8}\.[0-9]{6}\+00:00$"},
}
_OF_COPIES = {"type": "array", "items": _object(COPY)}
