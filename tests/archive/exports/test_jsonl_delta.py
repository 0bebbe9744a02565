"""A delta: applied to what its base has, it gives what a whole export has."""

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ExportError
from archive.exports.entry import Entry
from archive.exports.order import Order
from archive.exports.records import base as record_base
from archive.exports.records.jsonl import export_jsonl
from archive.exports.records.parquet import export_parquet, parquet_lines
from archive.store.values import Holding, Whereabouts
from tests.archive.exports.test_jsonl_refresh import tree

MakeHolding = Callable[..., Holding]
Rows = dict[tuple[str, str], dict[str, Any]]
DAY = 24 * 60
THEN = datetime(2022, 2, 1, tzinfo=UTC)


@pytest.fixture
def before(holding: MakeHolding) -> list[Holding]:
    return [
        holding("bleibt", minute=0, others=(("cinic", "1", ""),)),
        holding("alt", minute=1, source_id="changes"),
        holding("zwilling", minute=2, source_id="speaks", others=(("finews", "follows", ""),)),
        holding("wandert", minute=DAY),
        holding("geht", minute=2 * DAY),
        holding("weg", minute=2 * DAY + 1),
        holding("nie", minute=None),
    ]


@pytest.fixture
def after(before: list[Holding], holding: MakeHolding) -> list[Holding]:
    """One stays, and of each kind of change there is one."""
    retagged = before[6].speaker
    retagged = replace(retagged, document=replace(retagged.document, tags=("neu",)))
    return [
        before[0],
        replace(holding("neu", minute=1, source_id="changes"), changed_at=THEN),
        holding("zwilling", minute=3, source_id="follows"),
        replace(before[5], gone_since=THEN, is_gone=True),
        holding("wandert", minute=3 * DAY),
        holding("kommt", minute=4 * DAY),
        replace(before[6], speaker=retagged),
    ]


def rows(folder: Path) -> Rows:
    lines = [line for path in (folder / "documents").glob("*") for line in path.read_text().splitlines()]
    found = map(json.loads, lines)
    return {(row["source"], row["source_id"]): row for row in found}


def tombstones(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "tombstones.jsonl").read_text().splitlines()]


def applied(base: Rows, delta: Path) -> Rows:
    """What the documentation says that one does with a delta."""
    result = dict(base)
    for tombstone in tombstones(delta):
        if tombstone["delete"]:
            del result[tombstone["source"], tombstone["source_id"]]
    return result | rows(delta)


def test_a_delta_makes_of_its_base_what_a_whole_export_is(
    tmp_path: Path, before: list[Holding], after: list[Holding]
) -> None:
    export_jsonl(before, tmp_path / "base")
    report = export_jsonl(after, tmp_path / "delta", Order(base=tmp_path / "base/manifest.json"))
    export_jsonl(after, tmp_path / "whole")
    assert applied(rows(tmp_path / "base"), tmp_path / "delta") == rows(tmp_path / "whole")
    assert len(rows(tmp_path / "delta")) == 6  # all but the one that stays
    assert report.tombstones == len(tombstones(tmp_path / "delta"))
    said, manifest = (
        json.loads((tmp_path / path).read_text())
        for path in ("delta/whole.manifest.json", "whole/manifest.json")
    )
    assert said["records"] == manifest["records"]


def test_tombstones_say_what_became_of_what_the_base_has_in_vain(
    tmp_path: Path, before: list[Holding], after: list[Holding]
) -> None:
    def whereabouts(entry: Entry) -> Whereabouts | None:
        """One is where it was, one says something now that is not exported, of the rest nothing is known."""
        now = {"speaks": entry.content_hash, "nie": "f" * 64}.get(entry.source_id)
        return Whereabouts(now, THEN, None) if now else None

    export_jsonl(before, tmp_path / "base")
    order = Order(base=tmp_path / "base/manifest.json", whereabouts=whereabouts)
    export_jsonl(after[:-1], tmp_path / "delta", order)
    found = {one["source_id"]: one for one in tombstones(tmp_path / "delta")}
    names = ("name", "delete", "reason", "since", "replaced_by", "replacement")
    assert {source_id: tuple(one[name] for name in names) for source_id, one in found.items()} == {
        "changes": (
            *("documents/2022-01-22.jsonl", True, "changed", THEN.isoformat()),
            *(after[1].content_hash, "documents/2022-01-22.jsonl"),
        ),
        "speaks": (
            *("documents/2022-01-22.jsonl", True, "changed", THEN.isoformat()),
            *(before[2].content_hash, "documents/2022-01-22.jsonl"),
        ),
        "weg": ("documents/2022-01-24.jsonl", False, "gone", THEN.isoformat(), None, None),
        "nie": ("documents/undated.jsonl", True, "changed", THEN.isoformat(), "f" * 64, None),
        "geht": ("documents/2022-01-24.jsonl", True, "not-selected", None, None, None),
    }
    assert found["changes"]["content_hash"] == before[1].content_hash


