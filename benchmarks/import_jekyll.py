"""`archive import` of a Jekyll tree, as a ratio to `cp -r` of the same tree, and its memory at a tenth of it.

The posts are those of the built-in double: outlets' news and flashes, some of them broken, in a folder for
each category. Whole processes are timed, imports and start-up included; a ratio of 0.1 means that importing
takes ten times as long as copying. Memory is that of the largest process.

Run as ``python -m benchmarks.import_jekyll [--posts N] [--jobs N]``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.processes import Measured, run
from fixtures.corpus import Corpus


def write_tree(folder: Path, posts: int) -> int:
    """Write a Jekyll tree of so many posts; its bytes."""
    corpus = Corpus(seed=1, posts=posts, categories=max(5, min(300, posts // 50)), broken=posts // 500)
    written = 0
    for post in corpus.posts:
        document = corpus.document(post, corpus.plan.start)
        path = folder / document.slug / "_posts" / document.file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        written += path.write_bytes(document.to_bytes())
    return written


def stored(data: Path) -> int:
    """How many documents the last import made."""
    runs = [sys.executable, "-m", "ops.cli", "runs", "--json"]
    listed = subprocess.run(
        runs, env=os.environ | {"ARCHIVE_DATA_DIR": str(data)}, check=True, capture_output=True
    )
    return int(json.loads(listed.stdout)[0]["counters"]["new"])


def measure(folder: Path, posts: int, jobs: list[str]) -> Measured:
    """Copy a tree and import it twice; what the first import took."""
    size = write_tree(folder / "tree", posts)
    data = folder / "data"
    copied = run(["cp", "-r", str(folder / "tree"), str(folder / "copy")], data)
    command = [sys.executable, "-m", "ops.cli", "import", str(folder / "tree"), *jobs]
    first = run(command, data)
    if (made := stored(data)) != posts:
        raise SystemExit(f"not the same work: {made} documents of {posts} posts")
    again = run(command, data)
    print(
        f"{posts} posts, {size / 1e6:.0f} MB: cp -r {copied.seconds:.1f} s, import {first.seconds:.1f} s "
        f"({posts / first.seconds:.0f} a second), ratio {copied.seconds / first.seconds:.2f}, "
        f"memory {first.megabytes:.0f} MB; again {again.seconds:.1f} s, {again.megabytes:.0f} MB"
    )
    return first


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--jobs", type=int)
    arguments = parser.parse_args()
    jobs = ["--jobs", str(arguments.jobs)] if arguments.jobs else []
    memory = []
    for posts in (arguments.posts // 10, arguments.posts):
        with tempfile.TemporaryDirectory() as folder:
            memory.append(measure(Path(folder), posts, jobs).megabytes)
    print(f"memory at {arguments.posts} posts: {memory[1] / memory[0]:.2f} of that at a tenth")


if __name__ == "__main__":
    main()
