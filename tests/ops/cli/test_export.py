"""`archive export`: what may be asked for, and what is told."""

import json
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from archive.documents import SHANGHAI
from archive.store import Store
from archive.verification import verify_export
from tests.archive.store.samples import gone, seen

Archive = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def filled(tmp_path: Path) -> None:
    """Documents of three days in January, two of them of one text, and one of another outlet."""
    days = [datetime(2022, 1, day, 23, 30, tzinfo=SHANGHAI) for day in (1, 2, 3)]
    with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
        store.write([seen(number, published=at) for number, at in enumerate(days)], None)
        same = "<p>同文</p>"
        store.write(
            [seen(8, same, title="同", slug="luwang"), seen(9, same, title="同", outlet="鲁网")], None
        )


def exported(archive: Archive, *options: str) -> int:
    """How many files an export with these options has."""
    done = archive("export", f"out {' '.join(options)}", *options, "--json")
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["files"])


def test_each_option_selects(archive: Archive) -> None:
    assert exported(archive) == 4
    assert exported(archive, "--duplicates", "all") == 5
    assert exported(archive, "--duplicates", "near") == 4  # short texts are not near others
    assert exported(archive, "--outlet", "鲁网", "--outlet", "东方财富") == 4
    assert exported(archive, "--outlet", "鲁网") == 1
    assert exported(archive, "--from", "2022-01-02", "--until", "2022-01-02") == 1
    assert exported(archive, "--until", "2022-01-02T00:00", "--category", "kuaixun") == 1
    assert exported(archive, "--query", "同文") == 1


def test_a_second_export_says_that_nothing_has_changed(archive: Archive, tmp_path: Path) -> None:
    first = archive("export", "out", "--layout", "jekyll")
    assert "nothing has changed" not in first.stdout
    again = archive("export", "out", "--layout", "jekyll")
    assert again.stdout.splitlines()[2] == "  nothing has changed since the last export"
    told = json.loads(archive("export", "out", "--layout", "jekyll", "--json").stdout)
    assert told["folder"] == str(tmp_path / "out")
    assert (told["layout"], told["written"], told["was_current"]) == ("jekyll", 0, True)


def test_a_delta_is_told_and_verified(archive: Archive, tmp_path: Path) -> None:
    archive("export", "base")
    with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
        store.write([seen(1, "<p>neu</p>"), gone(2)], None)
    done = archive("export", "delta", "--since", "base/manifest.json")
    assert done.stdout.splitlines()[2] == (
        "  2 tombstones; whole.manifest.json is what to give to the next --since"
    )
    assert archive("verify", "delta").stdout.endswith("no damage\n")
    path = tmp_path / "delta" / "tombstones.jsonl"
    path.write_bytes(path.read_bytes().replace(b"true", b"tru3"))
    assert [Path(found.where).name for found in verify_export(tmp_path / "delta")] == ["tombstones.jsonl"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--compress"], "--compress: files of seeds are not compressed"),
        (["--outlet", "鲁网", "--outlet", "鲁王"], "no document of 鲁王"),
        (["--outlet", "鲁网", "--category", "luwang"], "no document of --category luwang --outlet '鲁网'"),
        (["--since", "base/manifest.json"], "no file; give the path of a manifest.json"),
        (["--since", "loop/manifest.json"], "no file; give the path of a manifest.json"),
        (["--since", "x" * 300], "or the path of a manifest.json"),
        (["--since", "soon"], "is no time; expected 2022-01-22"),
        (["--from", "2022-13-01"], "--from '2022-13-01' is no time"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_name(
    archive: Archive, tmp_path: Path, options: list[str], told: str
) -> None:
    tmp_path.joinpath("loop").symlink_to("loop")
    done = archive("export", "out", *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "out").exists()
