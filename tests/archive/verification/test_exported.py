"""No byte of an exported folder changes, no file goes or comes, without a finding that names it."""

import fcntl
import os
import random
from pathlib import Path

import pytest

from archive.exports.by_content.seeds import export_seeds
from archive.store.selection import Selection
from archive.store.values import ImportedFile, Observation
from archive.verification import Finding, Kind, verify_export
from tests.archive.verification.samples import T0, Kept, document

MANIFEST = "manifest.json"


@pytest.fixture
def folder(kept: Kept, tmp_path: Path) -> Path:
    raw = ImportedFile("existing.txt", "标题\r\n鲁网 2026-11-21\r\n正文".encode("gb18030"))
    kept.store.write([Observation(T0, document(7), imported=raw)], None)
    twin = document(2)
    kept.store.write([Observation(T0, type(twin)(**{**fields(twin), "source": "cinic"}))], None)
    export_seeds(kept.store.holdings(), tmp_path / "out")
    return tmp_path / "out"


def fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]


def damaged(findings: list[Finding]) -> list[str]:
    assert all("\n" not in str(finding) for finding in findings)
    return [finding.where for finding in findings if finding.kind is Kind.DAMAGE]


def test_a_folder_as_it_was_exported_has_no_findings(kept: Kept, folder: Path) -> None:
    assert len(list(folder.iterdir())) == 6
    assert list(verify_export(folder)) == []
    assert list(verify_export(folder, kept.store)) == []


def test_every_byte_of_every_file_counts_and_the_store_tells_which_it_was(kept: Kept, folder: Path) -> None:
    dice = random.Random(20261121)
    for path in sorted(set(folder.iterdir()) - {folder / MANIFEST}):
        sound = path.read_bytes()
        for offset in {0, len(sound) - 1, *(dice.randrange(len(sound)) for _ in range(5))}:
            flipped = bytearray(sound)
            flipped[offset] ^= dice.randrange(1, 256)
            path.write_bytes(flipped)
            assert damaged(list(verify_export(folder))) == [str(path)]
            (found,) = verify_export(folder, kept.store)
            assert (found.where, found.offset) == (str(path), offset)
        path.write_bytes(sound)


def test_any_byte_of_the_manifest_flipped_is_found(kept: Kept, folder: Path) -> None:
    path = folder / MANIFEST
    sound = path.read_bytes()
    dice = random.Random(20261121)
    for offset in range(0, len(sound), 5):
        flipped = bytearray(sound)
        flipped[offset] ^= dice.randrange(1, 256)
        path.write_bytes(flipped)
        found = list(verify_export(folder, kept.store))
        assert damaged(found), (offset, sound[offset - 20 : offset + 20], flipped[offset])
        lines = [finding.offset for finding in found if finding.where == str(path)]
        line_start = sound.rfind(b"\n", 0, offset) + 1
        in_name_or_sha256 = offset - line_start < 200
        assert in_name_or_sha256 or any(line_start <= (line or 0) <= offset for line in lines), offset


@pytest.mark.parametrize("change", [("202611210000000000", "202611210000000002"), ("/0.html", "/2.html")])
def test_what_the_manifest_says_of_one_document_must_not_be_another_s(
    kept: Kept, folder: Path, change: tuple[str, str]
) -> None:
    path = folder / MANIFEST
    sound = path.read_text()
    assert change[0] in sound
    path.write_text(sound.replace(*change, 1))
    (found,) = verify_export(folder, kept.store)
    assert (found.kind, found.where) == (Kind.DAMAGE, str(path))
    assert " was never at " in found.what


def test_a_manifest_cut_anywhere_is_found(folder: Path) -> None:
    path = folder / MANIFEST
    sound = path.read_bytes()
    for size in range(0, len(sound), 17):
        path.write_bytes(sound[:size])
        assert str(path) in damaged(list(verify_export(folder))), size


def test_any_one_file_deleted_is_found(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        sound = path.read_bytes()
        path.unlink()
        (found,) = verify_export(folder)
        assert (found.kind, found.where) == (Kind.DAMAGE, str(path))
        assert found.what.startswith("missing")
        path.write_bytes(sound)
    assert list(verify_export(folder)) == []


def test_a_folder_that_is_not_there_is_found(tmp_path: Path) -> None:
    assert damaged(list(verify_export(tmp_path / "nowhere"))) == [str(tmp_path / "nowhere")]


def test_a_link_or_a_folder_in_the_place_of_a_file_is_found(folder: Path) -> None:
    path = folder / "existing.txt"
    path.rename(folder / "elsewhere")
    path.symlink_to(folder / "elsewhere")
    assert damaged(list(verify_export(folder))) == [str(path)]
    path.unlink()
    path.mkdir()
    assert damaged(list(verify_export(folder))) == [str(path)]


def test_a_file_named_as_ours_that_is_not_listed_is_damage_and_others_are_a_note(folder: Path) -> None:
    (folder / "README").write_text("theirs")
    (folder / ".git").mkdir()
    (found,) = verify_export(folder)
    assert (found.kind, found.where) == (Kind.NOTE, str(folder))
    assert found.what.startswith("2 files or folders")
    (folder / "999_0123456789abcdef.txt").write_text("whose?")
    assert damaged(list(verify_export(folder))) == [str(folder / "999_0123456789abcdef.txt")]


def test_what_an_interrupted_export_left_is_a_note(folder: Path) -> None:
    (folder / ".archive-export").mkdir()
    (folder / "999_0123456789abcdef.txt").write_text("in place already")
    found = list(verify_export(folder))
    assert damaged(found) == []
    assert [Path(finding.where).name for finding in found] == [".archive-export", "999_0123456789abcdef.txt"]


def test_an_export_that_writes_meanwhile_is_waited_for(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    (found,) = verify_export(folder)
    assert (found.kind, found.where) == (Kind.DAMAGE, str(folder))
    assert "not verified: an export is writing there" in found.what
    os.close(lock)
    assert list(verify_export(folder)) == []


def test_an_export_that_the_store_has_left_behind_is_sound(kept: Kept, folder: Path) -> None:
    newer = document(1)
    moved = {**fields(newer), "address": "https://finews.example/moved.html"}
    other = type(newer.document)(**{**fields(newer.document), "body": "<p>neu</p>"})
    kept.store.write([Observation(T0, type(newer)(**{**moved, "document": other}))], None)
    assert list(verify_export(folder, kept.store)) == []


def test_an_export_of_a_part_is_sound(kept: Kept, tmp_path: Path) -> None:
    export_seeds(kept.store.holdings(Selection(slugs=["luwang"], sources=["finews"])), tmp_path / "part")
    assert list(verify_export(tmp_path / "part", kept.store)) == []
    export_seeds(kept.store.holdings(Selection(slugs=["none"])), tmp_path / "empty")
    assert list(verify_export(tmp_path / "empty", kept.store)) == []
