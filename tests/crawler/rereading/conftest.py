"""Archives that were crawled, read again."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.store import Store
from archive.store.selection import EVERYTHING
from crawler.rereading.evidence import STAGES, Evidence, Gathering
from crawler.rereading.rereading import Judged, Rereader
from crawler.sources.owning import owners_in
from crawler.sources.registry import Sources

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "fixtures" / "sources"
SOURCES = Sources.load(FOLDER)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
Reread = Callable[[], list[Judged]]


def reread_all(data: Path) -> list[Judged]:
    """Every document, and every page that became none, of the archive in the folder."""
    (data / "warc").mkdir(exist_ok=True)
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        archive = Archive(store, data / "warc")
        reader = Rereader(archive.warc, SOURCES, owners_in(FOLDER))
        return [reader.judged(one, NOW) for one in evidence_in(archive)]


def evidence_in(archive: Archive) -> Iterator[Evidence]:
    door = archive.store.rereading
    for source in sorted({*door.sources(EVERYTHING), *door.rejecting(STAGES)}):
        gathering = Gathering(archive, source, size=7)
        for batches in (gathering.documents(), gathering.rejected()):
            for batch in batches:
                yield from batch


@pytest.fixture
def reread(tmp_path: Path) -> Reread:
    """Read all again that a test has crawled into its own folder."""
    return lambda: reread_all(tmp_path)
