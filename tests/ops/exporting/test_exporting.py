"""A refresh costs what has changed, and gives what an export of everything gives, byte for byte."""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.documents import Fidelity, content_hash
from archive.errors import ExportError, UsageError
from archive.exports import staging
from archive.exports.by_content import seeds as seeds_layout
from archive.exports.folder import ExportFolder
from archive.exports.layouts import Layout, exporter
from archive.exports.order import Form, Order
from archive.exports.report import ExportReport
from archive.store import Store
from archive.store.selection import Duplicates, Selection
from archive.store.values import Observation
from archive.verification import Kind, verify_export
from ops.exporting.exporting import export_folder
from ops.exporting.request import Exported, Request
from tests.archive.store.samples import gone, imported, later, seen
from tests.new_store import new_store

PRUNING = Request(prune=True)
SELECTIONS = (
    Selection(),
    Selection(slugs=["kuaixun"]),
    Selection(outlets=["鲁网"]),
    Selection(sources=["finews"]),
    Selection(fidelities=[Fidelity.SOURCE, Fidelity.IMPORT]),
    Selection(since=later(4)),
)
NAMES = ("own.txt", "Own.TXT", "000_0123456789abcdef.txt", "../x", "b.md", "c.md")


SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.scale) for seed in range(2, 40))]
"""Of random histories; forty take minutes."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path / "data" / "archive.db") as store:
        yield store


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the documents that were rendered."""
    told: list[str] = []
    render = seeds_layout.render
    monkeypatch.setattr(
        seeds_layout, "render", lambda document: told.append(document.title) or render(document)
    )
    return told


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if not path.is_dir()
    }


def stats(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_ino, path.stat().st_ctime_ns) for path in folder.iterdir()}


def everything(store: Store, folder: Path, request: Request) -> None:
    """The same export, by one that knows nothing of the last one."""
    order = Order(prune=request.prune, duplicates=request.duplicates)
    exporter(request.layout)(store.holdings(request.selection, request.duplicates), folder, order)


def any_news(dice: random.Random, minute: int) -> Observation:
    """Something that may happen to a store, about few documents with few texts."""
    number, text = dice.randrange(1, 9), f"<p>{dice.choice('甲乙丙丁戊己')}</p>"
    more = {
        "title": dice.choice(("同题", "别题")),
        "slug": dice.choice(("kuaixun", "luwang")),
        "outlet": dice.choice(("鲁网", "东方财富")),
        "at": minute,
    }
    match dice.randrange(8):
        case 0:
            return gone(number, at=minute)
        case 1 | 2:
            return imported(number, text, name=dice.choice(NAMES), data=text.encode(), **more)
        case 3:
            return seen(number, text, source="cinic", **more)
        case 4:
            return seen(number, text, fidelity=Fidelity.SOURCE, **more)
        case _:
            return seen(number, text, **more)


def meddle(dice: random.Random, folders: tuple[Path, ...]) -> None:
    """Do to each of the folders what somebody might."""
    names = sorted(files(folders[0]).keys() - {"manifest.json"}) or ["none"]
    name, what = dice.choice(names), dice.randrange(4)
    for path in (folder / name for folder in folders):
        match what:
            case 0 if path.exists():
                path.write_bytes(path.read_bytes()[::-1])
            case 1:
                path.unlink(missing_ok=True)
            case 2:
                path.with_name("own.txt").write_text("a stranger's")
            case 3:
                path.with_name("007_0123456789abcdef.txt").write_text("numbered as ours")


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("seed", SEEDS)
def test_a_refresh_gives_what_an_export_of_everything_gives(
    store: Store, tmp_path: Path, seed: int, layout: Layout
) -> None:
    dice = random.Random(seed)
    policy = dice.choice([Duplicates.ONE, Duplicates.ALL])
    request = Request(layout, prune=dice.random() < 0.5, duplicates=policy)
    out, control = tmp_path / "out", tmp_path / "control"
    for minute in range(12):
        store.write([any_news(dice, minute) for _ in range(dice.randrange(4))], None)
        if dice.random() < 0.2:
            request = replace(request, selection=dice.choice(SELECTIONS), prune=dice.random() < 0.5)
        if dice.random() < 0.2 and control.exists():
            meddle(dice, (out, control))
        export_folder(store, out, request)
        everything(store, control, request)
        assert files(out) == files(control)
        assert damaged(out, store, request) == []


