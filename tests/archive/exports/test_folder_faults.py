"""Folders that cannot be exported to: one clear line, and what was there is intact."""

import errno
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ExportError
from archive.exports import staging
from archive.exports.by_content.seeds import export_seeds
from archive.exports.folder import ExportFolder
from archive.exports.order import Order
from archive.store.values import Holding

Bytes = Callable[[Path], dict[str, bytes]]


def failure(holdings: list[Holding], folder: Path) -> str:
    with pytest.raises(ExportError) as caught:
        export_seeds(holdings, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path, holdings: list[Holding]) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    assert failure(holdings, path) == (
        f"{path}: a file stands where a folder is needed; export into another folder"
    )
    assert "a file stands where a folder is needed" in failure(holdings, path / "below")
    assert path.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(holdings: list[Holding]) -> None:
    assert failure(holdings, Path("/proc/export")).startswith("/proc/export: cannot be exported to (")


@pytest.mark.parametrize("operation", ["stage", "settle", "place", "write_last"])
def test_a_full_disk_leaves_whole_files_and_nothing_temporary(
    tmp_path: Path,
    holdings: list[Holding],
    contents: Bytes,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
) -> None:
    export_seeds(holdings[:2], tmp_path)
    before = contents(tmp_path)

    place = {"stage": "write", "settle": "fsync", "place": "rename", "write_last": "rename"}
    monkeypatch.setattr(os, place[operation], full)
    if operation == "write_last":
        monkeypatch.undo()
        monkeypatch.setattr(ExportFolder, "digest", full)
        with pytest.raises(OSError, match="No space left"):
            export_seeds(holdings, tmp_path)
    else:
        assert "no space left; free some and export again" in failure(holdings, tmp_path)
    monkeypatch.undo()
    assert contents(tmp_path) == before
    assert export_seeds(holdings, tmp_path).files == 5


def test_a_disk_too_full_for_the_manifest_leaves_everything_as_it_was(
    tmp_path: Path, holdings: list[Holding], contents: Bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_seeds(holdings[:2], tmp_path)
    before = contents(tmp_path)
    opened = ExportFolder._opened

    def opening(folder: ExportFolder, name: str) -> Any:
        return full() if name == "last" else opened(folder, name)

    with monkeypatch.context() as patched:
        patched.setattr(ExportFolder, "_opened", opening)
        assert "no space left; free some and export again" in failure(holdings, tmp_path)
    assert contents(tmp_path) == before


def test_a_disk_that_is_full_all_at_once_is_told_of_and_the_next_export_ends_the_first(
    tmp_path: Path, holdings: list[Holding], contents: Bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for some in (holdings[:2], holdings, holdings[3:]):
        export_seeds(some, tmp_path / "never", Order(prune=True))
    export_seeds(holdings[:2], tmp_path / "out")
    place = ExportFolder.place
    with monkeypatch.context() as patched:

        def placing(folder: ExportFolder, number: int, name: str, *, replaces: bool | None = None) -> None:
            if name.startswith("003"):
                patched.setattr(os, "rename", full)
            place(folder, number, name, replaces=replaces)

        patched.setattr(ExportFolder, "place", placing)
        assert "no space left; free some and export again" in failure(holdings, tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.txt"))) == 3
    export_seeds(holdings[3:], tmp_path / "out", Order(prune=True))
    assert contents(tmp_path / "out") == contents(tmp_path / "never")


@pytest.mark.parametrize(
    ("operation", "what", "told"),
    [
        *(
            (operation, "kill", "was ended from outside; export again")
            for operation in ("stage", "settle", "place")
        ),
        ("stage", "starve", "cannot be exported to (File too large)"),
    ],
)
def test_a_process_that_writes_and_ends_before_its_time_is_told_of(
    tmp_path: Path,
    holdings: list[Holding],
    contents: Bytes,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    what: str,
    told: str,
) -> None:
    export_seeds(holdings[:2], tmp_path)
    before = contents(tmp_path)
    monkeypatch.setattr(staging, "ALONE_UP_TO", 0)
    act = getattr(ExportFolder, operation)

    def failing(folder: ExportFolder, *arguments: Any, **more: Any) -> None:
        writer = folder._staging._writer
        if writer and what == "kill":
            writer._process.kill()
        elif writer:
            resource.prlimit(writer._process.pid, resource.RLIMIT_FSIZE, (0, 0))
        act(folder, *arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(ExportFolder, operation, failing)
        assert told in failure(holdings, tmp_path)
    assert contents(tmp_path) == before
    assert export_seeds(holdings, tmp_path).files == 5


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ("{", "broken (Expecting"),
        ("[" * 100_000, "broken ("),
        ("[]", "not written by this program"),
        ('{"name": "my-app", "icons": []}', "not written by this program"),
        ('{"format": "finews-archive export", "version": 2}', "of version 2, unknown here"),
        (
            '{"format": "finews-archive export", "version": 1, "layout": "jekyll"}',
            "holds the layout 'jekyll'",
        ),
        ('{"format": "finews-archive export", "version": 1, "layout": "seeds"}', "broken (a file's entry"),
        (
            '{"format": "finews-archive export", "version": 1, "layout": "seeds", "files": [{"name": 1}]}',
            "broken (a file's entry: name is no text)",
        ),
    ],
)
def test_a_manifest_that_is_not_ours_stops_the_export(
    tmp_path: Path, holdings: list[Holding], contents: Bytes, manifest: str, reason: str
) -> None:
    tmp_path.joinpath("manifest.json").write_text(manifest)
    message = failure(holdings, tmp_path)
    assert message.startswith(f"{tmp_path / 'manifest.json'}: ")
    assert reason in message
    assert "export into another folder" in message
    assert contents(tmp_path) == {"manifest.json": manifest.encode()}


def test_a_forged_manifest_deletes_nothing_outside_the_folder(
    tmp_path: Path, holdings: list[Holding]
) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    out = tmp_path / "out"
    export_seeds(holdings[:1], out)
    found = json.loads((out / "manifest.json").read_text())
    found["files"][0]["name"] = "../victim.txt"
    (out / "manifest.json").write_text(json.dumps(found))
    with pytest.raises(ExportError, match="cannot be ours"):
        export_seeds([], out, Order(prune=True))
    assert victim.read_text() == "mine"


def test_a_link_in_place_of_the_hidden_folder_is_not_followed(
    tmp_path: Path, holdings: list[Holding]
) -> None:
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    elsewhere.joinpath("0").write_text("mine")
    out.mkdir()
    out.joinpath(".archive-export").symlink_to(elsewhere)
    assert "a link, where this program keeps its own folder" in failure(holdings, out)
    assert elsewhere.joinpath("0").read_text() == "mine"
