"""The corpus as its users meet it: exports, refreshes, imports and searches, each beside a peer.

In one run over one store of N documents:

- `archive export` into an empty folder, as a ratio to `cp -r` of what came out;
- the same again with nothing changed, and after ten documents changed, as ratios to the first;
- the other layouts, where what they need is installed;
- `archive import` of the folder into an empty store, as a ratio to `cp -r`;
- searches for 200 words from everywhere in the vocabulary, at the median and the 99th percentile, beside a
  scan with `LIKE` over the same database.

Whole processes are timed, start-up included, and the memory is that of the largest of them; searches are
timed inside one process. Each copy is timed right before or behind the command that it is compared with, on
the disk that this runs on, with its caches as they are. Nothing is deleted before the end: for minutes ext4
takes no inode again whose file was deleted, and looks at each of these for every new file, so that what comes
behind the deletion of 100,000 files takes several times as long.

Run as ``python -m benchmarks.corpus [--documents N] [--rounds R] [--folder DIR]``.
"""

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from archive.store import Store
from archive.store.selection import Selection
from archive.store.values import Observation
from benchmarks.chinese import CALLED_FOR, Language, documents, fill
from benchmarks.processes import Measured, run

_ARCHIVE = (sys.executable, "-m", "ops.cli")
_SEARCHES = 200
_SCANS = 10
_CHANGED = 10


def export(folder: Path, data: Path, *options: str) -> Measured:
    return run((*_ARCHIVE, "export", str(folder), *options), data)


def copy(folder: Path, to: Path) -> Measured:
    return run(("cp", "-r", str(folder), str(to)), to)


def measure_export(folder: Path, rounds: int) -> None:
    data = folder / "data"
    full, peers, empty = [], [], []
    for number in range(rounds):
        out = folder / (f"seeds {number}" if number else "seeds")
        full.append(export(out, data))
        peers.append(copy(out, folder / f"copy {number}"))
        empty.append(export(out, data))
    told = [statistics.median(one.seconds for one in some) for some in (full, peers, empty)]
    nothing = statistics.median(run((*_ARCHIVE, "--version"), data).seconds for _ in range(5))
    ratio = told[0] / told[1]
    print(f"export: {told[0]:.1f} s, {ratio:.2f} of cp -r ({told[1]:.1f} s), {full[0].megabytes:.0f} MB")
    print(
        f"refresh, nothing changed: {told[2]:.2f} s, {told[2] / told[0]:.1%} of the export; {nothing:.2f} s "
        f"are the start of the command, {(told[2] - nothing) / told[0]:.1%} without that"
    )


def measure_changes(folder: Path, count: int) -> None:
    data, out = folder / "data", folder / "seeds"
    before = {path.name: path.stat().st_ino for path in out.iterdir()}
    change(data, count)
    taken = export(out, data)
    after = {path.name: path.stat().st_ino for path in out.iterdir()}
    touched = len(set(after.items()) - set(before.items()))
    print(f"refresh, {_CHANGED} changed: {taken.seconds:.1f} s, {touched} files touched (one the manifest)")


def change(data: Path, count: int) -> None:
    """Edit ten of the documents."""
    some = set(random.Random(2).sample(range(min(count, 5_000)), _CHANGED))
    edited = [
        replace(found, document=replace(found.document, body=f"{found.document.body}<p>更正</p>"))
        for number, found in enumerate(documents(min(count, 5_000)))
        if number in some
    ]
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        store.write([Observation(datetime.now(UTC), found) for found in edited], None)


def measure_layouts(folder: Path) -> None:
    for layout, needs in (("jekyll", "json"), ("jsonl", "json"), ("parquet", "pyarrow")):
        if find_spec(needs) is None:
            print(f"{layout}: {needs} is missing")
            continue
        out = folder / layout
        taken = export(out, folder / "data", "--layout", layout)
        peer = copy(out, folder / f"copy of {layout}")
        empty = export(out, folder / "data", "--layout", layout)
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        print(
            f"{layout}: {taken.seconds:.1f} s, {taken.seconds / peer.seconds:.2f} of cp -r, "
            f"{taken.megabytes:.0f} MB of memory, {size / 1e6:.0f} MB of files; "
            f"nothing changed {empty.seconds:.2f} s"
        )


def measure_import(folder: Path) -> None:
    peer = copy(folder / "seeds", folder / "copy of import")
    taken = run((*_ARCHIVE, "import", str(folder / "seeds")), folder / "imported")
    ratio = taken.seconds / peer.seconds
    print(f"import: {taken.seconds:.1f} s, {ratio:.1f} of cp -r, {taken.megabytes:.0f} MB")


def measure_search(folder: Path) -> None:
    draw, words = random.Random(3), Language().words
    wanted = [*CALLED_FOR, *(words[int(len(words) ** draw.random())] for _ in range(_SEARCHES))][:_SEARCHES]
    database = folder / "data" / "archive.db"
    with Store.open(f"sqlite:///{database}") as store:
        found = [timed(partial(store.search.find, word, Selection(), limit=10)) for word in wanted]
    with sqlite3.connect(database) as connection:
        scanned = [timed(partial(scanned_for, connection, word)) for word in draw.sample(wanted, _SCANS)]
    print(
        f"search: median {middle(found):.1f} ms, 99th percentile {high(found):.1f} ms; LIKE median "
        f"{middle(scanned):.0f} ms, largest {max(scanned):.0f} ms: "
        f"{middle(scanned) / middle(found):.0f} times as long"
    )


def scanned_for(connection: sqlite3.Connection, word: str) -> None:
    """Look for a word without an index."""
    scan = "SELECT content_hash FROM content WHERE text LIKE ? OR title LIKE ?"
    connection.execute(scan, (f"%{word}%", f"%{word}%")).fetchall()


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that the work takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def middle(times: Sequence[float]) -> float:
    return statistics.median(times)


def high(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="Where to work; some 60 kB a document are needed.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        began = time.perf_counter()
        with Store.open(f"sqlite:///{folder / 'data' / 'archive.db'}") as store:
            fill(store, arguments.documents)
        seconds = time.perf_counter() - began
        size = (folder / "data" / "archive.db").stat().st_size
        print(f"{arguments.documents} documents stored in {seconds:.0f} s, {size / 1e6:.0f} MB")
        measure_export(folder, arguments.rounds)
        measure_import(folder)
        measure_changes(folder, arguments.documents)
        measure_layouts(folder)
        measure_search(folder)


if __name__ == "__main__":
    main()
