"""What goes into the store and comes out of it: plain values, so that nobody outside knows its tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from archive.documents import Fidelity, SourcedDocument


class Effect(StrEnum):
    """What storing a document did."""

    NEW = "new"
    """A document not known before, with content not known before."""
    DUPLICATE = "duplicate"
    """A document not known before, with content that another document has already."""
    CHANGED = "changed"
    """A known document with other content than it had: a revision."""
    UNCHANGED = "unchanged"
    """A known document with the content that it has."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One retrieval of one address. `payload_digest` is over the body as sent, still compressed."""

    address: str
    fetched_at: datetime
    status: int
    payload_digest: str
    """``sha256:`` and 64 hexadecimal digits."""
    payload_bytes: int
    etag: str = ""
    last_modified: str = ""
    warc_file: str = ""
    warc_offset: int | None = None
    warc_length: int | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A page that could not become a document. `stage` and `reason` are names to count by."""

    address: str
    stage: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file as it came in: it leaves under this name with these bytes until its document changes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Observation:
    """All that is learned at one moment and stored in one piece: never half of it."""

    seen_at: datetime
    document: SourcedDocument | None = None
    imported: ImportedFile | None = None
    captures: tuple[Capture, ...] = ()
    rejection: Rejection | None = None
    """Of the last of `captures`, where there are any."""


class RunState(StrEnum):
    """Where a crawl run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    """Ended early, as asked (a signal)."""
    CRASHED = "crashed"
    """Its process is gone without having said how it ended."""


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl run. Times are aware, in UTC."""

    id: int
    source: str
    trigger: str
    """What started it: ``cli``, ``demo``, ``import``, later ``schedule``."""
    state: RunState
    outcome: str
    """Empty while it runs; the names are the crawler's."""
    started_at: datetime
    finished_at: datetime | None
    counters: Mapping[str, int] = field(default_factory=dict)
    host: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What a crawl needs to know of a document that is in the store already."""

    source_id: str
    slug: str
    title: str
    fidelity: Fidelity
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it stands in the store. Times are aware, in UTC but for `published`."""

    id: int
    found: SourcedDocument
    content_hash: str
    text: str
    first_seen: datetime
    last_seen: datetime
    gone_since: datetime | None
    revisions: int
    imported: ImportedFile | None
    """The file that it came in by, while its content is still that file's; of several the first by name."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejection as it stands in the store, with the capture that it is about, where there is one."""

    id: int
    run_id: int | None
    seen_at: datetime
    rejection: Rejection
    capture: Capture | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is in the store."""

    documents: int
    contents: int
    revisions: int
    rejections: int


@dataclass(frozen=True, slots=True)
class Holding:
    """One content with the document that speaks for it, as an export needs it.

    Of several documents with one content the earliest published speaks (those without a date come
    last; ties go by source and source_id); `others` are the rest, as (source, source_id, address), in the
    same order.
    """

    speaker: SourcedDocument
    content_hash: str
    others: tuple[tuple[str, str, str], ...]
    imported: tuple[ImportedFile, ...]
    """Files that came in for documents of this content and have not changed since, by name."""
    name: str
    """The file name that it must keep: of the first of `imported`, else of a file whose document has changed
    since (the speaker's before others'); empty where it has none yet."""
