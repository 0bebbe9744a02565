"""An export killed at any instant, and then run again."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.documents import render
from archive.exports import staging
from archive.exports.by_content.seeds import export_seeds
from archive.exports.folder import ExportFolder
from archive.exports.order import Order
from archive.store.values import Holding
from archive.verification import verify_export
from tests.archive.exports.killing import export_killed_after

MakeHolding = Callable[..., Holding]
Bytes = Callable[[Path], dict[str, bytes]]
PRUNING = Order(prune=True)


def seeds_killed_after(held: list[Holding], folder: Path, operations: int, order: Order = PRUNING) -> bool:
    return export_killed_after(operations, lambda: export_seeds(held, folder, order))


@pytest.fixture
def before(holding: MakeHolding) -> list[Holding]:
    return [
        holding("bleibt", minute=0),
        holding("alt", minute=1, source_id="changes"),
        holding("geht", minute=2),
        holding("kam", minute=3, source_id="import", imported=(("kam.txt", b"came"),)),
    ]


@pytest.fixture
def after(before: list[Holding], holding: MakeHolding) -> list[Holding]:
    return [
        before[0],
        holding("neu", minute=1, source_id="changes"),
        holding("geändert", minute=3, source_id="import", name="kam.txt"),
        holding("früher", minute=-5),
        holding("später", minute=50),
        holding("böse", minute=60, imported=(("../x", b"1"), ("../y", b"1"))),
    ]


@pytest.fixture(params=[staging.ALONE_UP_TO, 1], ids=["alone", "with-a-process-that-writes"])
def any_writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether there is a process that writes the files: it is left to itself by a kill."""
    monkeypatch.setattr(staging, "ALONE_UP_TO", request.param)


@pytest.mark.usefixtures("any_writer")
def test_killed_before_any_step_and_run_again_it_equals_one_never_killed(
    tmp_path: Path, before: list[Holding], after: list[Holding], contents: Bytes
) -> None:
    export_seeds(before, tmp_path / "never")
    export_seeds(after, tmp_path / "never", Order(prune=True))
    whole = {render(held.speaker.document).encode() for held in (*before, *after)} | {b"came", b"1"}
    for operations in range(0, 100, 1 if staging.ALONE_UP_TO > 1 else 4):  # a process takes its time to begin
        folder = tmp_path / str(operations)
        export_seeds(before, folder)
        finished = seeds_killed_after(after, folder, operations)
        for path in folder.glob("*.txt"):
            assert path.read_bytes() in whole
        export_seeds(after, folder, Order(prune=True))
        assert contents(folder) == contents(tmp_path / "never")
        if finished:
            break
    assert operations > 12


@pytest.mark.usefixtures("any_writer")
def test_a_fresh_export_killed_twice_is_taken_up_again(
    tmp_path: Path, after: list[Holding], contents: Bytes
) -> None:
    export_seeds(after, tmp_path / "never")
    for operations in range(7, 14, 1 if staging.ALONE_UP_TO > 1 else 4):
        folder = tmp_path / str(operations)
        seeds_killed_after(after, folder, operations)
        seeds_killed_after(random.Random(operations).sample(after, len(after)), folder, 5)
        export_seeds(after, folder)
        assert contents(folder) == contents(tmp_path / "never")


def test_a_killed_export_is_taken_up_by_one_of_more_documents_without_doubles(
    tmp_path: Path, after: list[Holding], holding: MakeHolding
) -> None:
    seeds_killed_after(after, tmp_path, 11)
    assert 0 < len(list(tmp_path.glob("*.txt"))) < 7
    export_seeds([holding("between", minute=2), *after], tmp_path)
    files = [path.read_bytes() for path in tmp_path.glob("*.txt")]
    assert len(files) == 8
    assert len({path.name[:3] for path in tmp_path.glob("[0-9]*.txt")}) == 7


def test_a_delta_killed_before_any_step_and_run_again_equals_one_never_killed(
    tmp_path: Path, before: list[Holding], after: list[Holding], holding: MakeHolding, contents: Bytes
) -> None:
    export_seeds(before, tmp_path / "base")
    otherwise = [holding("anders", minute=3, source_id="import", name="kam.txt"), *after[3:]]
    order = Order(base=tmp_path / "base" / "manifest.json")
    export_seeds(after, tmp_path / "never", order)
    for operations in range(0, 100, 2):
        folder = tmp_path / str(operations)
        if operations % 4:
            export_seeds(before[:2], folder, order)  # an earlier one
        finished = seeds_killed_after(after, folder, operations, order)
        seeds_killed_after(otherwise, folder, operations, order)  # the store has moved on, and then back
        export_seeds(after, folder, order)
        assert contents(folder) == contents(tmp_path / "never")
        assert list(verify_export(folder)) == []
        if finished:
            break
    assert operations > 12


def test_what_stands_in_the_folder_is_whole_while_an_export_is_killed_at_random(tmp_path: Path) -> None:
    """With real time: the process is killed wherever it happens to be."""
    script = (
        "import sys;from pathlib import Path;from archive.exports.folder import ExportFolder\n"
        "with ExportFolder(Path(sys.argv[1])) as f:\n"
        "    print('go', flush=True)\n"
        "    n = 0\n"
        "    while True:\n"
        "        f.stage(n, b'x' * 100_000); f.place(n, f'{n % 50}.txt'); n += 1\n"
    )
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(random.uniform(0.01, 0.2))  # the kill may come anywhere
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert {path.stat().st_size for path in tmp_path.glob("*.txt")} <= {100_000}
    with ExportFolder(tmp_path):
        pass
    assert not list(tmp_path.glob(".*"))
