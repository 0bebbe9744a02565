"""The tables. Known to this package alone: values go in and out.

A change here needs a migration under ``migrations/versions``; a test compares the two.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, MetaData, UniqueConstraint, text, true
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from archive.store.types import HASH, Key, Moment, TextList, Words

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""So that every constraint has one name on both databases, and a later migration can drop it by that."""


def _index_of_some(where: str, *columns: str) -> Index:
    """An index of the rows for which the condition holds; it is used where a query says the same."""
    return Index(None, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """What our tables share: a metadata of their own."""


class Content(Base, table=True):
    """One canonical content, stored once however many documents carry it.

    The same content may come in other markup: `title` and `body` are of the document whose `precedence`
    sorts first (`archive.store.decisions.precedence`), whenever it was seen.
    """

    __tablename__: ClassVar[Any] = "content"
    content_hash: str = Field(primary_key=True, sa_type=HASH)
    title: str = Field(sa_type=Words)
    body: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    precedence: str = Field(sa_type=Key)


class LastChange(Base, table=True):
    """One row: the number of the last transaction that changed anything an export says."""

    __tablename__: ClassVar[Any] = "last_change"
    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(sa_type=BigInteger)


class Catalogue(Base, table=True):
    """What is kept beside a content, to find it by. Its `id` is the row's in SQLite's full text index.

    `change` is the number (`LastChange`) of the last transaction in which anything changed that an export
    says of the content: its document, another document with it, a file of these. `is_current` says whether
    any document has it now.
    """

    __tablename__: ClassVar[Any] = "catalogue"
    __table_args__ = (
        UniqueConstraint("content_hash"),
        Index(None, "change"),
        _index_of_some("NOT is_current", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    content_hash: str = Field(sa_type=HASH, foreign_key="content.content_hash")
    change: int = Field(sa_type=BigInteger)
    is_current: bool


class Sketch(Base, table=True):
    """What a content's text is compared by with others that may be nearly the same; made when asked for.

    `version` is that of what made it (`archive.similarity.sketch`).
    """

    __tablename__: ClassVar[Any] = "sketch"
    content_hash: str = Field(primary_key=True, sa_type=HASH, foreign_key="content.content_hash")
    version: int
    data: bytes = Field(sa_type=LargeBinary)


class CrawlRun(Base, table=True):
    """One run of one source, or one slot of a schedule that had none."""

    __tablename__: ClassVar[Any] = "crawl_run"
    __table_args__ = (
        Index(None, "source", "id"),
        Index(None, "schedule", "slot_at", unique=True),
        _index_of_some("finished_at IS NULL", "state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Key)
    trigger: str = Field(sa_type=Words)
    state: str = Field(sa_type=Words)
    outcome: str = Field(sa_type=Words)
    started_at: datetime = Field(sa_type=Moment)
    finished_at: datetime | None = Field(sa_type=Moment, nullable=True)
    counters: dict[str, int] = Field(sa_type=JSON)
    host: str = Field(sa_type=Words)
    pid: int
    detail: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})
    schedule: str | None = Field(sa_type=Key, nullable=True)
    slot_at: datetime | None = Field(sa_type=Moment, nullable=True)
    asked: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})
    story: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "{}"})


class Document(Base, table=True):
    """One work at one source, as it was last seen.

    `fidelity` is the best with which its present content was seen. `changed_at` is when anything that an
    export says of it last changed.
    """

    __tablename__: ClassVar[Any] = "document"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index(None, "content_hash"),
        Index(None, "published", "source", "source_id"),
        Index(None, "source", "first_seen"),
        _index_of_some("gone_since IS NOT NULL", "source", "gone_since"),
    )
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Key)
    source_id: str = Field(sa_type=Key)
    address: str = Field(sa_type=Words)
    share_address: str = Field(sa_type=Words)
    slug: str = Field(sa_type=Words)
    outlet: str = Field(sa_type=Words)
    tags: tuple[str, ...] = Field(sa_type=TextList)
    link: str | None = Field(sa_type=Words, nullable=True)
    return_url: str | None = Field(sa_type=Words, nullable=True)
    published: datetime | None = Field(sa_type=Moment, nullable=True)
    content_hash: str = Field(sa_type=HASH, foreign_key="content.content_hash")
    fidelity: str = Field(sa_type=Words)
    first_seen: datetime = Field(sa_type=Moment)
    last_seen: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    gone_since: datetime | None = Field(sa_type=Moment, nullable=True)
    author: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})
    lost: int = Field(sa_column_kwargs={"server_default": "0"})
    normalizer: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})


