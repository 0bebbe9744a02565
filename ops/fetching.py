"""One page, fetched as a crawl would fetch it, and kept nowhere."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archive.errors import NotFound

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.values import Capture
    from crawler.plan import CrawlPlan


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page, and the address that it came from in the end."""

    data: bytes
    address: str


def fetch(plan: "CrawlPlan", address: str) -> Fetched:
    """The page at a canonical address of the plan's source, and no other.

    It is crawled, with all that this means (robots rules, mirrors, bounds, hosts), into an archive of its own
    which is thrown away. Raises `NotFound` where no page came. Scrapy's reactor cannot be started twice: a
    process fetches once.
    """
    from archive.archive import Archive  # noqa: PLC0415 they take half a second, which no `--help` needs
    from archive.store import Store  # noqa: PLC0415
    from crawler.captured import page_captured  # noqa: PLC0415
    from crawler.normalizer.generic.web_addresses import GENERIC  # noqa: PLC0415
    from scheduler.ledger import crawl_and_record  # noqa: PLC0415

    # As a page of the web nothing follows from it: a list would be read on, and its articles with it.
    site = replace(plan.site, name=GENERIC, declaration=None)
    with TemporaryDirectory(prefix="archive-") as folder:
        warc = Path(folder, "warc")
        warc.mkdir()
        with Store.open(f"sqlite:///{folder}/archive.db") as store:
            asked = replace(plan, site=site, addresses=(address,), categories=())
            _, report = crawl_and_record(Archive(store, warc), asked, trigger="try")
            capture = _page_in(store)
            if capture is None:
                raise NotFound(f"no page came: {report.detail or report.outcome}")
            return Fetched(page_captured(warc, capture), capture.address)


def _page_in(store: "Store") -> "Capture | None":
    """The page among what was captured, which is it, perhaps robots.txt, and perhaps redirects to it."""
    came = [one for _, one in store.kept_captures() if one.status == 200]
    return next((one for one in reversed(came) if not one.address.endswith("/robots.txt")), None)
