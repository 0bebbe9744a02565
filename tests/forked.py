"""Crawls in a forked child: a process of its own, without the second that a new interpreter takes.

Scrapy's reactor can be started once in a process, and a process can be killed only from outside; both ask
for one of its own. The child inherits what is imported and nothing that is open.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.settings import default_settings as defaults
from scrapy.utils.misc import load_object

from archive.archive import Archive
from archive.errors import ArchiveError
from archive.store import BatchWriter, Store
from archive.store.writer import Limits
from crawler.mirrors import Mirrors
from crawler.plan import CrawlPlan
from crawler.settings import FIXED
from crawler.sources.source import FINEWS, Source
from ops.exit_codes import code_of_error, code_of_outcome
from scheduler.ledger import crawl_and_record
from tests.new_store import copied_to

for _component in (
    *FIXED["DOWNLOADER_MIDDLEWARES"],
    *FIXED["EXTENSIONS"],
    *FIXED["ITEM_PIPELINES"],
    *defaults.SPIDER_MIDDLEWARES_BASE,
    *(defaults.DOWNLOADER, defaults.SCHEDULER, defaults.DUPEFILTER_CLASS, defaults.STATS_CLASS),
    *(defaults.SCHEDULER_PRIORITY_QUEUE, defaults.SCHEDULER_MEMORY_QUEUE, defaults.SCHEDULER_DISK_QUEUE),
    *(defaults.LOG_FORMATTER, defaults.TWISTED_DNS_RESOLVER),
):
    load_object(_component)  # here, once, rather than in every child

LOUD = bool(os.environ.get("LOUD"))
"""Show what children say, to look into a test that fails."""


@dataclass(frozen=True, slots=True)
class Crawled:
    """What came of a crawl in a child."""

    code: int
    """The exit code that the command would have; minus the signal's number where one ended it."""
    outcome: str = ""
    detail: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)
    memory: int = 0
    """Bytes of memory at the most."""


@dataclass(slots=True)
class Child:
    """A crawl under way in a child."""

    pid: int
    _answers: int

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def wait(self) -> Crawled:
        """What came of it."""
        with os.fdopen(self._answers, encoding="utf-8") as answers:
            text = answers.read()
        _, status, used = os.wait4(self.pid, 0)
        memory = used.ru_maxrss * 1024
        if os.WIFSIGNALED(status):
            return Crawled(-os.WTERMSIG(status), memory=memory)
        return Crawled(os.WEXITSTATUS(status), memory=memory, **(json.loads(text) if text else {}))


def begin_crawl(
    data: Path,
    mirrors: Mapping[str, str],
    *,
    now: datetime | None = None,
    database: str = "",
    prepare: Callable[[], None] = lambda: None,
    site: Source = FINEWS,
    **plan: Any,
) -> Child:
    """Begin a crawl of a site into the folder. `prepare` is called in the child first."""
    reading, writing = os.pipe()
    if not database and not (data / "archive.db").exists():
        copied_to(data / "archive.db")
    pid = os.fork()
    if pid:
        os.close(writing)
        return Child(pid, reading)
    code = 1
    try:
        os.close(reading)
        if not LOUD:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
        prepare()
        code = _crawl(data, database, CrawlPlan(site, Mirrors(mirrors), **plan), now, writing)
    except BaseException:  # noqa: BLE001 a child must not go on as the test
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def write_in_small_batches(size: int) -> None:
    """Have a short crawl write in many transactions; for a child's `prepare`."""
    defaults = BatchWriter.__init__.__kwdefaults__
    assert defaults is not None
    defaults["limits"] = Limits(size=size, delay=0.02)


def crawl(data: Path, mirrors: Mapping[str, str], **options: Any) -> Crawled:
    """A crawl into the folder, from beginning to end; options as of `begin_crawl`."""
    return begin_crawl(data, mirrors, **options).wait()


def _crawl(data: Path, database: str, plan: CrawlPlan, now: datetime | None, answers: int) -> int:
    warc = data / "warc"
    warc.mkdir(parents=True, exist_ok=True)
    clock = (lambda: now.astimezone(UTC)) if now else (lambda: datetime.now(UTC))
    try:
        with Store.open(database or f"sqlite:///{data / 'archive.db'}") as store:
            _, report = crawl_and_record(Archive(store, warc), plan, trigger="test", now=clock)
    except ArchiveError as error:
        os.write(answers, json.dumps({"detail": str(error)}).encode())
        return int(code_of_error(error))
    told = {"outcome": report.outcome, "detail": report.detail, "counters": dict(report.counters)}
    os.write(answers, json.dumps(told).encode())
    return int(code_of_outcome(report.outcome))
