"""The tables. Known to this package alone: values go in and out.

A change here needs a migration under ``migrations/versions``; a test compares the two.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, MetaData, UniqueConstraint
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


class CrawlRun(Base, table=True):
    """One run of one source."""

    __tablename__: ClassVar[Any] = "crawl_run"
    __table_args__ = (Index(None, "source", "id"),)
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
    next_check: datetime | None = Field(sa_type=Moment, nullable=True)


class Revision(Base, table=True):
    """One content of one document, in the order seen; the first sight is one too."""

    __tablename__: ClassVar[Any] = "revision"
    __table_args__ = (Index(None, "document_id"),)
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id")
    content_hash: str = Field(sa_type=HASH, foreign_key="content.content_hash")
    seen_at: datetime = Field(sa_type=Moment)
    run_id: int | None = Field(foreign_key="crawl_run.id", nullable=True)


class Capture(Base, table=True):
    """One retrieval of one address, and where its record stands in the WARC."""

    __tablename__: ClassVar[Any] = "capture"
    # Equality is all that is asked of an address, and a B-tree of PostgreSQL refuses those over 2,704 bytes.
    __table_args__ = (Index(None, "address", postgresql_using="hash"),)
    id: int | None = Field(default=None, primary_key=True)
    run_id: int | None = Field(foreign_key="crawl_run.id", nullable=True)
    address: str = Field(sa_type=Words)
    fetched_at: datetime = Field(sa_type=Moment)
    status: int
    etag: str = Field(sa_type=Words)
    last_modified: str = Field(sa_type=Words)
    payload_digest: str = Field(sa_type=Words)
    payload_bytes: int = Field(sa_type=BigInteger)
    warc_file: str = Field(sa_type=Words)
    warc_offset: int | None = Field(sa_type=BigInteger, nullable=True)
    warc_length: int | None = Field(sa_type=BigInteger, nullable=True)


class Rejection(Base, table=True):
    """A page that could not become a document."""

    __tablename__: ClassVar[Any] = "rejection"
    __table_args__ = (Index(None, "run_id"),)
    id: int | None = Field(default=None, primary_key=True)
    run_id: int | None = Field(foreign_key="crawl_run.id", nullable=True)
    capture_id: int | None = Field(foreign_key="capture.id", nullable=True)
    address: str = Field(sa_type=Words)
    stage: str = Field(sa_type=Words)
    reason: str = Field(sa_type=Words)
    detail: str = Field(sa_type=Words)
    seen_at: datetime = Field(sa_type=Moment)


class ImportedFile(Base, table=True):
    """A file as it came in, with the content that it had then: it leaves so until its document changes."""

    __tablename__: ClassVar[Any] = "imported_file"
    __table_args__ = (UniqueConstraint("name"), Index(None, "document_id"))
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Key)
    data: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(sa_type=HASH)
    document_id: int = Field(foreign_key="document.id")
    content_hash: str = Field(sa_type=HASH, foreign_key="content.content_hash")


METADATA = Base.metadata
CONTENT = METADATA.tables["content"]
CRAWL_RUN = METADATA.tables["crawl_run"]
DOCUMENT = METADATA.tables["document"]
REVISION = METADATA.tables["revision"]
CAPTURE = METADATA.tables["capture"]
REJECTION = METADATA.tables["rejection"]
IMPORTED_FILE = METADATA.tables["imported_file"]
