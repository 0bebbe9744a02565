"""What goes into the store and comes out of it: plain values, so that nobody outside knows its tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

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
    GONE = "gone"
    """A known document that its source has taken away; it is kept."""


class Truncated(StrEnum):
    """Why a body is not whole, in the words of WARC 1.1, section 5.13."""

    NOT = ""
    LENGTH = "length"
    """It was longer than is taken."""
    TIME = "time"
    """It took longer than is waited."""
    DISCONNECT = "disconnect"
    """The connection ended before it did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response as it was sent, on its way to be kept as a capture."""

    address: str
    fetched_at: datetime
    status: int
    reason: str
    """The phrase behind the status; empty where there was none."""
    headers: tuple[tuple[str, str], ...]
    """Names and values in their order, as far as the HTTP library keeps them."""
    body: bytes
    """The payload: still compressed, its transfer coding undone."""
    truncated: Truncated = Truncated.NOT
    ip: str = ""
    """The address that it came from."""
    took: float = 0.0
    """Seconds from the request to the end of the body."""
    why: str = ""
    """Why it was asked; the names are the crawler's."""

    def header(self, name: str) -> str:
        """The first value of the header, whatever its case; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class RecordType(StrEnum):
    """What the record of a capture is, in the words of WARC 1.1, section 5.5."""

    RESPONSE = "response"
    REVISIT = "revisit"
    """Its payload is in an earlier record: the same bytes, or the server said that nothing has changed."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One retrieval of one address, and where in the WARC its record stands.

    `payload_digest` is over the body as sent, still compressed; for a 304, which has none, over nothing.
    """

    address: str
    fetched_at: datetime
    status: int
    payload_digest: str
    """``sha256:`` and 64 hexadecimal digits."""
    payload_bytes: int
    etag: str = ""
    last_modified: str = ""
    truncated: Truncated = Truncated.NOT
    record: RecordType = RecordType.RESPONSE
    warc_file: str = ""
    """The file's name among the WARC files; empty where nothing was kept (captures of old versions)."""
    warc_offset: int | None = None
    warc_length: int | None = None
    """Bytes of the record's gzip member."""
    record_sha256: str = ""
    """Over the gzip member as it stands in the file, in hexadecimal digits."""
    took: float = 0.0
    """Seconds from the request to the end of the body; 0 for captures of old versions."""
    why: str = ""
    """Why it was asked; the names are the crawler's. Empty for captures of old versions."""
    run_id: int | None = field(default=None, compare=False)
    """The run that made it; known of captures that come out of the store."""


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A WARC file of one source. What is beyond `length` was written but never committed."""

    name: str
    source: str
    length: int
    """Bytes that are committed: its head, and the captures that the store has of it."""
    head_length: int
    """Bytes of its first gzip member, the ``warcinfo`` record."""
    head_sha256: str
    """Over that member, in hexadecimal digits."""
    sealed: bool
    """Nothing is appended to it any more."""


class PageKind(StrEnum):
    """What a page is to its source."""

    LIST = "list"
    FEED = "feed"
    POST = "post"
    ROBOTS = "robots"


@dataclass(frozen=True, slots=True)
class Page:
    """One address that is asked, and asked again: what a crawl has still to do follows from these alone.

    A list and the pages that it made known are stored in one transaction, so that a list which counts as
    read has left nothing behind that is not written down.
    """

    source: str
    address: str
    """Canonical, at most 2,000 characters."""
    kind: PageKind
    why: str
    """Why it is asked when it is due; the names are the crawler's."""
    wanted_since: datetime
    next_check: datetime | None
    """When it is due; None where nothing but a new reason will have it asked again."""
    checked_at: datetime | None = None
    """When it last answered and was read, or had not changed; None for a page not read yet."""
    etag: str = ""
    last_modified: str = ""
    """The validators of the answer that was read last, to ask with."""
    attempts: int = 0
    """Failures in a row since it was last read."""
    opens_category: bool = False
    """A post that no known one stood beside in its list: the page of its category is to be read as well."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A page that could not become a document. `stage` and `reason` are names to count by."""

    address: str
    stage: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file as it came in."""

    name: str
    data: bytes
    leaves: bool = True
    """It is a file of a corpus: under this name and with these bytes it leaves until its document changes. A
    saved page is kept instead, and what leaves is the document that was read from it."""
    path: str = ""
    """Where it came from, with slashes: it is named with its folders where a file of another document has its
    name. Empty for a file that is in the store."""


@dataclass(frozen=True, slots=True)
class Reread:
    """That a document was read again from what is kept of it, and not seen at its source."""

    at: datetime
    instead_of: str
    """The content hash that it had before; empty for a page that had become no document. Where that is not so
    any more, nothing is stored."""
    body_differs: bool = False
    """Whether its body is another than the one that is kept of it for the same content."""
    files: tuple[str, ...] = ()
    """The names of those of its files that are read as this document: they leave as they came."""


@dataclass(frozen=True, slots=True)
class Observation:
    """All that is learned at one moment and stored in one piece: never half of it."""

    seen_at: datetime
    document: SourcedDocument | None = None
    imported: ImportedFile | None = None
    answers: tuple[Answer, ...] = ()
    """To be kept in the WARC before this is stored; they become `captures` there."""
    captures: tuple[Capture, ...] = ()
    rejection: Rejection | None = None
    """Of the last of `captures`, where there are any."""
    pages: tuple[Page, ...] = ()
    """As they stand from now on."""
    forgotten: tuple[tuple[str, str], ...] = ()
    """Pages (source, address) that are not asked any more."""
    gone: tuple[tuple[str, str], ...] = ()
    """Documents (source, source_id) that their source has taken away; their pages are forgotten."""
    reread: Reread | None = None
    """Where the document was read again: `seen_at` is when what it was read from had come."""


class RunState(StrEnum):
    """Where a crawl run stands. One that never began has its place in the ledger as well."""

    PLANNED = "planned"
    """Its slot has come: it is about to begin, or waits for its source."""
    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    """Ended early, as asked (a signal)."""
    CRASHED = "crashed"
    """Its process is gone without having said how it ended."""
    OVERLAPPED = "overlapped"
    """It did not begin: another run had the source."""
    COALESCED = "coalesced"
    """It did not begin: a later slot, due at the same moment, stands for it."""
    MISSED = "missed"
    """It did not begin: when its slot came, nobody was there to begin it."""

    @property
    def has_begun(self) -> bool:
        """Whether such a run has ever asked for anything."""
        return self in {RunState.RUNNING, RunState.FINISHED, RunState.INTERRUPTED, RunState.CRASHED}


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl run. Times are aware, in UTC."""

    id: int
    source: str
    trigger: str
    """What started it: ``cli``, ``cron``, ``schedule``, ``demo``, ``import``, ``reprocess``."""
    state: RunState
    outcome: str
    """Empty while it runs, and for one that never began; the names are the crawler's."""
    started_at: datetime
    """Of one that never began, when it was to."""
    finished_at: datetime | None
    counters: Mapping[str, int] = field(default_factory=dict)
    host: str = ""
    pid: int = 0
    detail: str = ""
    """In a line, what went wrong or needs to be known; empty where nothing does."""
    schedule: str = ""
    """The schedule that it belongs to; empty where none had it begin."""
    slot_at: datetime | None = None
    """The time that its schedule had planned for it; there is one run at the most for a slot."""
    asked: str = ""
    """What was asked for, in the words of the command line; empty for all that is new."""
    story: Mapping[str, Any] = field(default_factory=dict)
    """What was slow, what failed, how politely it asked: as the crawler tells it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a crawl needs to know of a document that is in the store already."""

    source_id: str
    slug: str
    title: str
    fidelity: Fidelity
    published: datetime | None
    content_hash: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to crawl a source: one process has it at a time, and proves by renewing it that it lives."""

    source: str
    token: str
    """Of this holding of it; the next holder has another."""
    run_id: int
    host: str
    pid: int
    acquired_at: datetime
    silent: float
    """Seconds since it was last renewed, by the clock of the database."""


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
class Figures:
    """How much there is of one source, and how fresh it is. Times are aware, in UTC."""

    documents: int
    gone: int
    last_new: datetime | None
    """When a document was first seen, the last time; None without any."""
    last_published: datetime | None
    """The latest published time of any."""


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
    """Files of a corpus that came in for documents of this content and have not changed since, by name."""
    name: str
    """The file name that it must keep: of the first of `imported`, else of a file whose document has changed
    since (the speaker's before others'); empty where it has none yet."""
    text: str = ""
    """The canonical text, where it was asked for."""
    first_seen: datetime | None = None
    """Of the speaker, as the next two; aware, in UTC."""
    changed_at: datetime | None = None
    """When anything that an export says of it last changed."""
    gone_since: datetime | None = None
    is_gone: bool = False
    """Whether all documents of the content were taken away by their sources."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What has become of a document that was exported once."""

    content_hash: str
    """Of the content that it has now."""
    changed_at: datetime
    gone_since: datetime | None
