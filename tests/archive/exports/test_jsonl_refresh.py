"""A folder of records that is exported to again: what is right stays as it lies, and strangers' files too."""

import errno
import json
import os
import pickle
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from archive.errors import ExportError
from archive.exports.order import Order
from archive.exports.records import files as record_files
from archive.exports.records import refresh as record_refresh
from archive.exports.records.jsonl import export_jsonl
from archive.exports.records.parquet import export_parquet
from archive.exports.report import ExportReport
from archive.store.values import Holding
from tests.archive.exports.killing import export_killed_after

MakeHolding = Callable[..., Holding]
DAY = 24 * 60
BEGIN = '{\n "format": "finews-archive export",\n'


@pytest.fixture
def before(holding: MakeHolding) -> list[Holding]:
    """Of four days, and one of none."""
    return [
        holding("bleibt", minute=0),
        holding("alt", minute=DAY, source_id="changes"),
        holding("auch", minute=DAY + 1),
        holding("geht", minute=2 * DAY),
        holding("fern", minute=3 * DAY),
        holding("nie", minute=None),
    ]


@pytest.fixture
def after(before: list[Holding], holding: MakeHolding) -> list[Holding]:
    """A new day before all, one changed, one without anything left, a new one, and all else as it was."""
    return [
        holding("früher", minute=-DAY),
        before[0],
        holding("neu", minute=DAY, source_id="changes"),
        before[2],
        before[4],
        holding("später", minute=4 * DAY),
        before[5],
    ]


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def times(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("export", [export_jsonl, export_parquet], ids=["jsonl", "parquet"])
def test_a_refresh_touches_the_files_of_days_that_changed_alone(
    tmp_path: Path, before: list[Holding], after: list[Holding], export: Callable[..., ExportReport]
) -> None:
    export(before, tmp_path / "out")
    untouched = times(tmp_path / "out")
    report = export(after, tmp_path / "out")
    assert (report.written, report.replaced, report.unchanged, report.deleted) == (2, 1, 4, 1)
    assert report.files == 7
    now = times(tmp_path / "out")
    assert {name for name in untouched.keys() & now.keys() if untouched[name] != now[name]} == {
        f"documents/2022-01-23.{export.__name__[7:]}",
        "manifest.json",
    }
    export(after, tmp_path / "fresh")
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


def test_an_export_of_what_is_there_touches_nothing(tmp_path: Path, before: list[Holding]) -> None:
    export_jsonl(before, tmp_path)
    untouched = times(tmp_path)
    report = export_jsonl(before, tmp_path)
    assert (report.written, report.replaced, report.unchanged, report.files) == (0, 0, 6, 6)
    assert times(tmp_path) == untouched


def test_the_bytes_follow_from_what_is_held_wherever_it_is_exported(
    tmp_path: Path, before: list[Holding]
) -> None:
    export_jsonl(before, tmp_path / "here/jsonl")
    export_parquet(before, tmp_path / "here/parquet")
    script = (
        "import sys,time,pickle;from pathlib import Path;time.tzset()\n"
        "from archive.exports.records.jsonl import export_jsonl\n"
        "from archive.exports.records.parquet import export_parquet\n"
        "held, folder = pickle.load(sys.stdin.buffer), Path(sys.argv[1])\n"
        "export_jsonl(held, folder / 'jsonl');export_parquet(held, folder / 'parquet')"
    )
    environment = {**os.environ, "TZ": "America/New_York", "PYTHONHASHSEED": "5", "LC_ALL": "C"}
    command = [sys.executable, "-c", script, tmp_path / "there"]
    subprocess.run(command, input=pickle.dumps(before), env=environment, check=True)
    assert tree(tmp_path / "here") == tree(tmp_path / "there")


def test_a_file_that_was_damaged_or_deleted_is_written_again(tmp_path: Path, before: list[Holding]) -> None:
    export_jsonl(before, tmp_path)
    whole = tree(tmp_path)
    (tmp_path / "documents/2022-01-22.jsonl").write_text("other")
    (tmp_path / "documents/2022-01-23.jsonl").unlink()
    report = export_jsonl(before, tmp_path)
    assert (report.written, report.replaced) == (1, 1)
    assert tree(tmp_path) == whole


def held_in(held: list[Holding]) -> Callable[[Collection[str]], Iterable[Holding]]:
    """In an order that helps nobody, as the store gives some."""
    return lambda contents: [one for one in reversed(held) if one.content_hash in contents]


@pytest.mark.parametrize("export", [export_jsonl, export_parquet], ids=["jsonl", "parquet"])
def test_where_it_is_known_what_has_changed_only_the_days_of_that_are_read(
    tmp_path: Path, before: list[Holding], after: list[Holding], export: Callable[..., ExportReport]
) -> None:
    stamp = export(before, tmp_path / "out").stamp
    hashes = {one.content_hash for one in before} ^ {one.content_hash for one in after}
    asked: set[str] = set()

    def holdings_of(contents: Collection[str]) -> Iterable[Holding]:
        asked.update(contents)
        return held_in(after)(contents)

    order = Order(stamp=stamp, changed=frozenset(hashes), holdings_of=holdings_of)
    report = export(iter(lambda: pytest.fail("all was read"), None), tmp_path / "out", order)
    assert (report.written, report.replaced, report.unchanged, report.deleted) == (2, 1, 4, 1)
    assert not asked & {before[0].content_hash, before[4].content_hash, before[5].content_hash}
    export(after, tmp_path / "fresh")
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


@pytest.mark.parametrize("case", ["touched", "large day", "other form"])
def test_where_days_cannot_be_told_apart_all_is_read(
    tmp_path: Path,
    before: list[Holding],
    after: list[Holding],
    monkeypatch: pytest.MonkeyPatch,
    case: str,
) -> None:
    stamp = export_jsonl(before, tmp_path / "out").stamp
    order = Order(stamp=stamp, changed=frozenset({after[2].content_hash}), holdings_of=held_in(after))
    match case:
        case "touched":
            (tmp_path / "out/documents/2022-01-22.jsonl").write_text("other")
        case "large day":
            monkeypatch.setattr(record_refresh, "_MOST", 1)
        case "other form":
            order = replace(order, compress=True)
    export_jsonl(after, tmp_path / "out", order)
    export_jsonl(after, tmp_path / "fresh", Order(compress=order.compress))
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


def test_killed_before_any_step_and_run_again_it_equals_one_never_killed(
    tmp_path: Path, before: list[Holding], after: list[Holding], holding: MakeHolding
) -> None:
    """Even where the store has moved on: the new days' files are other ones by then."""
    later = [*after[:-1], holding("zuletzt", minute=4 * DAY + 1), after[-1]]
    export_jsonl(later, tmp_path / "never")
    for one in (before, after):
        export_jsonl(one, tmp_path / f"whole {len(one)}")
    whole = set(tree(tmp_path / "whole 6").values()) | set(tree(tmp_path / "whole 7").values())
    for operations in range(100):
        folder = tmp_path / str(operations)
        shutil.copytree(tmp_path / "whole 6", folder)
        finished = export_killed_after(operations, partial(export_jsonl, after, folder))
        assert {path.read_bytes() for path in folder.glob("documents/*")} <= whole
        export_jsonl(later, folder)
        assert tree(folder) == tree(tmp_path / "never")
        assert not list(folder.glob(".*"))
        if finished:
            break
    assert operations > 12


@pytest.mark.parametrize("name", ["documents/2022-01-23.jsonl", "schema.json"])
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_somebody_else_s_file_in_the_way_is_named_and_nothing_is_changed(
    tmp_path: Path, before: list[Holding], name: str, kind: str
) -> None:
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    match kind:
        case "file":
            path.write_text("mine")
        case "folder":
            path.mkdir()
        case "link":
            (tmp_path / "elsewhere").write_text("mine")
            path.symlink_to(tmp_path / "elsewhere")
    there = set((tmp_path / "out").rglob("*"))
    with pytest.raises(ExportError, match=rf"^{path}: .*in the way"):
        export_jsonl(before, tmp_path / "out")
    assert set((tmp_path / "out").rglob("*")) == there
    assert kind == "folder" or path.read_text() == "mine"


def test_files_that_the_manifest_does_not_list_stay(tmp_path: Path, before: list[Holding]) -> None:
    export_jsonl(before, tmp_path)
    for name in ("README", "documents/2021-01-01.jsonl", "documents/notes.txt"):
        (tmp_path / name).write_text("mine")
    export_jsonl(before[:1], tmp_path)
    assert sorted(tree(tmp_path)) == [
        "README",
        "documents/2021-01-01.jsonl",
        "documents/2022-01-22.jsonl",
        "documents/notes.txt",
        "manifest.json",
        "schema.json",
    ]


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ("{", "not written by this program"),
        ('{"name": "my-app", "icons": []}', "not written by this program"),
        (f'{BEGIN} "version": 2,\n "layout": "jsonl",\n "files": [\n', "of version 2"),
        (f'{BEGIN} "version": 1,\n "layout": "seeds",\n "files": [\n', "layout 'seeds'"),
        (f'{BEGIN} "version": 1,\n "layout": "jsonl",\n "files": [\n', "breaks off"),
        (f'{BEGIN} "version": 1,\n "files": [\n', "broken ('layout')"),
        (BEGIN + "[" * 100_000, "broken ("),
    ],
)
def test_a_manifest_that_is_not_ours_stops_the_export(
    tmp_path: Path, before: list[Holding], manifest: str, reason: str
) -> None:
    tmp_path.joinpath("manifest.json").write_text(manifest)
    with pytest.raises(ExportError) as caught:
        export_jsonl(before, tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'manifest.json'}: ")
    assert reason in str(caught.value)
    assert "export into another folder" in str(caught.value)
    assert tree(tmp_path) == {"manifest.json": manifest.encode()}