def test_the_next_delta_has_the_whole_manifest_for_its_base(
    tmp_path: Path, before: list[Holding], after: list[Holding]
) -> None:
    export_jsonl(before, tmp_path / "base")
    export_jsonl(after, tmp_path / "first", Order(base=tmp_path / "base/manifest.json"))
    report = export_jsonl(after, tmp_path / "second", Order(base=tmp_path / "first/whole.manifest.json"))
    assert (report.files, report.tombstones) == (3, 0)
    assert not (tmp_path / "second/documents").exists()
    assert (tmp_path / "second/whole.manifest.json").read_bytes() == (
        tmp_path / "first/whole.manifest.json"
    ).read_bytes()


def test_a_delta_exported_again_into_its_folder_touches_nothing(
    tmp_path: Path, before: list[Holding], after: list[Holding]
) -> None:
    export_jsonl(before, tmp_path / "base")
    order = Order(base=tmp_path / "base/manifest.json")
    first = export_jsonl(after, tmp_path / "delta", order)
    again = export_jsonl(after, tmp_path / "delta", order)
    assert (again.written, again.replaced, again.unchanged) == (0, 0, first.files)


def test_rows_of_parquet_have_the_same_delta(
    tmp_path: Path, before: list[Holding], after: list[Holding]
) -> None:
    for name, export in (("rows", export_parquet), ("lines", export_jsonl)):
        export(before, tmp_path / name)
        export(after, tmp_path / f"{name}-delta", Order(base=tmp_path / name / "manifest.json"))
    for path in (tmp_path / "lines-delta/documents").iterdir():
        found = parquet_lines(tmp_path / f"rows-delta/documents/{path.stem}.parquet")
        assert list(found) == path.read_bytes().splitlines()
    lines = (tmp_path / "lines-delta/tombstones.jsonl").read_text()
    assert (tmp_path / "rows-delta/tombstones.jsonl").read_text() == lines.replace(".jsonl", ".parquet")


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda text: text[:-2], "breaks off"),
        (lambda text: text[: len(text) // 2], "broken"),
        (lambda text: text.replace('"source": "finews"', '"source": 7', 1), "source is no text"),
        (lambda text: text.replace('"source_id": "alt"', '"source_id": "\\ud800"', 1), "surrogates"),
        (lambda text: text.replace('{"file": "documents/', '{"file": "../', 1), "cannot be ours"),
        (lambda text: text.replace('"others": []}', '"others": 7}', 1), "broken"),
        (lambda text: text.replace('"others": []', '"others": ' + "[" * 100_000, 1), "broken"),
        (lambda text: text.replace('"source_id": "alt"', '"source_id": "bleibt"'), "a document twice"),
        (lambda text: text.replace('"layout": "jsonl"', '"layout": "parquet"'), "layout 'parquet'"),
        (lambda text: text.replace("},\n", "}\n"), "comma"),
        (lambda text: "[]", "not written by this program"),
    ],
    ids=range(11),
)
def test_a_base_that_is_not_as_it_was_written_is_named_and_nothing_is_written(
    tmp_path: Path, holding: MakeHolding, break_it: Callable[[str], str], reason: str
) -> None:
    export_jsonl([holding("bleibt"), holding("alt", minute=1)], tmp_path / "base")
    path = tmp_path / "base/manifest.json"
    path.write_text(break_it(path.read_text()))
    with pytest.raises(ExportError) as caught:
        export_jsonl([holding("neu")], tmp_path / "out", Order(base=path))
    assert str(caught.value).startswith(f"{path}: ")
    assert reason in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_delta_has_a_whole_base_and_a_folder_of_its_own(tmp_path: Path, holding: MakeHolding) -> None:
    export_jsonl([holding("bleibt")], tmp_path / "base")
    base = Order(base=tmp_path / "base/manifest.json")
    export_jsonl([], tmp_path / "delta", base)
    there = {folder: tree(tmp_path / folder) for folder in ("base", "delta")}
    for folder, order, reason in (
        ("next", Order(base=tmp_path / "delta/manifest.json"), r"give the whole\.manifest\.json beside it"),
        ("base", base, "of a whole export; a delta goes into a folder of its own"),
        ("delta", Order(), "of a delta; export into another folder"),
        ("next", Order(base=tmp_path / "nowhere"), r"nowhere: cannot be read \(No such file"),
    ):
        with pytest.raises(ExportError, match=reason):
            export_jsonl([], tmp_path / folder, order)
    assert {folder: tree(tmp_path / folder) for folder in there} == there


def test_a_large_base_takes_little_memory(tmp_path: Path, holding: MakeHolding) -> None:
    one = holding("alt")
    held = [replace(one, speaker=replace(one.speaker, source_id=str(number))) for number in range(1500)]
    export_jsonl(held, tmp_path / "base")
    tracemalloc.start()
    report = export_jsonl(iter(held[:1]), tmp_path / "out", Order(base=tmp_path / "base/manifest.json"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.tombstones == 1499
    assert peak < 1_500_000


def test_where_no_scratch_can_be_kept_nothing_is_written(
    tmp_path: Path, holding: MakeHolding, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_jsonl([holding("alt")], tmp_path / "base")
    monkeypatch.setattr(record_base, "_TABLES", "PRAGMA max_page_count = 1; CREATE TABLE base (id);")
    with pytest.raises(ExportError, match="no scratch database can be kept there"):
        export_jsonl([], tmp_path / "out", Order(base=tmp_path / "base/manifest.json"))
    assert list((tmp_path / "out").iterdir()) == []
