"""No byte of a folder of records changes, no record and no file goes or comes, without a finding of it."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from archive.documents import content_hash
from archive.exports.order import Form, Order
from archive.exports.records import extras
from archive.exports.records.jsonl import export_jsonl
from archive.exports.records.parquet import export_parquet
from archive.store.values import Observation
from archive.verification import Finding, Kind, verify_export
from tests.archive.verification.samples import T0, Kept, document

FORMATS: dict[str, Callable[..., object]] = {
    "jsonl": export_jsonl,
    "zstd": lambda held, folder: export_jsonl(held, folder, Order(compress=True)),
    "parquet": export_parquet,
}


@pytest.fixture(params=FORMATS)
def folder(request: pytest.FixtureRequest, kept: Kept, tmp_path: Path) -> Path:
    kept.store.write([Observation(T0, replace(document(2), source="cinic"))], None)
    FORMATS[request.param](kept.store.holdings(), tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def lines(kept: Kept, tmp_path: Path) -> Path:
    """A folder of the layout `jsonl`."""
    export_jsonl(kept.store.holdings(), tmp_path / "lines")
    return tmp_path / "lines"


def damaged(findings: list[Finding]) -> list[str]:
    assert all("\n" not in str(finding) for finding in findings)
    return [finding.where for finding in findings if finding.kind is Kind.DAMAGE]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_folder_as_it_was_exported_has_no_findings(kept: Kept, folder: Path) -> None:
    assert len(files(folder)) == 3
    counted: list[str] = []
    assert list(verify_export(folder, None, lambda name, count: counted.append(name))) == []
    assert counted.count("files") == 2
    assert list(verify_export(folder, kept.store)) == []


def test_plain_text_is_verified_against_its_content_too(kept: Kept, tmp_path: Path) -> None:
    held = list(kept.store.holdings(with_text=True))
    export_jsonl(held, tmp_path / "out", Order(form=Form.PLAIN))
    assert list(verify_export(tmp_path / "out", kept.store)) == []
    held[0] = replace(held[0], text="anders")
    export_jsonl(held, tmp_path / "out", Order(form=Form.PLAIN))
    (found,) = verify_export(tmp_path / "out")
    assert "has another content_hash than" in found.what


def test_every_byte_of_every_file_counts(folder: Path) -> None:
    dice = random.Random(20261121)
    for path in files(folder):
        sound = path.read_bytes()
        for offset in {0, len(sound) - 1, *(dice.randrange(len(sound)) for _ in range(10))}:
            flipped = bytearray(sound)
            flipped[offset] ^= dice.randrange(1, 256)
            path.write_bytes(flipped)
            assert damaged(list(verify_export(folder))), (path, offset)
        path.write_bytes(sound)
    assert list(verify_export(folder)) == []


def test_of_a_file_of_lines_the_line_is_told(lines: Path) -> None:
    path = lines / "documents/2026-11-21.jsonl"
    sound = path.read_bytes()
    second = sound.index(b"\n") + 1
    path.write_bytes(sound[: second + 30] + b"!" + sound[second + 31 :])
    (found,) = verify_export(lines)
    assert (found.where, found.offset) == (str(path), second)
    path.write_bytes(sound[:-1])
    (found,) = verify_export(lines)
    assert (found.where, found.offset) == (str(path), sound[:-1].rindex(b"\n") + 1)


def test_any_one_file_deleted_is_found(folder: Path) -> None:
    for path in files(folder):
        sound = path.read_bytes()
        path.unlink()
        (found,) = verify_export(folder)
        assert (found.kind, found.where) == (Kind.DAMAGE, str(path))
        assert found.what.startswith("missing")
        path.write_bytes(sound)


def test_a_manifest_cut_anywhere_is_found(folder: Path) -> None:
    path = folder / "manifest.json"
    sound = path.read_bytes()
    for size in range(0, len(sound), 17):
        path.write_bytes(sound[:size])
        assert str(path) in damaged(list(verify_export(folder))), size


def forge(folder: Path, old: str, new: str) -> None:
    """Change a record and all that vouches for it."""
    path = folder / "documents/2026-11-21.jsonl"
    manifest = folder / "manifest.json"
    before = path.read_text()
    path.write_text(before.replace(old, new, 1))
    told = manifest.read_text().replace(
        sha256(before.encode()).hexdigest(), sha256(path.read_bytes()).hexdigest()
    )
    for line, changed in zip(before.splitlines(), path.read_text().splitlines(), strict=True):
        told = told.replace(sha256(line.encode()).hexdigest(), sha256(changed.encode()).hexdigest())
    manifest.write_text(told)


def test_a_body_that_is_not_its_content_s_is_found_whatever_vouches_for_it(lines: Path) -> None:
    forge(lines, "<p>文 1</p>", "<p>文 9</p>")
    (found,) = verify_export(lines)
    assert found.where == str(lines / "manifest.json")
    assert found.offset is not None
    assert "has another content_hash than" in found.what


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"source_id": "202611210000000001"', '"source_id": "202611210000000009"', "says otherwise than"),
        ('/1.html"', '/9.html"', "says otherwise than"),
        ('"others": []', '"others": [{"source": "a", "source_id": "b", "address": ""}]', "names others than"),
    ],
    ids=["document", "address", "others"],
)
def test_a_manifest_that_says_otherwise_than_its_records_is_found(
    lines: Path, old: str, new: str, what: str
) -> None:
    path = lines / "manifest.json"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    (found,) = verify_export(lines)
    assert (found.kind, found.where) == (Kind.DAMAGE, str(path))
    assert what in found.what


def test_records_more_or_fewer_than_the_manifest_lists_are_found(lines: Path) -> None:
    path = lines / "manifest.json"
    sound = path.read_text()
    listed = [line for line in sound.splitlines() if line.startswith('  {"file"')]
    path.write_text(sound.replace(f"{listed[1]}\n", "", 1))
    assert damaged(list(verify_export(lines))) == [str(path)] * 3
    path.write_text(sound.replace(listed[-1], f"{listed[-1]},\n{listed[-1]}"))
    (found,) = verify_export(lines)
    assert "the file ends before" in found.what
    path.write_text(sound.replace(listed[-1], listed[-1].replace("2026-11-21", "2026-11-22")))
    assert any("not that file" in finding.what for finding in verify_export(lines))


def test_what_the_store_has_never_known_is_found(kept: Kept, lines: Path) -> None:
    """With records and sums made to match: only the store can tell."""
    path = lines / "manifest.json"
    sound = path.read_text(), (lines / "documents/2026-11-21.jsonl").read_text()
    for old, new, what in (
        ("202611210000000001", "202611210000000009", "is no document of the store"),
        ("https://finews.example/1.html", "https://finews.example/9.html", "was never at"),
        ("https://finews.example/1.html", "https://finews.example/2.html", "was never at"),
    ):
        forge(lines, f'"{old}"', f'"{new}"')
        path.write_text(path.read_text().replace(f'"{old}"', f'"{new}"'))
        assert list(verify_export(lines)) == []
        (found,) = verify_export(lines, kept.store)
        assert (found.kind, found.where) == (Kind.DAMAGE, str(path))
        assert what in found.what
        path.write_text(sound[0])
        (lines / "documents/2026-11-21.jsonl").write_text(sound[1])


def test_an_export_that_the_store_has_left_behind_is_sound(kept: Kept, folder: Path) -> None:
    newer = document(1)
    changed = replace(newer.document, body="<p>neu</p>")
    moved = replace(newer, address="https://finews.example/moved.html", document=changed)
    kept.store.write([Observation(T0, moved)], None)
    assert list(verify_export(folder, kept.store)) == []


def test_a_delta_is_verified_as_well(kept: Kept, lines: Path, tmp_path: Path) -> None:
    newer = document(1)
    changed = replace(newer, document=replace(newer.document, body="<p>neu</p>"))
    kept.store.write([Observation(T0, changed)], None)
    export_jsonl(kept.store.holdings(), tmp_path / "delta", Order(base=lines / "manifest.json"))
    assert list(verify_export(tmp_path / "delta", kept.store)) == []
    (tmp_path / "delta/tombstones.jsonl").write_text("")
    assert damaged(list(verify_export(tmp_path / "delta"))) == [str(tmp_path / "delta/tombstones.jsonl")]


def test_files_that_are_not_listed_are_damage_where_named_as_ours_and_a_note_otherwise(lines: Path) -> None:
    (lines / "README").write_text("theirs")
    (lines / "documents/notes.txt").write_text("theirs")
    (found,) = verify_export(lines)
    assert (found.kind, found.what[:7]) == (Kind.NOTE, "2 files")
    (lines / "documents/2026-11-20.jsonl").write_text("whose?")
    assert damaged(list(verify_export(lines))) == [str(lines / "documents/2026-11-20.jsonl")]
    (lines / ".archive-export").mkdir()
    assert damaged(list(verify_export(lines))) == []


def test_without_its_extra_a_file_is_compared_as_a_whole(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    export_parquet(kept.store.holdings(), tmp_path / "out")
    monkeypatch.setattr(extras, "import_module", missing)
    (found,) = verify_export(tmp_path / "out")
    assert found.kind is Kind.NOTE
    assert "its records were not looked at" in found.what


def test_hostile_records_do_no_harm(lines: Path) -> None:
    path, manifest = lines / "documents/2026-11-21.jsonl", lines / "manifest.json"
    sound = manifest.read_text()
    (first, *_) = path.read_text().splitlines()
    for hostile in ("[" * 50_000, "{}", "7", json.dumps({**json.loads(first), "others": 7})):
        told = sound.replace(sha256(path.read_bytes()).hexdigest(), sha256(hostile.encode()).hexdigest())
        told = told.replace(sha256(first.encode()).hexdigest(), sha256(hostile.encode()).hexdigest())
        before = path.read_bytes()
        path.write_text(hostile)
        manifest.write_text(told)
        (found,) = verify_export(lines)
        assert "cannot be read as jsonl" in found.what
        path.write_bytes(before)


@pytest.mark.parametrize("old", ['{"name": ', '"others": [', '"sha256": "'])
def test_a_manifest_that_says_the_same_in_other_bytes_is_found(lines: Path, old: str) -> None:
    path = lines / "manifest.json"
    path.write_text(path.read_text().replace(old, old.replace(" ", "  "), 1))
    (found,) = verify_export(lines)
    assert (found.where, found.what) == (str(path), "not as it was written")


def test_a_file_of_which_no_record_is_listed_is_found(lines: Path) -> None:
    path = lines / "manifest.json"
    head, _, _ = path.read_text().partition('  {"file"')
    path.write_text(f"{head} ]\n}}\n")
    (found,) = verify_export(lines)
    assert (found.where, found.what) == (str(path), "lists no record of documents/2026-11-21.jsonl")


def test_a_content_that_the_store_has_never_had_is_found(kept: Kept, lines: Path) -> None:
    title, was, now = "标题 1", "<p>文 1</p>", "<p>文 9</p>"
    forge(lines, was, now)
    forge(lines, content_hash(title, was), content_hash(title, now))
    path = lines / "manifest.json"
    path.write_text(path.read_text().replace(content_hash(title, was), content_hash(title, now)))
    assert list(verify_export(lines)) == []
    (found,) = verify_export(lines, kept.store)
    assert found.what == f"content {content_hash(title, now)} is not in the store"