def damaged(folder: Path, store: Store, request: Request) -> list[str]:
    """What `archive verify` finds, but for files of strangers who name them as ours are.

    And but for what is left over: it is not made again, so what somebody did to it stays, and is told.
    """
    held = {one.content_hash for one in store.holdings(request.selection, request.duplicates)}
    listed = json.loads((folder / "manifest.json").read_bytes())["files"]
    left_over = {str(folder / one["name"]) for one in listed if one.get("content_hash") not in {*held, None}}
    found = [one for one in verify_export(folder, store) if one.kind is Kind.DAMAGE]
    strangers = "named as an exported file"
    return [one.what for one in found if one.where not in left_over and not one.what.startswith(strangers)]


@pytest.mark.parametrize("layout", [Layout.SEEDS, Layout.JEKYLL])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_delta_laid_over_its_base_gives_what_a_refresh_gives(
    store: Store, tmp_path: Path, seed: int, layout: Layout
) -> None:
    dice = random.Random(seed)
    request = Request(layout, duplicates=dice.choice([Duplicates.ONE, Duplicates.ALL]))
    base, control, delta = tmp_path / "base", tmp_path / "control", tmp_path / "delta"
    known = base / "manifest.json"
    for minute in range(8):
        store.write([any_news(dice, minute) for _ in range(dice.randrange(4))], None)
        if dice.random() < 0.2:
            request = replace(request, selection=dice.choice(SELECTIONS))
        if minute == 0:
            export_folder(store, base, request)
            everything(store, control, request)
            continue
        export_folder(store, delta, replace(request, base=known))
        assert list(verify_export(delta, store)) == []
        lay_over(delta, base)
        everything(store, control, replace(request, prune=True))
        assert files(base) == files(control)
        known = tmp_path / "known.json"  # what a mirror has of it: the manifest alone
        known.write_bytes((delta / "whole.manifest.json").read_bytes())


def lay_over(delta: Path, base: Path) -> None:
    """What whoever takes a delta does."""
    beside = shutil.ignore_patterns("manifest.json", "whole.manifest.json", "tombstones.jsonl")
    shutil.copytree(delta, base, ignore=beside, dirs_exist_ok=True)
    for tombstone in tombstones(delta):
        if tombstone["delete"]:
            base.joinpath(tombstone["name"]).unlink()
    shutil.copy(delta / "whole.manifest.json", base / "manifest.json")


def tombstones(delta: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (delta / "tombstones.jsonl").read_text().splitlines()]


