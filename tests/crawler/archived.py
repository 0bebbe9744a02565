"""What an archive holds, as values that two archives can be compared by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.exports.by_content.seeds import export_seeds
from archive.store import Store
from archive.verification import verify_store

FAR = datetime(9000, 1, 1, tzinfo=UTC)
"""When every page is due."""


@dataclass(frozen=True, slots=True)
class Archived:
    """An archive without its times and its history of runs."""

    documents: frozenset[tuple[object, ...]]
    pages: frozenset[tuple[object, ...]]
    files: Mapping[str, bytes]
    """Of an export."""


def archived_in(data: Path, export_to: Path) -> Archived:
    """Everything in a data folder; fails where anything of it is damaged."""
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        findings = list(verify_store(store, data / "warc"))
        assert not findings, findings
        documents = frozenset(
            (found.found, found.content_hash, found.text, found.gone_since is None, found.revisions)
            for holding in store.holdings()
            for source_id in (holding.speaker.source_id, *(other[1] for other in holding.others))
            for found in store.find(f"finews:{source_id}")
        )
        pages = frozenset(
            (page.address, page.kind, page.why, page.checked_at is None, page.attempts, page.opens_category)
            for page in store.frontier("finews", FAR)
        )
        export_seeds(store.holdings(), export_to)
    files = {path.name: path.read_bytes() for path in export_to.iterdir() if path.is_file()}
    return Archived(documents, pages, files)


def assert_archived(data: Path, expected: Archived) -> None:
    """The data folder holds what is expected; the pages that differ are named first, being many."""
    found = archived_in(data, data / "seeds")
    assert sorted(map(str, found.pages ^ expected.pages)) == []
    assert found == expected