class Revision(Base, table=True):
    """One content of one document, in the order seen; the first sight is one too."""

    __tablename__: ClassVar[Any] = "revision"
    __table_args__ = (Index(None, "document_id"), Index(None, "content_hash"), Index(None, "seen_at"))
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id")
    content_hash: str = Field(sa_type=HASH, foreign_key="content.content_hash")
    seen_at: datetime = Field(sa_type=Moment)
    run_id: int | None = Field(foreign_key="crawl_run.id", nullable=True)


class Capture(Base, table=True):
    """One retrieval of one address, and where its record stands in the WARC."""

    __tablename__: ClassVar[Any] = "capture"
    __table_args__ = (
        # Equality is all that is asked of an address, and a B-tree of PostgreSQL refuses those over 2,704
        # bytes: 600 characters have 2,400 at most. That of payloads is there for lists, which have thousands.
        Index(None, "address", postgresql_using="hash"),
        _index_of_some(
            "status = 200 AND warc_file <> '' AND truncated = '' AND length(address) <= 600",
            "address",
            "fetched_at",
        ),
        _index_of_some("record = 'response' AND warc_file <> '' AND truncated = ''", "payload_digest"),
        _index_of_some("warc_file <> ''", "warc_file", "warc_offset"),
    )
    id: int | None = Field(default=None, primary_key=True)
    run_id: int | None = Field(foreign_key="crawl_run.id", nullable=True)
    address: str = Field(sa_type=Words)
    fetched_at: datetime = Field(sa_type=Moment)
    status: int
    etag: str = Field(sa_type=Words)
    last_modified: str = Field(sa_type=Words)
    payload_digest: str = Field(sa_type=Words)
    payload_bytes: int = Field(sa_type=BigInteger)
    warc_file: str = Field(sa_type=Key)
    warc_offset: int | None = Field(sa_type=BigInteger, nullable=True)
    warc_length: int | None = Field(sa_type=BigInteger, nullable=True)
    truncated: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})
    record: str = Field(sa_type=Words, sa_column_kwargs={"server_default": "response"})
    record_sha256: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})
    took: float = Field(sa_column_kwargs={"server_default": "0"})
    why: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})


class WarcFile(Base, table=True):
    """One WARC file, and how much of it is committed."""

    __tablename__: ClassVar[Any] = "warc_file"
    name: str = Field(primary_key=True, sa_type=Key)
    source: str = Field(sa_type=Key)
    length: int = Field(sa_type=BigInteger)
    head_length: int
    head_sha256: str = Field(sa_type=HASH)
    sealed: bool


