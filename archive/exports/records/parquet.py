"""The layout `parquet`: one row a content, in files that pandas, DuckDB and Arrow read as one table."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.exports.order import ORDINARY, Form, Order
from archive.exports.records.export import export_records
from archive.exports.records.extras import extra
from archive.exports.records.layout import RecordLayout
from archive.exports.records.record import COPY, Field, Kind, Record, fields_of, json_line
from archive.exports.report import ExportReport

if TYPE_CHECKING:
    from archive.store.values import Holding

LAYOUT = "parquet"
_ROWS_AT_ONCE = 5_000
_BYTES_AT_ONCE = 16_000_000
"""Of records as JSON. A row group, which is what has to be in memory at once, ends with the record that
reaches either: the records alone decide, so that equal records make equal bytes."""
_OF_FEW_VALUES = ("source", "outlet", "category", "author", "fidelity", "tags.list.element")
"""Columns that are written as a dictionary and indices into it."""
_READ_AT_ONCE = 500


def export_parquet(holdings: Iterable["Holding"], folder: Path, order: Order = ORDINARY) -> ExportReport:
    """Bring the folder up to date: ``documents/2022-01-22.parquet`` and the like.

    See `archive.exports.records.export.export_records`. Raises `UsageError` where pyarrow is not installed.
    The same pyarrow makes the same bytes of the same records; another may make others, and then writes
    each file once again.
    """
    schema = parquet_schema_text(order.form)
    layout = RecordLayout(LAYOUT, ".parquet", schema, partial(ParquetRows, form=order.form))
    return export_records(layout, holdings, folder, order)


def parquet_lines(path: Path) -> Iterator[bytes]:
    """The rows of a file, each as its line of JSON. Raises `ValueError` for bytes that are not Parquet's."""
    parquet, arrow = extra("pyarrow.parquet", LAYOUT), extra("pyarrow", LAYOUT)
    try:
        with path.open("rb") as file:
            for batch in parquet.ParquetFile(file).iter_batches(_READ_AT_ONCE):
                yield from map(json_line, batch.to_pylist())
    except arrow.ArrowException as error:
        raise ValueError(str(error)) from error


def parquet_schema(form: Form) -> Any:
    """The `pyarrow.Schema` of each file: types, nullability, and what each field means."""
    pa = extra("pyarrow", LAYOUT)
    return pa.schema([_arrow_field(pa, field) for field in fields_of(form)])


def parquet_schema_text(form: Form) -> str:
    """The schema for people and programs that do not open the files: JSON with Arrow's names of the types."""
    fields = [
        {
            "name": field.name,
            "type": str(field.type),
            "nullable": field.nullable,
            "description": field.metadata[b"description"].decode(),
        }
        for field in parquet_schema(form)
    ]
    return json.dumps({"fields": fields}, ensure_ascii=False, indent=1) + "\n"


class ParquetRows:
    """One file that is being written, a row group at a time."""

    def __init__(self, sink: BinaryIO, form: Form) -> None:
        self._schema = parquet_schema(form)
        self._rows: list[Record] = []
        self._bytes = 0
        self._writer = extra("pyarrow.parquet", LAYOUT).ParquetWriter(
            sink, self._schema, **_options(fields_of(form))
        )

    def write(self, record: Record, line: bytes, /) -> None:
        """Append the record, which is that line of JSON as well."""
        self._rows.append(record)
        self._bytes += len(line)
        if len(self._rows) >= _ROWS_AT_ONCE or self._bytes >= _BYTES_AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the file's foot."""
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        pa = extra("pyarrow", LAYOUT)
        self._writer.write_batch(pa.RecordBatch.from_pylist(self._rows, self._schema))
        self._rows, self._bytes = [], 0


def _options(fields: tuple[Field, ...]) -> Mapping[str, Any]:
    """All that decides about the bytes, and might have another default in another version of pyarrow."""
    return {
        "version": "2.6",
        "data_page_version": "1.0",
        "data_page_size": 1 << 20,
        "compression": "zstd",
        "compression_level": 3,
        "use_dictionary": list(_OF_FEW_VALUES),
        "write_statistics": [field.name for field in fields if field.name not in {"title", "body", "text"}],
        "store_schema": True,
        "use_compliant_nested_type": True,
    }


def _arrow_field(pa: Any, field: Field) -> Any:
    return pa.field(
        field.name,
        _arrow_type(pa, field.kind),
        nullable=field.may_be_null,
        metadata={"description": field.description},
    )


def _arrow_type(pa: Any, kind: Kind) -> Any:
    match kind:
        case Kind.TEXT | Kind.HASH | Kind.FIDELITY:
            return pa.string()
        case Kind.COUNT:
            return pa.int64()
        case Kind.PUBLISHED:
            return pa.timestamp("ms", "Asia/Shanghai")  # Parquet knows no seconds
        case Kind.INSTANT:
            return pa.timestamp("us", "UTC")
        case Kind.TEXTS:
            return pa.list_(pa.field("element", pa.string(), nullable=False))
        case Kind.COPIES:
            copy = pa.struct([pa.field(one.name, pa.string(), nullable=one.may_be_null) for one in COPY])
            return pa.list_(pa.field("element", copy, nullable=False))
