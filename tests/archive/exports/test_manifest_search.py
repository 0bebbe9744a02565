"""What a manifest lists of one document is found line by line, and found missing by name."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.errors import ExportError
from archive.exports.by_content.seeds import export_seeds
from archive.exports.entry import Entry
from archive.exports.manifest import entries_about, manifest_text, parse_manifest
from archive.exports.records.jsonl import export_jsonl
from archive.exports.records.manifest import records_about
from archive.store.values import Holding

MakeHolding = Callable[..., Holding]
NOBODY = ("finews", "nobody")
NONE = "f" * 64


@pytest.fixture
def manifest(tmp_path: Path, holding: MakeHolding, holdings: list[Holding]) -> Path:
    """Of an export with a content that another document has as well."""
    twin = holding("双", minute=9, source_id='"}, 甲\\', others=(("cinic", "7", "https://y.test/7"),))
    export_seeds([*holdings, twin], tmp_path / "out")
    return tmp_path / "out" / "manifest.json"


def test_files_are_found_by_their_content_and_by_each_of_their_documents(manifest: Path) -> None:
    entries = parse_manifest(manifest.read_text(encoding="utf-8"), "seeds", manifest)
    assert len(entries) == 6
    for entry in entries:
        assert entries_about(manifest, entry.content_hash, NOBODY) == (entry,)
        for document in entry.documents:
            assert entries_about(manifest, NONE, document) == (entry,)
    assert entries_about(manifest, NONE, NOBODY) == ()
    # An id is one of its source, and whole.
    assert (
        entries_about(manifest, NONE, ("finews", "7")) == entries_about(manifest, NONE, ("cinic", "")) == ()
    )


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: text[:-3],
        lambda text: text[: len(text) // 2],
        lambda text: json.dumps(json.loads(text)),
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: text.replace('"source": "finews"', '"source": 7'),
        lambda text: text.replace('"name": "000', '"name": "../000'),
        lambda text: "",
    ],
)
def test_a_manifest_that_is_not_as_it_was_written_is_refused_by_name(
    manifest: Path, broken: Callable[[str], str]
) -> None:
    text = manifest.read_text(encoding="utf-8")
    first = parse_manifest(text, "seeds", manifest)[0]
    manifest.write_text(broken(text), encoding="utf-8")
    with pytest.raises(ExportError, match=f"^{manifest}: not as it was written"):
        entries_about(manifest, first.content_hash, NOBODY)


def test_a_manifest_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"manifest.json: cannot be read \(No such file"):
        entries_about(tmp_path / "manifest.json", NONE, NOBODY)


def test_a_large_manifest_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    entries = [
        Entry(f"{n:05}_{n:016x}.txt", f"{n:064x}", f"{n:064x}", "finews", f"NW{n}", f"https://x.test/{n}")
        for n in range(20_000)
    ]
    with path.open("w", encoding="utf-8") as file:
        file.writelines(manifest_text("seeds", entries))
    assert path.stat().st_size > 5_000_000
    tracemalloc.start()
    found = entries_about(path, NONE, ("finews", "NW19999"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == (entries[-1],)
    assert peak < 300_000


def test_records_are_found_by_their_content_and_by_each_of_their_documents(
    tmp_path: Path, holding: MakeHolding, holdings: list[Holding]
) -> None:
    twin = holding("双", minute=3000, source_id='"}, 甲\\', others=(("cinic", "7", "https://y.test/7"),))
    export_jsonl([*holdings, twin], tmp_path)
    path = tmp_path / "manifest.json"
    for document in (twin.speaker.source, twin.speaker.source_id), ("cinic", "7"):
        (found,) = records_about(path, NONE, document)
        assert (found.name, found.content_hash) == ("documents/2022-01-24.jsonl", twin.content_hash)
    assert len(records_about(path, holdings[0].content_hash, NOBODY)) == 1
    assert records_about(path, NONE, NOBODY) == records_about(path, NONE, ("finews", "7")) == ()
    path.write_text(path.read_text()[:-3])
    with pytest.raises(ExportError, match=rf"^{path}: broken"):
        records_about(path, NONE, NOBODY)
