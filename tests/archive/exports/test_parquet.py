"""What a folder of Parquet files is to pandas and pyarrow, with the types that are documented."""

import gc
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest

from archive.errors import UsageError
from archive.exports.order import Form, Order
from archive.exports.records import extras, parquet
from archive.exports.records.jsonl import export_jsonl
from archive.exports.records.parquet import export_parquet, parquet_lines
from archive.store.values import Holding

MakeHolding = Callable[..., Holding]

TYPES = {
    "content_hash": "string",
    "source": "string",
    "source_id": "string",
    "address": "string",
    "share_address": "string",
    "title": "string",
    "outlet": "string",
    "published": "timestamp[ms, tz=Asia/Shanghai]",
    "category": "string",
    "tags": "list<element: string not null>",
    "author": "string",
    "link": "string",
    "fidelity": "string",
    "lost": "int64",
    "first_seen": "timestamp[us, tz=UTC]",
    "changed_at": "timestamp[us, tz=UTC]",
    "gone_since": "timestamp[us, tz=UTC]",
    "body": "string",
    "others": "list<element: struct<source: string not null, source_id: string not null, "
    "address: string> not null>",
}
NULLABLE = set(
    "address share_address outlet published category author link first_seen changed_at gone_since".split()
)


@pytest.fixture
def held(holding: MakeHolding) -> list[Holding]:
    """Of two days and of none; the first file has nulls alone where the second has values."""
    bare = holding("甲", minute=1)
    document = replace(bare.speaker.document, slug="", outlet="", tags=())
    bare = replace(bare, speaker=replace(bare.speaker, document=document, address=""))
    full = holding("乙", minute=5000, others=(("cinic", "7", ""), ("cinic", "8", "https://y.test/8")))
    seen = datetime(2022, 1, 25, 1, 2, 3, 4, tzinfo=UTC)
    speaker = replace(full.speaker, author="张三", share_address="https://s.test/乙")
    full = replace(full, speaker=speaker, first_seen=seen, changed_at=seen, gone_since=seen)
    return [bare, full, holding("丙", minute=None)]


def test_every_file_has_the_documented_types(tmp_path: Path, held: list[Holding]) -> None:
    export_parquet(held, tmp_path)
    files = sorted((tmp_path / "documents").iterdir())
    assert [path.name for path in files] == ["2022-01-22.parquet", "2022-01-25.parquet", "undated.parquet"]
    for path in files:
        schema = pyarrow.parquet.read_schema(path)
        assert {field.name: str(field.type) for field in schema} == TYPES
        assert {field.name for field in schema if field.nullable} == NULLABLE
        assert all(field.metadata[b"description"] for field in schema)
    told = json.loads((tmp_path / "schema.json").read_text())["fields"]
    assert {field["name"]: field["type"] for field in told} == TYPES
    assert {field["name"] for field in told if field["nullable"]} == NULLABLE


def test_pandas_reads_the_folder_as_one_table_with_aware_times(tmp_path: Path, held: list[Holding]) -> None:
    export_parquet(held, tmp_path)
    table = pandas.read_parquet(tmp_path / "documents")
    assert list(table.columns) == list(TYPES)
    assert str(table["published"].dtype) == "datetime64[ms, Asia/Shanghai]"
    assert str(table["changed_at"].dtype) == "datetime64[us, UTC]"
    assert table["published"][0].isoformat() == "2022-01-22T08:01:00+08:00"
    assert table["published"].isna().tolist() == [False, False, True]
    assert table["address"].isna().tolist() == [True, False, False]
    assert table["lost"].dtype == "int64"
    assert [list(tags) for tags in table["tags"]] == [[], ["鲁网新闻"], ["鲁网新闻"]]


def test_arrow_filters_the_folder_by_time_and_outlet(tmp_path: Path, held: list[Holding]) -> None:
    export_parquet(held, tmp_path)
    found = pyarrow.dataset.dataset(tmp_path / "documents")
    day = pyarrow.scalar(datetime(2022, 1, 24, tzinfo=UTC), pyarrow.timestamp("ms", "Asia/Shanghai"))
    wanted = (pyarrow.dataset.field("published") > day) & (pyarrow.dataset.field("outlet") == "鲁网")
    assert found.to_table(["source_id"], wanted).to_pylist() == [{"source_id": "乙"}]


def test_a_row_says_what_the_line_of_jsonl_says(tmp_path: Path, held: list[Holding]) -> None:
    for form in Form:
        some = [replace(one, text="甲\n乙") for one in held]
        export_parquet(some, tmp_path / f"rows-{form}", Order(form=form))
        export_jsonl(some, tmp_path / f"lines-{form}", Order(form=form))
        for path in sorted((tmp_path / f"lines-{form}/documents").iterdir()):
            rows = parquet_lines(tmp_path / f"rows-{form}/documents/{path.stem}.parquet")
            assert list(rows) == path.read_bytes().splitlines()


def test_times_at_the_ends_of_the_calendar_come_back(tmp_path: Path, holding: MakeHolding) -> None:
    moments = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 15, 59, 59, tzinfo=UTC)]
    held = []
    for moment in moments:
        one = holding(str(moment.year))
        document = replace(one.speaker.document, published=moment)
        held.append(replace(one, speaker=replace(one.speaker, document=document), first_seen=moment))
    export_parquet(held, tmp_path)
    lines = [line for path in sorted((tmp_path / "documents").iterdir()) for line in parquet_lines(path)]
    assert [json.loads(line)["published"] for line in lines] == [
        "0001-01-01T08:00:00+08:00",
        "9999-12-31T23:59:59+08:00",
    ]


def test_equal_records_make_equal_bytes_in_row_groups_of_bounded_size(
    tmp_path: Path, holding: MakeHolding, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [holding(f"{number:03}", minute=number) for number in range(250)]
    monkeypatch.setattr(parquet, "_ROWS_AT_ONCE", 100)
    for folder in ("one", "two"):
        export_parquet(held, tmp_path / folder)
    one, two = (tmp_path / folder / "documents/2022-01-22.parquet" for folder in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    metadata = pyarrow.parquet.read_metadata(one)
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert groups == [100, 100, 50]
    monkeypatch.setattr(parquet, "_BYTES_AT_ONCE", 1)
    export_parquet(held[:3], tmp_path / "three")
    assert pyarrow.parquet.read_metadata(tmp_path / "three/documents/2022-01-22.parquet").num_row_groups == 3


def test_without_the_extra_nothing_is_done_and_its_name_is_told(
    tmp_path: Path, held: list[Holding], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(UsageError, match=r"pyarrow is not installed.*finews-archive\[parquet\]"):
        export_parquet(held, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_export_that_comes_to_grief_says_nothing_else(
    tmp_path: Path, holding: MakeHolding, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    def interrupted() -> Iterator[Holding]:
        yield holding("甲")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_parquet(interrupted(), tmp_path)
    gc.collect()
    assert told == []