class Page(Base, table=True):
    """One address that is asked, and asked again."""

    __tablename__: ClassVar[Any] = "page"
    __table_args__ = (
        UniqueConstraint("source", "address"),
        Index(None, "source", "next_check"),
        _index_of_some("checked_at IS NULL OR kind IN ('list', 'feed')", "source", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Key)
    address: str = Field(sa_type=Key)
    kind: str = Field(sa_type=Words)
    why: str = Field(sa_type=Words)
    wanted_since: datetime = Field(sa_type=Moment)
    next_check: datetime | None = Field(sa_type=Moment, nullable=True)
    checked_at: datetime | None = Field(sa_type=Moment, nullable=True)
    etag: str = Field(sa_type=Words)
    last_modified: str = Field(sa_type=Words)
    attempts: int
    opens_category: bool


class Lease(Base, table=True):
    """Which run crawls a source; `renewed_at` is by the clock of the database."""

    __tablename__: ClassVar[Any] = "lease"
    source: str = Field(primary_key=True, sa_type=Key)
    token: str = Field(sa_type=Words)
    run_id: int = Field(foreign_key="crawl_run.id")
    host: str = Field(sa_type=Words)
    pid: int
    acquired_at: datetime = Field(sa_type=Moment)
    renewed_at: datetime = Field(sa_type=Moment)


class Rejection(Base, table=True):
    """A page that could not become a document."""

    __tablename__: ClassVar[Any] = "rejection"
    __table_args__ = (
        Index(None, "run_id"),
        Index(None, "address", postgresql_using="hash"),
        Index(None, "seen_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    run_id: int | None = Field(foreign_key="crawl_run.id", nullable=True)
    capture_id: int | None = Field(foreign_key="capture.id", nullable=True)
    address: str = Field(sa_type=Words)
    stage: str = Field(sa_type=Words)
    reason: str = Field(sa_type=Words)
    detail: str = Field(sa_type=Words)
    seen_at: datetime = Field(sa_type=Moment)


class ImportedFile(Base, table=True):
    """A file as it came in, with the content that it had then.

    A file of a corpus (`leaves`) leaves so until its document changes; a saved page is only kept.
    """

    __tablename__: ClassVar[Any] = "imported_file"
    __table_args__ = (UniqueConstraint("name"), Index(None, "document_id"))
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Key)
    data: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(sa_type=HASH)
    document_id: int = Field(foreign_key="document.id")
    content_hash: str = Field(sa_type=HASH, foreign_key="content.content_hash")
    leaves: bool = Field(sa_column_kwargs={"server_default": true()})


class Service(Base, table=True):
    """One scheduling service; `renewed_at` is by the clock of the database. One at the most leads."""

    __tablename__: ClassVar[Any] = "service"
    __table_args__ = (Index(None, "role", unique=True),)
    token: str = Field(primary_key=True, sa_type=Key)
    role: str | None = Field(sa_type=Key, nullable=True)
    host: str = Field(sa_type=Words)
    pid: int
    listens: str = Field(sa_type=Words)
    started_at: datetime = Field(sa_type=Moment)
    led_since: datetime | None = Field(sa_type=Moment, nullable=True)
    renewed_at: datetime = Field(sa_type=Moment)


class Incident(Base, table=True):
    """One time that an alert rule began to hold for a source, until it held no more."""

    __tablename__: ClassVar[Any] = "incident"
    __table_args__ = (
        Index(
            "ix_incident_open",
            "rule",
            "source",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    rule: str = Field(sa_type=Key)
    source: str = Field(sa_type=Key)
    text: str = Field(sa_type=Words)
    run_id: int | None = Field(foreign_key="crawl_run.id", nullable=True)
    opened_at: datetime = Field(sa_type=Moment)
    told_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(sa_type=Moment, nullable=True)


class Delivery(Base, table=True):
    """One message about an incident for one channel, kept until the channel has taken it."""

    __tablename__: ClassVar[Any] = "delivery"
    __table_args__ = (Index(None, "incident_id"), _index_of_some("delivered_at IS NULL", "next_try"))
    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id")
    kind: str = Field(sa_type=Words)
    channel: str = Field(sa_type=Key)
    text: str = Field(sa_type=Words)
    created_at: datetime = Field(sa_type=Moment)
    next_try: datetime | None = Field(sa_type=Moment, nullable=True)
    attempts: int
    delivered_at: datetime | None = Field(sa_type=Moment, nullable=True)
    problem: str = Field(sa_type=Words)


class ExportFolder(Base, table=True):
    """A folder that was exported to, so that it can be told where a document went."""

    __tablename__: ClassVar[Any] = "export_folder"
    folder: str = Field(primary_key=True, sa_type=Key)
    host: str = Field(sa_type=Words)
    layout: str = Field(sa_type=Words)
    exported_at: datetime = Field(sa_type=Moment)
    files: int
    asked: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})
    change: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    stamp: str = Field(sa_type=Words, sa_column_kwargs={"server_default": ""})


METADATA = Base.metadata
CONTENT = METADATA.tables["content"]
LAST_CHANGE = METADATA.tables["last_change"]
CATALOGUE = METADATA.tables["catalogue"]
SKETCH = METADATA.tables["sketch"]
CRAWL_RUN = METADATA.tables["crawl_run"]
DOCUMENT = METADATA.tables["document"]
REVISION = METADATA.tables["revision"]
CAPTURE = METADATA.tables["capture"]
WARC_FILE = METADATA.tables["warc_file"]
PAGE = METADATA.tables["page"]
LEASE = METADATA.tables["lease"]
REJECTION = METADATA.tables["rejection"]
IMPORTED_FILE = METADATA.tables["imported_file"]
SERVICE = METADATA.tables["service"]
INCIDENT = METADATA.tables["incident"]
DELIVERY = METADATA.tables["delivery"]
EXPORT_FOLDER = METADATA.tables["export_folder"]
