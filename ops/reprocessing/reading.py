"""Reading articles again, some at a time: all that needs neither the store nor the run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive.store.observing import Prepared
from crawler.rereading.evidence import Evidence
from crawler.rereading.rereading import Judged, Rereader, Verdict
from crawler.sources.owning import owners_in
from crawler.sources.registry import Sources
from ops.reprocessing.differences import Difference, differences


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an article, without what it was read from."""

    source: str
    source_id: str
    address: str
    verdict: Verdict
    document: int | None
    """The number of the document; None for a page that is none so far."""
    content_hash: str
    """That the document has."""
    normalizer: str
    """The version that it was read by; empty where it was not."""
    is_older: bool
    """Whether it was made by another version."""
    differences: Sequence[Difference] = ()
    prepared: Prepared | None = field(default=None, repr=False)
    """What is to be stored of it."""
    problem: str = ""


def begin(warc: Path, sources: Path) -> Callable[[Sequence[Evidence]], list[Outcome]]:
    """What reads a batch again, from the WARC files and by the source files in these folders."""
    reader = Rereader(warc, Sources.load(sources), owners_in(sources))

    def read(batch: Sequence[Evidence]) -> list[Outcome]:
        return [_outcome(reader.judged(one, datetime.now(UTC))) for one in batch]

    return read


def _outcome(judged: Judged) -> Outcome:
    evidence, kept = judged.evidence, judged.evidence.kept
    after = judged.after
    known = kept.standing.found if kept else after
    return Outcome(
        source=evidence.source,
        source_id=known.source_id if known else "",
        address=evidence.address,
        verdict=judged.verdict,
        document=kept.id if kept else None,
        content_hash=kept.standing.content_hash if kept else "",
        normalizer=judged.normalizer,
        is_older=bool(kept and judged.normalizer and kept.standing.found.normalizer != judged.normalizer),
        differences=differences(judged),
        prepared=judged.prepared,
        problem=judged.problem,
    )
