"""Manifests beside files to import: damaged ones are told from those of other programs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import UsageError
from archive.exports.entry import Entry
from archive.exports.layouts import Layout
from archive.exports.manifest import manifest_head, manifest_text
from ops.imports.manifests import not_understood

ENTRY = Entry("_posts/2022-01-22-a.md", "0" * 64, "1" * 64, "web", "x.test/a", "https://x.test/a")
WHOLE = "".join(manifest_text("jekyll", [ENTRY]))


def beside(tmp_path: Path, data: bytes) -> tuple[Path, ...]:
    """Look at a manifest of these bytes, beside files of a folder and of its posts."""
    path = tmp_path / "manifest.json"
    path.write_bytes(data)
    assert not_understood([tmp_path / "a.txt", tmp_path / "_posts/b.md"]) in {(), (path,)}
    return not_understood([tmp_path / "_posts/b.md"])


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: "",
        lambda whole: whole[:20],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: whole[50:],
        lambda whole: whole.replace('"source": "web"', '"source": 7'),
        lambda whole: whole.replace('"version": 1', '"version": 99'),
        lambda whole: whole.replace("\n", ""),
        lambda whole: whole[:100] + "\0" * 100,
        lambda whole: "\0" * 300,
    ],
    ids=["empty", "begun", "half", "end", "no head", "entry", "version", "edited", "torn", "zeroes"],
)
def test_a_damaged_manifest_of_an_export_is_refused(damage: Callable[[str], str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"manifest\.json: written by an export, .*; nothing was imported"):
        beside(tmp_path, damage(WHOLE).encode())


def test_a_manifest_of_another_program_is_none_of_ours(tmp_path: Path) -> None:
    assert beside(tmp_path, WHOLE.encode()) == ()
    many = replace(ENTRY, others=tuple(("web", f"x.test/{number}", "") for number in range(20_000)))
    assert beside(tmp_path, "".join(manifest_text("jekyll", [many])).encode()) == ()
    assert beside(tmp_path, b'{"name": "A site", "start_url": "/"}') == ()
    assert beside(tmp_path, f'{manifest_head(Layout.JSONL)}\n ],\n "records": [\n'.encode()) == ()


def test_a_manifest_that_nothing_can_be_made_of_is_told(tmp_path: Path) -> None:
    for data in (b'---\n---\n{"name": "{{ site.title }}"}', b"garbage", b"\xff\xfe", b"[" * 100_000):
        assert beside(tmp_path, data) == (tmp_path / "manifest.json",)
