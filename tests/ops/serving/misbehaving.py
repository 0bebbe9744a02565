"""`archive crawl` with a crawl that misbehaves: `python -m tests.ops.serving.misbehaving MISDEED crawl …`."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import scheduler.ledger
from archive.archive import Archive
from archive.store.values import Lease
from crawler.counters import Counters
from crawler.outcome import Outcome
from crawler.plan import CrawlPlan
from crawler.run import CrawlReport
from ops.cli.main import run


def hang(archive: Archive, _lease: Lease) -> None:
    """Be deaf, and do nothing."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(archive.store.url_shown).with_suffix(".hangs").touch()
    time.sleep(120)


def eat_memory(*_: object) -> None:
    held = []
    while True:
        held.append(b"x" * (8 << 20))
        time.sleep(0.01)


def segfault(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def lose_database(archive: Archive, lease: Lease) -> None:
    """Find the database gone in the middle of it."""
    path = Path(archive.store.url_shown)
    path.rename(path.with_suffix(".away"))
    archive.store.renew(lease)


def be_good(*_: object) -> None:
    """Find nothing new."""


def crawl(
    _plan: CrawlPlan, archive: Archive, lease: Lease, counters: Counters, *_: Any, **__: Any
) -> CrawlReport:
    globals()[sys.argv[1]](archive, lease)
    return CrawlReport(Outcome.COMPLETE, counters.snapshot())


if __name__ == "__main__":
    scheduler.ledger.crawl = crawl  # type: ignore[assignment]
    sys.exit(run(sys.argv[2:]))
