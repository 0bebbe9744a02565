"""One page, fetched as a crawl would fetch it, and kept nowhere."""

import logging
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archive.errors import NotFound

if TYPE_CHECKING:
    from crawler.plan import CrawlPlan

logger = logging.getLogger(__name__)


def fetch(plan: "CrawlPlan", address: str) -> bytes:
    """The page at a canonical address of the plan's source.

    It is crawled, with all that this means (robots rules, mirrors, bounds, hosts), into an archive of its own
    which is thrown away. Raises `NotFound` where no page came. Scrapy's reactor cannot be started twice: a
    process fetches once.
    """
    from archive.archive import Archive  # noqa: PLC0415 they take half a second, which no `--help` needs
    from archive.store import Store  # noqa: PLC0415
    from crawler.captured import page_captured  # noqa: PLC0415
    from scheduler.ledger import crawl_and_record  # noqa: PLC0415

    with TemporaryDirectory(prefix="archive-") as folder:
        warc = Path(folder, "warc")
        warc.mkdir()
        with Store.open(f"sqlite:///{folder}/archive.db") as store:
            asked = replace(plan, addresses=(address,), categories=())
            _, report = crawl_and_record(Archive(store, warc), asked, trigger="try")
            capture = store.payloads([address]).get(address)
            if capture is None:
                reasons = ", ".join(name for name in report.counters if ":" in name)
                raise NotFound(f"{address}: no page came ({reasons or report.outcome})")
            return page_captured(warc, capture)
