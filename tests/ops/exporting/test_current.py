"""A folder that needs no export is known by a glance; whatever else is so is left to an export."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive.exports.layouts import Layout
from archive.exports.order import Form
from archive.store import Store
from archive.store.selection import Duplicates, Selection
from ops.exporting import current
from ops.exporting.current import found_current
from ops.exporting.exporting import export_folder
from ops.exporting.request import Request
from tests.archive.store.samples import seen
from tests.command import Archive


@pytest.fixture
def address(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'data' / 'archive.db'}"
    with Store.open(address) as store:
        store.write([seen(number) for number in range(5)], None)
    return address


def export(address: str, folder: Path, request: Request) -> None:
    with Store.open(address) as store:
        export_folder(store, folder, request)


@pytest.mark.parametrize("layout", list(Layout))
def test_it_says_what_the_export_itself_says_of_a_folder_that_is_up_to_date(
    address: str, tmp_path: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "_MANY", 2)  # two processes look
    folder, request = tmp_path / "out", Request(layout)
    assert found_current(address, folder, request) is None
    export(address, folder, request)
    found = found_current(address, folder, request)
    with Store.open(address) as store:
        assert found == export_folder(store, folder, request)
    assert found.was_current


REQUESTS = {
    "another selection": replace(Request(), selection=Selection(outlets=["东方财富"])),
    "another form": replace(Request(), form=Form.PLAIN),
    "another policy": replace(Request(), duplicates=Duplicates.ALL),
    "what is near": replace(Request(), duplicates=Duplicates.NEAR),
    "pruning": replace(Request(), prune=True),
    "another layout": Request(Layout.JSONL),
    "a delta": replace(Request(), base=Path("manifest.json")),
}


@pytest.mark.parametrize("asked", REQUESTS)
def test_what_was_not_asked_for_last_time_needs_an_export(address: str, tmp_path: Path, asked: str) -> None:
    export(address, tmp_path / "out", Request())
    assert found_current(address, tmp_path / "out", REQUESTS[asked]) is None


MEDDLING: dict[str, Callable[[Path], object]] = {
    "edited": lambda folder: next(folder.glob("0*.txt")).write_text("x"),
    "deleted": lambda folder: next(folder.glob("0*.txt")).unlink(),
    "manifest deleted": lambda folder: (folder / "manifest.json").unlink(),
    "moved away": lambda folder: folder.rename(folder.with_name("elsewhere")),
}


@pytest.mark.parametrize("what", MEDDLING)
def test_a_folder_that_somebody_touched_needs_an_export(address: str, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "out"
    export(address, folder, Request())
    MEDDLING[what](folder)
    assert found_current(address, folder, Request()) is None


def test_a_change_needs_an_export(address: str, tmp_path: Path) -> None:
    export(address, tmp_path / "out", Request())
    with Store.open(address) as store:
        store.write([seen(1, "<p>更正</p>", at=9)], None)
    assert found_current(address, tmp_path / "out", Request()) is None


def test_two_names_of_one_folder_are_one(address: str, tmp_path: Path) -> None:
    export(address, tmp_path / "out", Request())
    (tmp_path / "link").symlink_to("out")
    assert found_current(address, tmp_path / "link" / ".." / "out", Request())
    assert found_current(address, tmp_path / "link", Request())


def test_the_command_answers_from_a_glance(archive: Archive, address: str, tmp_path: Path) -> None:
    first, second, third = (archive("export", tmp_path / "out") for _ in range(3))
    assert first.stdout.splitlines()[-1].strip() == "5 written, 0 replaced, 0 unchanged, 0 deleted"
    assert second.stdout.splitlines()[-1].strip() == "nothing has changed since the last export"
    assert second.stdout == third.stdout


def test_a_glance_does_without_sqlalchemy_which_takes_longer_to_load_than_all_else() -> None:
    script = (
        "import sys; from ops.cli.main import run; from ops.cli import export; import ops.exporting.current; "
        "print(*sorted({'sqlalchemy', 'sqlmodel', 'scrapy', 'bs4'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
