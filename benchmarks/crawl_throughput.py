"""Throughput of a first crawl, as a ratio to a bare Scrapy spider over the same pages.

Both crawl one double, which runs in a process of its own, in turn: A B A B … Whole processes are timed,
imports and start-up included. A ratio of 1 means as fast as the bare spider; above 1, faster.

Run as ``python -m benchmarks.crawl_throughput [--posts N] [--categories N] [--rounds N]``.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def double(posts: int, categories: int) -> Iterator[str]:
    """A double in a process of its own; yields its mirrors as JSON."""
    command = [sys.executable, "-m", "fixtures", f"--posts={posts}", f"--categories={categories}", "--seed=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline()
        finally:
            process.terminate()


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """How long a command takes, by the clock. Raises CalledProcessError when it fails."""
    started = time.perf_counter()
    subprocess.run(command, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def measure(mirrors: str, posts: int, folder: Path) -> tuple[float, float]:
    """Seconds of one crawl into a fresh store, and of one by the bare spider."""
    data, feed = folder / "data", folder / "feed.jl"
    crawl = [sys.executable, "-m", "ops.cli", "crawl", "finews"]
    ours = seconds(crawl, {"ARCHIVE_DATA_DIR": str(data), "ARCHIVE_MIRRORS": mirrors})
    runs = [sys.executable, "-m", "ops.cli", "runs", "--json"]
    listed = subprocess.run(
        runs, env=os.environ | {"ARCHIVE_DATA_DIR": str(data)}, check=True, capture_output=True
    )
    stored = json.loads(listed.stdout)[0]["counters"]["new"]
    bare = seconds([sys.executable, "-m", "benchmarks.bare_spider", mirrors, str(feed)], {})
    fed = sum(1 for _ in feed.open(encoding="utf-8"))
    if not stored == fed == posts:
        raise SystemExit(f"not the same work: {stored} stored, {fed} in the feed, {posts} on the site")
    return ours, bare


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=5000)
    parser.add_argument("--categories", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    ratios = []
    with double(arguments.posts, arguments.categories) as mirrors:
        for number in range(1, arguments.rounds + 1):
            with tempfile.TemporaryDirectory() as folder:
                ours, bare = measure(mirrors, arguments.posts, Path(folder))
            ratios.append(bare / ours)
            print(f"round {number}: archive {ours:.1f} s, bare spider {bare:.1f} s, ratio {ratios[-1]:.2f}")
    print(
        f"{arguments.posts} posts, {arguments.categories} categories: archive crawl runs at "
        f"{statistics.median(ratios):.2f} of the bare spider's speed "
        f"(median of {len(ratios)}, {min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
