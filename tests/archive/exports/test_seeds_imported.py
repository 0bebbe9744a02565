"""Files that were imported: they leave under their names, byte for byte, whatever those names are."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.documents import render
from archive.exports.by_content.seeds import export_seeds
from archive.exports.report import ExportReport
from archive.store.values import Holding

MakeHolding = Callable[..., Holding]
Bytes = Callable[[Path], dict[str, bytes]]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def test_imported_files_leave_as_they_came(tmp_path: Path, holding: MakeHolding) -> None:
    came = {"一.md": b"\xef\xbb\xbfno front matter\r\n", "二.txt": b"\xff\xfe not even UTF-8\n"}
    export_seeds([holding("x", imported=tuple(came.items()))], tmp_path)
    assert files(tmp_path) == came


def test_a_changed_import_keeps_its_name_with_its_new_text(tmp_path: Path, holding: MakeHolding) -> None:
    export_seeds([holding("old", source_id="1", imported=(("mine.txt", b"old"),))], tmp_path)
    changed = holding("new", source_id="1", name="mine.txt")
    assert export_seeds([changed], tmp_path) == ExportReport(0, 1, 0, 0, 1)
    assert files(tmp_path) == {"mine.txt": render(changed.speaker.document).encode()}


def test_a_changed_import_has_its_name_in_a_fresh_folder_too(tmp_path: Path, holding: MakeHolding) -> None:
    changed = holding("new", source_id="1", name="mine.txt")
    export_seeds([changed], tmp_path)
    assert files(tmp_path) == {"mine.txt": render(changed.speaker.document).encode()}


def test_a_file_imported_after_its_document_was_exported_takes_over(
    tmp_path: Path, holding: MakeHolding
) -> None:
    export_seeds([holding("x")], tmp_path)
    assert export_seeds([holding("x", imported=(("own.txt", b"x"),))], tmp_path).replaced == 1
    assert files(tmp_path) == {"own.txt": b"x"}


def test_a_file_imported_with_the_very_bytes_of_an_export_has_its_own_name_too(
    tmp_path: Path, holding: MakeHolding
) -> None:
    held = holding("x")
    export_seeds([held], tmp_path)
    data = render(held.speaker.document).encode()
    export_seeds([holding("x", imported=(("own.txt", data),))], tmp_path)
    assert files(tmp_path) == {"own.txt": data}


@pytest.mark.parametrize(
    "hostile",
    ["../../escape", "a/b", "nul\0", "new\nline", ".hidden", "", "x" * 300, "manifest.json", "\udcff"],
)
def test_a_hostile_name_becomes_a_number(tmp_path: Path, holding: MakeHolding, hostile: str) -> None:
    held = holding("x", imported=((hostile, b"bytes"),))
    out = tmp_path / "deep" / "out"
    export_seeds([held], out)
    assert files(out) == {f"000_{held.content_hash[:16]}.txt": b"bytes"}
    assert list(tmp_path.rglob("*escape*")) == []
    assert export_seeds([held], out) == ExportReport(0, 0, 1, 0, 1)


def test_case_twins_and_namesakes_get_names_of_their_own(tmp_path: Path, holding: MakeHolding) -> None:
    held = [
        holding("a", minute=2, imported=(("Same.txt", b"a"),)),
        holding("b", minute=1, imported=(("same.txt", b"b"),)),
        holding("c", minute=3, imported=(("same.txt", b"c"),)),
    ]
    export_seeds(held, tmp_path)
    expected = {
        "same.txt": b"b",
        f"000_{held[0].content_hash[:16]}.txt": b"a",
        f"001_{held[2].content_hash[:16]}.txt": b"c",
    }
    assert files(tmp_path) == expected
    assert export_seeds(held, tmp_path) == ExportReport(0, 0, 3, 0, 3)
    assert files(tmp_path) == expected


def test_who_has_a_name_keeps_it_from_an_earlier_namesake(tmp_path: Path, holding: MakeHolding) -> None:
    has = holding("a", minute=9, imported=(("same.txt", b"a"),))
    export_seeds([has], tmp_path)
    earlier = holding("b", minute=1, imported=(("same.txt", b"b"),))
    export_seeds([earlier, has], tmp_path)
    assert files(tmp_path) == {"same.txt": b"a", f"000_{earlier.content_hash[:16]}.txt": b"b"}


def test_a_strangers_file_under_the_name_of_an_import_stays(tmp_path: Path, holding: MakeHolding) -> None:
    tmp_path.joinpath("notes.txt").write_text("mine")
    held = holding("x", imported=(("notes.txt", b"x"),))
    export_seeds([held], tmp_path)
    assert files(tmp_path) == {"notes.txt": b"mine", f"000_{held.content_hash[:16]}.txt": b"x"}


def test_two_files_of_one_content_both_leave_and_stay(tmp_path: Path, holding: MakeHolding) -> None:
    held = holding(
        "x", imported=(("../1", b"same"), ("../2", b"same"), ("own.txt", b"same"), ("own.txt", b"same"))
    )
    assert export_seeds([held], tmp_path) == ExportReport(3, 0, 0, 0, 3)
    hash16 = held.content_hash[:16]
    assert sorted(files(tmp_path)) == [f"000_{hash16}.txt", f"001_{hash16}.txt", "own.txt"]
    assert export_seeds([held], tmp_path) == ExportReport(0, 0, 3, 0, 3)


def test_an_import_whose_document_changed_into_a_known_content_keeps_its_name(
    tmp_path: Path, holding: MakeHolding
) -> None:
    known = holding("x", source_id="1")
    export_seeds([known, holding("y", source_id="2", imported=(("own.txt", b"y"),))], tmp_path / "old")
    both = holding("x", source_id="1", others=(("finews", "2", ""),), name="own.txt")
    export_seeds([both], tmp_path / "old")
    export_seeds([both], tmp_path / "fresh")
    assert files(tmp_path / "old") == files(tmp_path / "fresh")
    assert files(tmp_path / "old") == {"own.txt": render(known.speaker.document).encode()}


def test_one_of_two_files_of_a_content_changes_and_the_other_stays(
    tmp_path: Path, holding: MakeHolding
) -> None:
    both = holding(
        "x", source_id="1", others=(("finews", "2", ""),), imported=(("1.txt", b"1"), ("2.txt", b"2"))
    )
    export_seeds([both], tmp_path)
    stays = holding("x", source_id="1", imported=(("1.txt", b"1"),))
    changed = holding("y", source_id="2", minute=5, name="2.txt")
    assert export_seeds([stays, changed], tmp_path) == ExportReport(0, 1, 1, 0, 2)
    assert files(tmp_path) == {"1.txt": b"1", "2.txt": render(changed.speaker.document).encode()}


def test_an_import_named_as_a_generated_seed_is_not_crowded_out(tmp_path: Path, holding: MakeHolding) -> None:
    other = holding("other", minute=0)
    thief = holding("x", minute=1, imported=((f"000_{other.content_hash[:16]}.txt", b"x"),))
    export_seeds([other, thief], tmp_path)
    hash16 = other.content_hash[:16]
    assert files(tmp_path) == {
        f"000_{hash16}.txt": b"x",
        f"001_{hash16}.txt": render(other.speaker.document).encode(),
    }
    assert export_seeds([other, thief], tmp_path) == ExportReport(0, 0, 2, 0, 2)


def test_the_manifest_names_imports_with_the_hash_of_their_bytes(
    tmp_path: Path, holding: MakeHolding
) -> None:
    export_seeds([holding("x", imported=(("own.txt", b"bytes"),))], tmp_path)
    (file,) = json.loads(tmp_path.joinpath("manifest.json").read_text())["files"]
    assert file["sha256"] == hashlib.sha256(b"bytes").hexdigest()