def test_nothing_is_looked_into_where_nothing_has_changed(
    store: Store, tmp_path: Path, rendered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write([seen(number) for number in range(20)], None)
    assert export_folder(store, tmp_path / "out", Request()).report.written == 20
    before = stats(tmp_path / "out")
    rendered.clear()
    monkeypatch.setattr(ExportFolder, "__enter__", lambda self: pytest.fail("the folder was locked"))
    again = export_folder(store, tmp_path / "out", Request())
    assert again == Exported(ExportReport(0, 0, 20, 0, 20), was_current=True)
    store.write([seen(number, at=5) for number in range(20)], None)  # seen again, and as it was
    assert export_folder(store, tmp_path / "out", Request()).was_current
    assert (rendered, stats(tmp_path / "out")) == ([], before)


def test_a_stamp_is_the_same_whoever_has_written_the_files(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "ALONE_UP_TO", 3)
    store.write([imported(1, name="ümlaut 文.txt"), *(seen(number) for number in range(2, 20))], None)
    for minute in range(3):
        store.write([seen(number, f"<p>{minute}</p>", at=minute + 1) for number in range(1, 10)], None)
        assert not export_folder(store, tmp_path / "out", Request()).was_current
        assert export_folder(store, tmp_path / "out", Request()).was_current


def test_a_refresh_renders_and_touches_what_has_changed_alone(
    store: Store, tmp_path: Path, rendered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    store.write([seen(number) for number in range(50)], None)
    export_folder(store, out, Request())
    before = stats(out)
    rendered.clear()
    store.write([seen(7, "<p>neu</p>", at=1), seen(8, slug="luwang", at=1), seen(99, at=1)], None)
    with monkeypatch.context() as patched:
        patched.setattr(ExportFolder, "digest", reading_the_manifest_only(ExportFolder.digest))
        assert export_folder(store, out, Request()).report == ExportReport(1, 2, 48, 0, 51)
    assert len(rendered) == 3
    after = stats(out)
    assert len(before.items() & after.items()) == 48
    assert len(after.items() - before.items()) == 4  # three files, and the manifest


def reading_the_manifest_only(
    digest: Callable[[ExportFolder, str], str],
) -> Callable[[ExportFolder, str], str]:
    def reading(folder: ExportFolder, name: str) -> str:
        assert not name.endswith(".txt"), "a file was read"
        return digest(folder, name)

    return reading


@pytest.mark.parametrize("what", ["edit", "edit and set back", "delete", "rename", "link", "add"])
def test_what_somebody_did_to_a_file_is_found_and_mended(store: Store, tmp_path: Path, what: str) -> None:
    store.write([seen(number) for number in range(5)], None)
    export_folder(store, tmp_path / "out", Request())
    sound = files(tmp_path / "out")
    path = min((tmp_path / "out").glob("*.txt"))
    stat, data = path.stat(), path.read_bytes()
    match what:
        case "edit" | "edit and set back":
            path.write_bytes(data[:-1] + b"?")
            if what != "edit":
                os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        case "delete":
            path.unlink()
        case "rename":
            path.rename(path.with_name("moved.txt"))
        case "link":
            (tmp_path / "elsewhere").write_bytes(data)
            path.unlink()
            path.symlink_to(tmp_path / "elsewhere")
        case "add":
            path.with_name("added.txt").write_text("a stranger's")
    assert not export_folder(store, tmp_path / "out", Request()).was_current
    if what != "link":
        assert sound.items() <= files(tmp_path / "out").items()
    assert damaged(tmp_path / "out", store, Request()) == []
    assert export_folder(store, tmp_path / "out", Request()).was_current


def test_a_file_that_is_left_over_and_was_edited_is_mended_once_it_is_selected_again(
    store: Store, tmp_path: Path
) -> None:
    store.write([seen(1), seen(2, slug="luwang")], None)
    export_folder(store, tmp_path / "out", Request())
    sound = files(tmp_path / "out")
    path = next(tmp_path.glob("out/001_*.txt"))
    path.write_bytes(path.read_bytes()[::-1])
    for slugs in (["kuaixun"], ["kuaixun"], ["luwang"]):
        export_folder(store, tmp_path / "out", Request(selection=Selection(slugs=slugs)))
    assert files(tmp_path / "out") == sound


def test_a_name_that_has_become_free_goes_to_who_waits_for_it(store: Store, tmp_path: Path) -> None:
    store.write([imported(1, name="own.txt"), imported(2, name="OWN.TXT"), seen(3)], None)
    out, request = tmp_path / "out", Request(selection=Selection(slugs=["kuaixun"]), prune=True)
    told = []
    for change in ([], [seen(3, "<p>neu</p>")], [seen(1, slug="luwang")], [], []):
        store.write(change, None)
        export_folder(store, out, request)
        everything(store, tmp_path / "control", request)
        assert files(out) == files(tmp_path / "control")
        told.append([name for name in ("own.txt", "OWN.TXT") if (out / name).exists()])
    assert told == [["own.txt"], ["own.txt"], [], ["OWN.TXT"], ["OWN.TXT"]]


def test_a_copied_folder_and_an_older_store_cost_time_only(store: Store, tmp_path: Path) -> None:
    store.write([seen(number) for number in range(5)], None)
    out, data = tmp_path / "out", tmp_path / "data"
    export_folder(store, out, Request())
    shutil.copytree(data, tmp_path / "backup")
    shutil.copytree(out, tmp_path / "copy")
    store.write([seen(1, "<p>neu</p>", at=1)], None)
    export_folder(store, out, Request())
    newest = files(out)
    shutil.rmtree(out)
    (tmp_path / "copy").rename(out)  # of before, as a backup that is played back
    assert not export_folder(store, out, Request()).was_current
    assert files(out) == newest
    with Store.open(f"sqlite:///{tmp_path / 'backup' / 'archive.db'}") as older:
        older.write([seen(2, "<p>anders</p>", at=1)], None)  # a change of the same number
        everything(older, tmp_path / "control", PRUNING)
        export_folder(older, out, PRUNING)
        assert set(files(out).values()) - {files(out)["manifest.json"]} == set(
            files(tmp_path / "control").values()
        ) - {files(tmp_path / "control")["manifest.json"]}


def test_what_is_asked_for_otherwise_is_exported_anew(store: Store, tmp_path: Path) -> None:
    store.write([seen(1, "<p>甲</p><p>乙</p>"), seen(2, slug="luwang")], None)
    requests = [
        Request(),
        Request(form=Form.PLAIN),
        Request(selection=Selection(slugs=["luwang"])),
        Request(prune=True),
        Request(left_out=frozenset({content_hash("上证指数第2报", "<p>收盘第2段。</p>")}), prune=True),
    ]
    told = []
    for request in requests:
        assert not export_folder(store, tmp_path, request).was_current
        assert export_folder(store, tmp_path, request).was_current
        told.append(len(list(tmp_path.glob("*.txt"))))
    assert told == [2, 2, 2, 2, 1]


def test_plain_text_is_what_a_reader_sees_a_paragraph_for_each_block(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    store.write([seen(1, "<h1>甲 &amp; 乙</h1><p>丙<b>丁</b></p><script>x</script>")], None)
    export_folder(store, out, Request(form=Form.PLAIN))
    (path,) = out.glob("*.txt")
    assert "---\n甲 & 乙\n\n丙丁\n\n<https://" in path.read_text()
    assert json.loads((out / "manifest.json").read_text())["text"] == "plain"
    assert list(verify_export(out, store)) == []
    path.write_text(path.read_text().replace("丙丁", "丙戊"))
    (found,) = verify_export(out, store)
    assert found.offset == path.read_bytes().index("戊".encode())


def test_a_delta_tells_what_is_changed_gone_and_not_selected_once(store: Store, tmp_path: Path) -> None:
    store.write([seen(1), seen(2), seen(3), seen(4, slug="luwang")], None)
    export_folder(store, tmp_path / "base", Request())
    names = {
        entry["source_id"][-1]: entry["name"]
        for entry in json.loads((tmp_path / "base/manifest.json").read_text())["files"]
    }
    store.write([seen(1, "<p>neu</p>", at=5), gone(2, at=6)], None)
    request = Request(selection=Selection(slugs=["kuaixun"]), base=tmp_path / "base" / "manifest.json")
    report = export_folder(store, tmp_path / "delta", request).report
    assert (report.files, report.tombstones) == (3, 3)
    changed, is_gone, left = tombstones(tmp_path / "delta")
    successor = content_hash("上证指数第1报", "<p>neu</p>")
    assert changed == {
        "name": names["1"],
        "delete": True,
        "content_hash": content_hash("上证指数第1报", "<p>收盘第1段。</p>"),
        "source": "finews",
        "source_id": "20240501000001",
        "address": "https://finews.example/1.html",
        "reason": "changed",
        "since": later(5).isoformat(),
        "replaced_by": successor,
        "replacement": f"000_{successor[:16]}.txt",
    }
    assert (is_gone["name"], is_gone["delete"], is_gone["reason"]) == (names["2"], False, "gone")
    assert is_gone["since"] == later(6).isoformat()
    assert (left["name"], left["delete"], left["reason"]) == (names["4"], True, "not-selected")
    again = replace(request, base=tmp_path / "delta" / "whole.manifest.json")
    export_folder(store, tmp_path / "next", again)
    assert tombstones(tmp_path / "next") == []
    assert sorted(files(tmp_path / "next")) == ["manifest.json", "tombstones.jsonl", "whole.manifest.json"]


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ("{", "broken"),
        ('{"format": "finews-archive export", "version": 1, "layout": "jsonl"}', "holds the layout 'jsonl'"),
        ('{"format": "other"}', "not written by this program"),
        (None, "cannot be read"),
    ],
)
def test_a_delta_on_what_is_no_manifest_writes_nothing(
    store: Store, tmp_path: Path, forged: str | None, told: str
) -> None:
    store.write([seen(1)], None)
    base, out = tmp_path / "base.json", tmp_path / "out"
    if forged is not None:
        base.write_text(forged)
    with pytest.raises(ExportError, match=told):
        export_folder(store, out, Request(base=base))
    assert not out.exists() or not list(out.iterdir())


def test_a_delta_keeps_out_of_whole_exports_and_a_whole_export_out_of_deltas(
    store: Store, tmp_path: Path
) -> None:
    store.write([seen(1)], None)
    base, delta = tmp_path / "base", tmp_path / "delta"
    export_folder(store, base, Request())
    asked = Request(base=base / "manifest.json")
    with pytest.raises(UsageError, match="a folder of its own"):
        export_folder(store, base, asked)
    export_folder(store, tmp_path / "other", Request())
    with pytest.raises(ExportError, match="of a whole export; a delta goes into a folder of its own"):
        export_folder(store, tmp_path / "other", asked)
    export_folder(store, delta, asked)
    with pytest.raises(ExportError, match="of a delta; export into another folder"):
        export_folder(store, delta, Request())
    with pytest.raises(ExportError, match=r"give the whole\.manifest\.json beside it"):
        export_folder(store, tmp_path / "more", Request(base=delta / "manifest.json"))


def test_a_delta_does_not_overwrite_what_is_not_its_own(store: Store, tmp_path: Path) -> None:
    export_folder(store, tmp_path / "base", Request())
    store.write([imported(1, name="own.txt")], None)
    (tmp_path / "delta").mkdir()
    (tmp_path / "delta" / "own.txt").write_text("mine")
    with pytest.raises(ExportError, match=r"own\.txt: not of a delta"):
        export_folder(store, tmp_path / "delta", Request(base=tmp_path / "base" / "manifest.json"))
    assert files(tmp_path / "delta") == {"own.txt": b"mine"}