@pytest.mark.parametrize("name", ["../victim.jsonl", "documents/../../victim.jsonl", "victim.txt", 7])
def test_a_forged_manifest_has_nothing_deleted_that_is_not_ours(
    tmp_path: Path, before: list[Holding], name: object
) -> None:
    victims = [tmp_path / "victim.jsonl", tmp_path / "out/victim.txt"]
    export_jsonl(before, tmp_path / "out")
    for victim in victims:
        victim.write_text("mine")
    path = tmp_path / "out/manifest.json"
    path.write_text(path.read_text().replace('"documents/2022-01-22.jsonl"', json.dumps(name), 1))
    with pytest.raises(ExportError, match=r"cannot be ours|no text"):
        export_jsonl([], tmp_path / "out")
    assert all(victim.read_text() == "mine" for victim in victims)


def test_memory_does_not_grow_with_a_day(tmp_path: Path, holding: MakeHolding) -> None:
    one = holding("文" * 5000)

    def peak(count: int) -> int:
        held = (replace(one, speaker=replace(one.speaker, source_id=str(n))) for n in range(count))
        tracemalloc.start()
        export_jsonl(held, tmp_path / str(count))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(400) < peak(100) + 300_000


@pytest.mark.parametrize("export", [export_jsonl, export_parquet], ids=["jsonl", "parquet"])
def test_a_full_disk_leaves_everything_as_it_was(
    tmp_path: Path,
    before: list[Holding],
    after: list[Holding],
    monkeypatch: pytest.MonkeyPatch,
    export: Callable[..., ExportReport],
) -> None:
    export(before, tmp_path)
    there = tree(tmp_path)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(record_files._Hashed, "write", full)
    with pytest.raises(ExportError, match="no space left; free some and export again"):
        export(after, tmp_path)
    monkeypatch.undo()
    assert tree(tmp_path) == there
    assert not (tmp_path / ".archive-export").exists()


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_took_the_place_of_a_listed_file_is_not_replaced(
    tmp_path: Path, before: list[Holding], kind: str
) -> None:
    export_jsonl(before, tmp_path / "out")
    path = tmp_path / "out/documents/2022-01-22.jsonl"
    path.unlink()
    if kind == "link":
        (tmp_path / "elsewhere").write_text("mine")
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.mkdir()
    with pytest.raises(ExportError, match=rf"^{path}: .*in the way"):
        export_jsonl(before, tmp_path / "out")
    export_jsonl(before[1:], tmp_path / "out")
    assert path.is_symlink() or path.is_dir()


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_manifest_is_not_waited_for_nor_replaced(
    tmp_path: Path, before: list[Holding], kind: str
) -> None:
    path = tmp_path / "manifest.json"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(ExportError, match=rf"^{path}: no plain file"):
        export_jsonl(before, tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_document_is_renewed_on_its_own_day_where_others_say_the_same(
    tmp_path: Path, holding: MakeHolding
) -> None:
    """As with `--duplicates all`: one content, on several days."""
    held = [holding("eins", minute=day * DAY, source_id=str(day)) for day in range(3)]
    stamp = export_jsonl(held, tmp_path / "out").stamp
    document = replace(held[1].speaker.document, tags=("neu",))
    held[1] = replace(held[1], speaker=replace(held[1].speaker, document=document))
    changed = frozenset({held[1].content_hash})
    order = Order(stamp=stamp, changed=changed, holdings_of=held_in(held))
    report = export_jsonl(iter(()), tmp_path / "out", order)
    assert (report.replaced, report.unchanged) == (1, 3)
    export_jsonl(held, tmp_path / "fresh")
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")
