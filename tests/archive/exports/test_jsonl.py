"""What a folder of JSON lines looks like, and what those who read it may rely on."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
import pytest
import zstandard

from archive.documents import SHANGHAI
from archive.errors import UsageError
from archive.exports.order import Form, Order
from archive.exports.records import extras
from archive.exports.records.jsonl import export_jsonl
from archive.store.values import Holding

MakeHolding = Callable[..., Holding]

GOLDEN_LINES = """\
{"content_hash":"HASH0","source":"finews","source_id":"甲","address":"https://x.test/甲.html",\
"share_address":null,"title":"标题 甲","outlet":"鲁网","published":"2022-01-22T08:01:00+08:00",\
"category":"luwang","tags":["鲁网新闻"],"author":null,"link":null,"fidelity":"source","lost":0,\
"first_seen":"2022-01-22T01:00:00.000000+00:00","changed_at":"2022-01-22T02:00:00.000007+00:00",\
"gone_since":null,"body":"<p>甲</p>",\
"others":[{"source":"cinic","source_id":"7","address":null}]}
{"content_hash":"HASH1","source":"finews","source_id":"乙","address":"https://x.test/乙.html",\
"share_address":"https://s.test/乙","title":"","outlet":"鲁网","published":"2022-01-22T08:02:00+08:00",\
"category":"luwang","tags":[],"author":"张三","link":"https://s.test/乙","fidelity":"source","lost":2,\
"first_seen":null,"changed_at":null,"gone_since":"2022-01-25T00:00:00.000000+00:00",\
"body":"a\\u2028b\\u2029c\\u0085d\\\\\\"\\n\\u001c😀","others":[]}
"""
GOLDEN_MANIFEST = """{
 "format": "finews-archive export",
 "version": 1,
 "layout": "jsonl",
 "files": [
  {"name": "documents/2022-01-22.jsonl", "sha256": "FILE0"},
  {"name": "documents/undated.jsonl", "sha256": "FILE1"},
  {"name": "schema.json", "sha256": "FILE2"}
 ],
 "records": [
  {"file": "documents/2022-01-22.jsonl", "sha256": "LINE0", "content_hash": "HASH0", "source": "finews", \
"source_id": "甲", "address": "https://x.test/甲.html", "others": [{"source": "cinic", "source_id": "7", \
"address": ""}]},
  {"file": "documents/2022-01-22.jsonl", "sha256": "LINE1", "content_hash": "HASH1", "source": "finews", \
"source_id": "乙", "address": "https://x.test/乙.html", "others": [], "gone": true},
  {"file": "documents/undated.jsonl", "sha256": "LINE2", "content_hash": "HASH2", "source": "finews", \
"source_id": "丙", "address": "https://x.test/丙.html", "others": []}
 ]
}
"""


@pytest.fixture
def three(holding: MakeHolding) -> list[Holding]:
    """With and without what may be missing, hostile text, no date."""
    morning = datetime(2022, 1, 22, tzinfo=UTC)
    first = replace(
        holding("甲", minute=1, others=(("cinic", "7", ""),)),
        first_seen=morning + timedelta(hours=1),
        changed_at=morning + timedelta(hours=2, microseconds=7),
    )
    second = holding("乙", minute=2)
    document = replace(
        second.speaker.document,
        title="",
        tags=(),
        lost=2,
        link="https://s.test/乙",
        body='a\u2028b\u2029c\x85d\\"\n\x1c😀',
    )
    speaker = replace(second.speaker, document=document, author="张三", share_address="https://s.test/乙")
    second = replace(second, speaker=speaker, gone_since=datetime(2022, 1, 25, tzinfo=UTC), is_gone=True)
    return [first, second, holding("丙", minute=None)]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_lines_and_manifest_have_these_very_bytes(tmp_path: Path, three: list[Holding]) -> None:
    report = export_jsonl(three, tmp_path, Order())
    lines, manifest = GOLDEN_LINES, GOLDEN_MANIFEST
    for number, held in enumerate(three):
        lines = lines.replace(f"HASH{number}", held.content_hash)
        manifest = manifest.replace(f"HASH{number}", held.content_hash)
    data = (tmp_path / "documents/2022-01-22.jsonl").read_bytes()
    assert data.decode() == lines
    undated = (tmp_path / "documents/undated.jsonl").read_bytes()
    for number, line in enumerate((data + undated).removesuffix(b"\n").split(b"\n")):
        manifest = manifest.replace(f"LINE{number}", digest(line))
    for number, file in enumerate((data, undated, (tmp_path / "schema.json").read_bytes())):
        manifest = manifest.replace(f"FILE{number}", digest(file))
    assert (tmp_path / "manifest.json").read_text() == manifest
    assert (report.written, report.files) == (3, 3)


def test_a_line_is_a_line_to_every_reader_of_lines(tmp_path: Path, three: list[Holding]) -> None:
    export_jsonl(three, tmp_path, Order())
    text = (tmp_path / "documents/2022-01-22.jsonl").read_text(encoding="utf-8")
    assert len(text.splitlines()) == len(text.split("\n")[:-1]) == 2
    assert json.loads(text.splitlines()[1])["body"] == three[1].speaker.document.body


def test_plain_text_stands_in_a_field_of_its_own(tmp_path: Path, holding: MakeHolding) -> None:
    held = replace(holding("甲"), text="甲\n乙")
    export_jsonl([held], tmp_path, Order(form=Form.PLAIN))
    (line,) = (tmp_path / "documents/2022-01-22.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert record["text"] == "甲\n乙"
    assert "body" not in record
    assert list(record) == list(json.loads((tmp_path / "schema.json").read_text())["properties"])


def test_each_line_is_as_the_schema_says(tmp_path: Path, three: list[Holding]) -> None:
    export_jsonl(three, tmp_path, Order())
    schema = json.loads((tmp_path / "schema.json").read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for path in (tmp_path / "documents").iterdir():
        for line in path.read_text().splitlines():
            check(json.loads(line), schema)


def check(value: Any, schema: dict[str, Any]) -> None:
    """Against as much of JSON Schema as the schema uses: another word fails."""
    words = {"$schema", "title", "description", "type", "properties", "required", "additionalProperties"}
    assert schema.keys() <= words | {"items", "pattern", "enum", "format", "minimum"}
    types = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
    allowed = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    assert isinstance(value, tuple(types[name] for name in allowed))
    match value:
        case dict():
            assert list(value) == list(schema["properties"]) == schema["required"]
            for name, part in value.items():
                check(part, schema["properties"][name])
        case list():
            for part in value:
                check(part, schema["items"])
        case str():
            assert re.search(schema.get("pattern", ""), value)
            assert value in schema.get("enum", [value])
            if schema.get("format") == "date-time":
                assert datetime.fromisoformat(value).utcoffset() is not None
        case int():
            assert value >= schema.get("minimum", 0)


def test_a_day_is_china_s_day(tmp_path: Path, holding: MakeHolding) -> None:
    """The factory's minutes count from 08:00 there."""
    export_jsonl([holding("nach", minute=15 * 60 + 59), holding("neu", minute=16 * 60)], tmp_path, Order())
    assert sorted(path.name for path in (tmp_path / "documents").iterdir()) == [
        "2022-01-22.jsonl",
        "2022-01-23.jsonl",
    ]


def test_pandas_reads_the_files_with_times_that_are_aware(tmp_path: Path, three: list[Holding]) -> None:
    export_jsonl(three, tmp_path, Order())
    path = tmp_path / "documents/2022-01-22.jsonl"
    table = pandas.read_json(path, lines=True, dtype=False)
    assert pandas.to_datetime(table["published"]).dt.tz.utcoffset(None) == timedelta(hours=8)
    assert str(pandas.to_datetime(table["changed_at"]).dt.tz) == "UTC"
    assert table["address"].tolist() == [held.speaker.address for held in three[:2]]


def test_compressed_files_hold_the_same_lines_and_take_the_place_of_the_others(
    tmp_path: Path, three: list[Holding]
) -> None:
    export_jsonl(three, tmp_path, Order())
    plain = (tmp_path / "documents/2022-01-22.jsonl").read_bytes()
    report = export_jsonl(three, tmp_path, Order(compress=True))
    assert sorted(path.name for path in (tmp_path / "documents").iterdir()) == [
        "2022-01-22.jsonl.zst",
        "undated.jsonl.zst",
    ]
    assert (report.written, report.unchanged, report.deleted) == (2, 1, 2)
    path = tmp_path / "documents/2022-01-22.jsonl.zst"
    with path.open("rb") as file:
        assert zstandard.ZstdDecompressor().stream_reader(file).readall() == plain
    assert len(pandas.read_json(path, lines=True, dtype=False)) == 2
    before = path.read_bytes()
    export_jsonl(three, tmp_path / "again", Order(compress=True))
    assert (tmp_path / "again/documents/2022-01-22.jsonl.zst").read_bytes() == before


def test_without_the_extra_nothing_is_done_and_its_name_is_told(
    tmp_path: Path, three: list[Holding], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(UsageError, match=r"zstandard is not installed.*finews-archive\[zstd\]"):
        export_jsonl(three, tmp_path / "out", Order(compress=True))
    assert not (tmp_path / "out").exists()


def test_holdings_in_another_order_are_refused(tmp_path: Path, holding: MakeHolding) -> None:
    later, earlier = holding("später", minute=3000), holding("früher")
    with pytest.raises(ValueError, match="not in the store's order"):
        export_jsonl([later, earlier], tmp_path, Order())
    assert list(tmp_path.iterdir()) == []


def test_published_times_are_told_in_china_s_time_whatever_their_zone(
    tmp_path: Path, holding: MakeHolding
) -> None:
    held = holding("甲")
    moved = replace(held.speaker.document, published=datetime(2022, 1, 22, 8, tzinfo=SHANGHAI))
    export_jsonl([held], tmp_path / "utc", Order())
    export_jsonl(
        [replace(held, speaker=replace(held.speaker, document=moved))], tmp_path / "shanghai", Order()
    )
    utc, shanghai = ((tmp_path / name / "manifest.json").read_bytes() for name in ("utc", "shanghai"))
    assert utc == shanghai
