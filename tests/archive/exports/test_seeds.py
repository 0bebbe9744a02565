"""What a folder of seeds looks like, and what a second export does to it."""

import hashlib
import json
import os
import pickle
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.documents import render
from archive.errors import ExportError
from archive.exports import staging
from archive.exports.by_content.seeds import export_seeds
from archive.exports.order import Order
from archive.exports.report import ExportReport
from archive.store.values import Holding

MakeHolding = Callable[..., Holding]
Bytes = Callable[[Path], dict[str, bytes]]

GOLDEN_SEED = """---
layout: post
title: "标题 甲"
date: 2022-01-22 08:01:00 +0800
categories: luwang
tags: 鲁网新闻
---
<p>甲</p>"""
GOLDEN_MANIFEST = """{
 "format": "finews-archive export",
 "version": 1,
 "layout": "seeds",
 "files": [
  {"name": "NAME0", "sha256": "SHA0", "content_hash": "HASH0", "source": "finews", \
"source_id": "甲", "address": "https://x.test/甲.html", "others": \
[{"source": "cinic", "source_id": "7", "address": "https://y.test/7"}]},
  {"name": "old.md", "sha256": "SHA1", "content_hash": "HASH1", "source": "finews", \
"source_id": "乙", "address": "https://x.test/乙.html", "others": []}
 ]
}
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def listed(folder: Path) -> dict[str, dict[str, object]]:
    return {file["name"]: file for file in json.loads((folder / "manifest.json").read_text())["files"]}


def seeds(folder: Path) -> list[str]:
    return sorted(set(names(folder)) - {"manifest.json"})


def test_seeds_and_manifest_have_these_very_bytes(
    tmp_path: Path, holding: MakeHolding, contents: Bytes
) -> None:
    first = holding("甲", minute=1, others=(("cinic", "7", "https://y.test/7"),))
    second = holding("乙", minute=2, imported=(("old.md", b"as it came\r\n"),))
    export_seeds([second, first], tmp_path / "out")
    found = contents(tmp_path / "out")
    manifest = GOLDEN_MANIFEST
    for number, (one, data) in enumerate([(first, GOLDEN_SEED.encode()), (second, b"as it came\r\n")]):
        manifest = manifest.replace(f"SHA{number}", hashlib.sha256(data).hexdigest())
        manifest = manifest.replace(f"HASH{number}", one.content_hash)
    name = f"000_{first.content_hash[:16]}.txt"
    manifest = manifest.replace("NAME0", name)
    assert found == {
        name: GOLDEN_SEED.encode(),
        "old.md": b"as it came\r\n",
        "manifest.json": manifest.encode(),
    }


def test_a_fresh_export_follows_from_what_is_held_alone(
    tmp_path: Path, holdings: list[Holding], holding: MakeHolding, contents: Bytes
) -> None:
    holdings += [
        holding("无日期", minute=None),
        holding("甲", imported=(("b.txt", b"1"), ("B.txt", b"2"), ("../x", b"3"))),
    ]
    export_seeds(holdings, tmp_path / "one")
    script = (
        "import sys, time, pickle; from pathlib import Path;"
        "from archive.exports.by_content.seeds import export_seeds;"
        "time.tzset(); export_seeds(pickle.load(sys.stdin.buffer), Path(sys.argv[1]))"
    )
    random.Random(7).shuffle(holdings)
    environment = {**os.environ, "TZ": "America/New_York", "PYTHONHASHSEED": "5", "LC_ALL": "C"}
    subprocess.run(
        [sys.executable, "-c", script, tmp_path / "two"],
        input=pickle.dumps(holdings),
        env=environment,
        check=True,
    )
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_the_earliest_published_comes_first_and_those_without_a_date_last(
    tmp_path: Path, holding: MakeHolding
) -> None:
    held = [holding("c", minute=None), holding("b", minute=9), holding("a", minute=3)]
    export_seeds(held, tmp_path)
    assert seeds(tmp_path) == [f"{n:03}_{held[2 - n].content_hash[:16]}.txt" for n in range(3)]


def test_a_second_export_touches_nothing(tmp_path: Path, holdings: list[Holding]) -> None:
    assert export_seeds(holdings, tmp_path) == ExportReport(5, 0, 0, 0, 5)
    before = {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.iterdir()}
    assert export_seeds(holdings, tmp_path) == ExportReport(0, 0, 5, 0, 5)
    assert {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.iterdir()} == before


def test_new_content_takes_the_next_number_however_early_it_was_published(
    tmp_path: Path, holdings: list[Holding], holding: MakeHolding
) -> None:
    export_seeds(holdings, tmp_path)
    before = seeds(tmp_path)
    early = holding("early", minute=-60)
    assert export_seeds([early, *holdings], tmp_path) == ExportReport(1, 0, 5, 0, 6)
    assert seeds(tmp_path) == [*before, f"005_{early.content_hash[:16]}.txt"]


def test_a_changed_document_keeps_its_number(
    tmp_path: Path, holdings: list[Holding], holding: MakeHolding
) -> None:
    export_seeds(holdings, tmp_path)
    before = seeds(tmp_path)
    changed = holding("neu", minute=2, source_id=holdings[2].speaker.source_id)
    assert export_seeds([*holdings[:2], changed, *holdings[3:]], tmp_path) == ExportReport(0, 1, 4, 0, 5)
    assert seeds(tmp_path) == sorted({*before} - {before[2]} | {f"002_{changed.content_hash[:16]}.txt"})


def test_a_changed_document_leaves_the_file_to_another_that_still_has_its_content(
    tmp_path: Path, holding: MakeHolding
) -> None:
    both = holding("x", source_id="one", others=(("finews", "two", "https://x.test/two.html"),))
    export_seeds([both], tmp_path)
    (name,) = seeds(tmp_path)
    stays = holding("x", minute=1, source_id="two")
    changed = holding("y", source_id="one")
    assert export_seeds([stays, changed], tmp_path) == ExportReport(1, 1, 0, 0, 2)
    assert seeds(tmp_path) == [name, f"001_{changed.content_hash[:16]}.txt"]
    assert listed(tmp_path)[name]["source_id"] == "two"


def test_a_document_that_became_a_duplicate_gives_up_its_file(tmp_path: Path, holding: MakeHolding) -> None:
    one, two = holding("x", source_id="one"), holding("y", minute=1, source_id="two")
    export_seeds([one, two], tmp_path)
    both = holding("x", source_id="one", others=(("finews", "two", "https://x.test/two.html"),))
    export_seeds([both], tmp_path)
    assert seeds(tmp_path) == [f"000_{one.content_hash[:16]}.txt"]


def test_what_is_no_longer_held_stays_until_pruned(
    tmp_path: Path, holdings: list[Holding], contents: Bytes
) -> None:
    export_seeds(holdings, tmp_path)
    before = contents(tmp_path)
    assert export_seeds(holdings[1:3], tmp_path) == ExportReport(0, 0, 2, 0, 5)
    assert contents(tmp_path) == before
    assert export_seeds(holdings[1:3], tmp_path, Order(prune=True)) == ExportReport(0, 0, 2, 3, 2)
    assert seeds(tmp_path) == [f"{n:03}_{holdings[n].content_hash[:16]}.txt" for n in (1, 2)]
    assert list(listed(tmp_path)) == seeds(tmp_path)


def test_pruning_touches_no_file_that_the_manifest_does_not_list(
    tmp_path: Path, holdings: list[Holding]
) -> None:
    tmp_path.joinpath("notes.txt").write_text("mine")
    tmp_path.joinpath("900_0123456789abcdef.txt").write_text("mine too")
    export_seeds(holdings, tmp_path)
    export_seeds([], tmp_path, Order(prune=True))
    assert names(tmp_path) == ["900_0123456789abcdef.txt", "manifest.json", "notes.txt"]
    assert tmp_path.joinpath("900_0123456789abcdef.txt").read_text() == "mine too"


def test_numbers_go_on_behind_those_of_strangers_and_of_imports(tmp_path: Path, holding: MakeHolding) -> None:
    tmp_path.joinpath("006_0123456789abcdef.txt").write_text("a stranger's")
    late = holding("import", minute=90, imported=(("004_b3f52bfd8ea51a45.txt", b"seed"),))
    plain = holding("plain")
    export_seeds([plain, late], tmp_path / "fresh")
    assert seeds(tmp_path / "fresh") == ["004_b3f52bfd8ea51a45.txt", f"005_{plain.content_hash[:16]}.txt"]
    export_seeds([plain], tmp_path)
    assert tmp_path.joinpath(f"007_{plain.content_hash[:16]}.txt").exists()


@pytest.mark.parametrize("highest", [999_999_999, 100_000_000])
def test_numbers_do_not_go_on_behind_those_of_nine_digits(
    tmp_path: Path, holding: MakeHolding, highest: int
) -> None:
    name = f"{highest}_0123456789abcdef.txt"
    held = [holding("import", imported=((name, b"seed"),)), holding("plain", minute=1)]
    for count in (1, 2, 2):
        (tmp_path / f"a stranger's {count}").touch()
        export_seeds(held[:count], tmp_path)
    numbered = f"000_{held[1].content_hash[:16]}.txt"
    assert list(listed(tmp_path)) == [numbered, name]
    assert (tmp_path / numbered).read_bytes() == render(held[1].speaker.document).encode()


def test_numbers_that_go_on_beyond_eight_digits_are_given_once(tmp_path: Path, holding: MakeHolding) -> None:
    highest = holding("import", imported=(("99999999_0123456789abcdef.txt", b"seed"),))
    for texts in ("a", "ab", "c", "ac"):
        export_seeds([highest, *map(holding, texts)], tmp_path)
    assert {name.partition("_")[0] for name in listed(tmp_path)} == {
        "99999999",
        *("100000000", "100000001", "100000002"),
    }
    assert all((tmp_path / name).exists() for name in listed(tmp_path))


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_lies_under_a_name_of_ours_is_not_overwritten(
    tmp_path: Path, holding: MakeHolding, kind: str
) -> None:
    held = holding("x")
    name = f"000_{held.content_hash[:16]}.txt"
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.write_bytes(render(held.speaker.document).encode())
    match kind:
        case "file":
            out.joinpath(name).write_text("mine")
        case "folder":
            out.joinpath(name).mkdir()
        case "link":
            out.joinpath(name).symlink_to(elsewhere)
    export_seeds([held], out)
    assert seeds(out) == [name, name.replace("000", "001")]
    assert list(listed(out)) == [name.replace("000", "001")]
    assert elsewhere.read_bytes() == render(held.speaker.document).encode()
    if kind == "file":
        assert out.joinpath(name).read_text() == "mine"


def test_a_file_that_became_a_folder_is_written_beside_it(tmp_path: Path, holding: MakeHolding) -> None:
    held = holding("x")
    export_seeds([held], tmp_path)
    (name,) = seeds(tmp_path)
    tmp_path.joinpath(name).unlink()
    tmp_path.joinpath(name).mkdir()
    export_seeds([held], tmp_path)
    assert list(listed(tmp_path)) == [name.replace("000", "001")]


def test_damaged_and_missing_files_are_made_whole(
    tmp_path: Path, holdings: list[Holding], contents: Bytes
) -> None:
    export_seeds(holdings, tmp_path)
    before = contents(tmp_path)
    first, second, *_ = seeds(tmp_path)
    data = tmp_path.joinpath(first).read_bytes()
    tmp_path.joinpath(first).write_bytes(data[:-1] + b"?")
    tmp_path.joinpath(second).unlink()
    assert export_seeds(holdings, tmp_path) == ExportReport(1, 1, 3, 0, 5)
    assert contents(tmp_path) == before


def test_progress_is_told_and_memory_does_not_hold_the_bodies(tmp_path: Path, holding: MakeHolding) -> None:
    told: list[dict[str, int]] = []
    large = [holding(f"{n} " + "字" * 20_000, minute=n, source_id=str(n)) for n in range(120)]
    tracemalloc.start()
    export_seeds(
        large,
        tmp_path,
        Order(on_progress=lambda counters: told.append(dict(counters))),
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000  # the files are 7 MB
    assert told[-1] == {"read": 120, "written": 120}
    assert {"read": 100, "written": 0} in told


def test_memory_does_not_grow_with_the_number_of_files(
    tmp_path: Path, holding: MakeHolding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "ALONE_UP_TO", 100)
    peaks = []
    for number in (600, 1500):
        held = (holding(f"{n} 文", minute=n, source_id=str(n)) for n in range(number))
        tracemalloc.start()
        stamp = export_seeds(held, tmp_path / str(number)).stamp
        export_seeds([holding("neu")], tmp_path / str(number), Order(stamp=stamp))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000  # an entry has 1 kB


class Killed(BaseException):
    """Stands for a kill in a generator, where nothing of the export may be placed yet."""


def test_a_store_that_fails_midway_leaves_the_folder_as_it_was(
    tmp_path: Path, holdings: list[Holding], contents: Bytes
) -> None:
    export_seeds(holdings[:2], tmp_path)
    before = contents(tmp_path)

    def failing():  # type: ignore[no-untyped-def]
        yield from holdings[:4]
        raise Killed

    with pytest.raises(Killed):
        export_seeds(failing(), tmp_path)
    assert contents(tmp_path) == before


def test_a_second_export_at_the_same_time_is_refused(tmp_path: Path, holdings: list[Holding]) -> None:
    def intruding():  # type: ignore[no-untyped-def]
        with pytest.raises(ExportError, match="another export is writing"):
            export_seeds([], tmp_path)
        yield from holdings

    assert export_seeds(intruding(), tmp_path).files == 5
