"""Whatever a store holds: an export has what it has, a refresh is as a fresh one, a delta the difference."""

import shutil
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.exports.entry import Entry
from archive.exports.order import Order
from archive.exports.records.jsonl import export_jsonl
from archive.exports.records.parquet import export_parquet, parquet_lines
from archive.store import Store
from archive.store.exports import Exportable
from archive.store.selection import EVERYTHING, Duplicates, Selection
from archive.store.values import Holding, Observation, Whereabouts
from tests.archive.exports.test_jsonl_delta import applied, rows
from tests.archive.exports.test_jsonl_refresh import tree

T0 = datetime(2022, 1, 20, tzinfo=UTC)
WORDS = st.sampled_from(["央行", "5G", "\u2028", '"\\', "\x00", "😀", ""])
TEXTS = st.lists(WORDS, max_size=2).map("".join)
MINUTES = st.none() | st.integers(0, 4).map(lambda number: number * 500)


@st.composite
def documents(draw: st.DrawFn) -> SourcedDocument:
    minutes = draw(MINUTES)
    document = Document(
        title=draw(TEXTS),
        published=None
        if minutes is None
        else datetime(2022, 1, 20, tzinfo=SHANGHAI) + timedelta(minutes=minutes),
        slug=draw(st.sampled_from(["luwang", "emnews", ""])),
        outlet=draw(st.sampled_from(["鲁网", ""])),
        tags=tuple(draw(st.lists(WORDS, max_size=2))),
        body=draw(st.sampled_from(["<p>一</p>", "<p>二\u2029</p>", "<div>一</div>", ""])),
        link=draw(st.sampled_from(["https://s.test/1", "", None])),
        return_url=None,
        lost=draw(st.integers(0, 2)),
    )
    source, source_id = draw(st.sampled_from(["finews", "cinic"])), draw(st.sampled_from("甲乙丙丁"))
    address = draw(st.sampled_from([f"https://x.test/{source}/{source_id}", ""]))
    return SourcedDocument(source, source_id, address, "", draw(st.sampled_from(Fidelity)), document)


BATCHES = st.lists(
    documents() | st.tuples(st.sampled_from(["finews", "cinic"]), st.sampled_from("甲乙丙丁")), max_size=8
)


def observed(batch: Iterable[Any], day: int) -> list[Observation]:
    return [
        Observation(T0 + timedelta(days=day, minutes=minute), gone=(one,))
        if isinstance(one, tuple)
        else Observation(T0 + timedelta(days=day, minutes=minute), one)
        for minute, one in enumerate(batch)
    ]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "archive.db"
    Store.open(f"sqlite:///{path}").close()
    return path


def order_for(there: Exportable, selection: Selection, duplicates: Duplicates, **known: Any) -> Order:
    def holdings_of(contents: Collection[str]) -> Iterable[Holding]:
        return there.holdings(selection, duplicates, contents=contents)

    def whereabouts(entry: Entry) -> Whereabouts | None:
        return there.whereabouts(entry.source, entry.source_id)

    return Order(duplicates=duplicates, holdings_of=holdings_of, whereabouts=whereabouts, **known)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    BATCHES,
    BATCHES,
    st.sampled_from([Duplicates.ONE, Duplicates.ALL]),
    st.sampled_from([EVERYTHING, Selection(slugs=["luwang"])]),
)
def test_exports_of_any_store(
    empty: Path,
    first: list[Any],
    second: list[Any],
    duplicates: Duplicates,
    selection: Selection,
) -> None:
    with TemporaryDirectory() as folder, Store.open(f"sqlite:///{shutil.copy(empty, folder)}") as store:
        root = Path(folder)
        store.write(observed(first, 1), None)
        with store.exports.reading() as there:
            change = there.change()
            ordinary = order_for(there, selection, duplicates)
            stamp = export_jsonl(there.holdings(selection, duplicates), root / "kept", ordinary).stamp
        shutil.copytree(root / "kept", root / "base")
        store.write(observed(second, 2), None)
        with store.exports.reading() as there:
            held = list(there.holdings(selection, duplicates))
            changed = there.changed_since(change, 1000)
            ordinary = order_for(there, selection, duplicates)
            export_jsonl(held, root / "fresh", ordinary)
            known = order_for(there, selection, duplicates, stamp=stamp, changed=changed)
            export_jsonl(iter(()), root / "kept", known)
            since = order_for(there, selection, duplicates, base=root / "base/manifest.json")
            export_jsonl(held, root / "delta", since)
            export_parquet(held, root / "rows", ordinary)
        assert tree(root / "kept") == tree(root / "fresh")
        found = rows(root / "fresh")
        for one in held:
            check(found.pop((one.speaker.source, one.speaker.source_id)), one)
        assert found == {}
        assert applied(rows(root / "base"), root / "delta") == rows(root / "fresh")
        for path in (root / "fresh/documents").glob("*"):
            lines = parquet_lines(root / f"rows/documents/{path.stem}.parquet")
            assert list(lines) == path.read_bytes().splitlines()


def check(row: dict[str, Any], held: Holding) -> None:
    """Whether the row says of the document what the store says."""
    document = held.speaker.document
    assert (row["content_hash"], row["title"], row["body"]) == (
        held.content_hash,
        document.title,
        document.body,
    )
    assert row["tags"] == list(document.tags)
    assert (row["category"], row["outlet"]) == (document.slug or None, document.outlet or None)
    assert (row["published"] and datetime.fromisoformat(row["published"])) == document.published
    assert datetime.fromisoformat(row["changed_at"]) == held.changed_at
    assert len(row["others"]) == len(held.others)
