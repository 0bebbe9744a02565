"""The store changes between the kill of an export and the next one: no trace of the kill is left."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.errors import ExportError
from archive.exports.folder import ExportFolder
from archive.exports.layouts import Layout, exporter
from archive.exports.order import Order
from archive.store import Store
from archive.store.selection import Duplicates, Selection
from archive.verification import verify_export
from ops.exporting.exporting import export_folder
from ops.exporting.request import Request
from tests.archive.exports.killing import export_killed_after
from tests.archive.store.samples import imported, later, seen
from tests.new_store import new_store
from tests.ops.exporting.test_exporting import SEEDS, SELECTIONS, any_news, everything, files


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path / "data" / "archive.db") as store:
        yield store


def work(store: Store, folder: Path, request: Request) -> Callable[[], object]:
    """An export, with all that it needs of the store in hand: another process cannot have this one's."""
    holdings = list(store.holdings(request.selection, request.duplicates))
    order = Order(prune=request.prune, duplicates=request.duplicates)
    return lambda: exporter(request.layout)(holdings, folder, order)


def killed_before_its_last_step(store: Store, folder: Path, request: Request) -> None:
    """All files are in place then, and the manifest is not."""
    act = work(store, folder, request)

    def without_the_last_step() -> None:
        ExportFolder.write_last = lambda self: os._exit(0)  # type: ignore[method-assign]
        act()

    assert export_killed_after(1000, without_the_last_step)


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_export_finds_the_folder_of_before_or_of_one_never_killed(
    store: Store, tmp_path: Path, seed: int, layout: Layout
) -> None:
    dice, out = random.Random(seed), tmp_path / "out"

    def request() -> Request:
        some = dice.choice(SELECTIONS) if dice.random() < 0.4 else Selection()
        policy = dice.choice([Duplicates.ONE, Duplicates.ALL])
        return Request(layout, some, duplicates=policy, prune=dice.random() < 0.5)

    for minute in range(15):
        store.write([any_news(dice, minute) for _ in range(dice.randrange(4))], None)
        if minute % 2 == 0:
            export_folder(store, out, request())
            continue
        shutil.rmtree(tmp_path / "never", ignore_errors=True)
        may_be = [shutil.copytree(out, tmp_path / "never" / "0")]
        for kill in range(dice.choice([1, 1, 2])):
            asked = request()
            ended = [shutil.copytree(one, one.with_name(f"{one.name}{kill}")) for one in may_be]
            for one in ended:
                everything(store, one, asked)
            may_be += ended
            export_killed_after(dice.randrange(3, 25), work(store, out, asked))
            store.write([any_news(dice, minute) for _ in range(dice.randrange(3))], None)
        asked = request()
        export_folder(store, out, asked)
        for one in may_be:
            everything(store, one, asked)
        assert files(out) in [files(one) for one in may_be]


@pytest.mark.parametrize("layout", list(Layout))
def test_a_correction_takes_the_place_of_what_a_killed_export_left(
    store: Store, tmp_path: Path, layout: Layout
) -> None:
    request = Request(layout, prune=True)
    store.write([imported(1, "<p>alt</p>", name="own.txt"), seen(2, "<p>alt</p>")], None)
    killed_before_its_last_step(store, tmp_path / "out", request)
    store.write([seen(1, "<p>neu</p>", at=1), seen(2, "<p>neu</p>", at=1)], None)
    export_folder(store, tmp_path / "out", request)
    everything(store, tmp_path / "never", request)
    assert files(tmp_path / "out") == files(tmp_path / "never")
    assert list(verify_export(tmp_path / "out", store)) == []


@pytest.mark.parametrize("layout", list(Layout))
def test_what_a_killed_export_left_and_is_not_selected_any_more_goes(
    store: Store, tmp_path: Path, layout: Layout
) -> None:
    store.write([seen(1), seen(2, slug="luwang", published=later(3 * 24 * 60))], None)
    killed_before_its_last_step(store, tmp_path / "out", Request(layout))
    request = Request(layout, Selection(slugs=["kuaixun"]), prune=True)
    export_folder(store, tmp_path / "out", request)
    everything(store, tmp_path / "never", request)
    assert files(tmp_path / "out") == files(tmp_path / "never")


@pytest.mark.parametrize("is_placed", [True, False])
@pytest.mark.parametrize("layout", list(Layout))
def test_what_somebody_has_put_in_the_way_since_a_kill_is_named_and_stays(
    store: Store, tmp_path: Path, layout: Layout, is_placed: bool
) -> None:
    out, request = tmp_path / "out", Request(layout)
    store.write([seen(1), seen(2)], None)
    everything(store, tmp_path / "never", request)
    names = sorted(files(tmp_path / "never").keys() - {"manifest.json"})
    act = work(store, out, request)
    if is_placed:
        killed_before_its_last_step(store, out, request)
    else:
        killed_behind_the_first_file(act)
    name = names[0] if is_placed else next(name for name in names if not (out / name).exists())
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("mine")
    there = files(out)
    for _ in range(2):
        with pytest.raises(ExportError, match=f"{name}: not of an export, and in the way of one that was k"):
            export_folder(store, out, request)
        assert files(out) == there
    (out / name).rename(tmp_path / "mine")
    export_folder(store, out, request)
    assert files(out) == files(tmp_path / "never")
    assert (tmp_path / "mine").read_text() == "mine"


def killed_behind_the_first_file(act: Callable[[], object]) -> None:
    place = ExportFolder.place
    numbers: list[int] = []

    def placing(folder: ExportFolder, number: int, name: str, *, replaces: bool | None = None) -> None:
        if numbers:
            os._exit(0)
        numbers.append(number)
        place(folder, number, name, replaces=replaces)

    def doing() -> None:
        ExportFolder.place = placing  # type: ignore[method-assign]
        act()

    assert export_killed_after(1000, doing)


def test_what_somebody_has_put_since_a_kill_where_a_file_was_deleted_stays(
    store: Store, tmp_path: Path
) -> None:
    out, request = tmp_path / "out", Request(prune=True)
    store.write([seen(1), seen(2)], None)
    export_folder(store, out, request)
    (name,) = (path.name for path in out.glob("000_*"))
    store.write([seen(1, "<p>neu</p>", at=1)], None)
    killed_before_its_last_step(store, out, request)
    assert not (out / name).exists()
    (out / name).write_text("mine")
    export_folder(store, out, request)
    assert (out / name).read_text() == "mine"


def test_a_forged_journal_changes_nothing_outside_the_folder(store: Store, tmp_path: Path) -> None:
    store.write([seen(1)], None)
    killed_before_its_last_step(store, tmp_path / "out", Request())
    journal = tmp_path / "out" / ".archive-export" / "journal"
    sound = journal.read_text()
    (tmp_path / "victim.txt").write_text("mine")
    for forged in ('["../victim.txt", ""]', '[1, "../victim.txt", "", 1]', "[", "1", "[" * 100_000, "[1]"):
        journal.write_text(sound + forged)
        with pytest.raises(ExportError, match=r"journal: not as it was written"):
            export_folder(store, tmp_path / "out", Request())
    assert (tmp_path / "victim.txt").read_text() == "mine"
    journal.unlink()
    export_folder(store, tmp_path / "out", Request())
