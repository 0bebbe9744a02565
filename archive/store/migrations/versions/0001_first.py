"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.Text().with_variant(sa.String(collation="C"), "postgresql")
HASH = sa.CHAR(64).with_variant(sa.CHAR(64, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _content()
    _crawl_run()
    _document()
    _revision()
    _capture()
    _rejection()
    _imported_file()


def _content() -> None:
    op.create_table(
        "content",
        sa.Column("content_hash", HASH, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("precedence", KEY, nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name="pk_content"),
    )


def _crawl_run() -> None:
    op.create_table(
        "crawl_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("counters", sa.JSON(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crawl_run"),
    )
    op.create_index("ix_crawl_run_source_id", "crawl_run", ["source", "id"])


def _document() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("source_id", KEY, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("share_address", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("return_url", sa.Text(), nullable=True),
        sa.Column("published", MOMENT, nullable=True),
        sa.Column("content_hash", HASH, nullable=False),
        sa.Column("fidelity", sa.Text(), nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("gone_since", MOMENT, nullable=True),
        sa.Column("next_check", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("source", "source_id", name="uq_document_source_source_id"),
        sa.ForeignKeyConstraint(["content_hash"], ["content.content_hash"], name="fk_document_content_hash"),
    )
    op.create_index("ix_document_content_hash", "document", ["content_hash"])
    op.create_index(
        "ix_document_published_source_source_id", "document", ["published", "source", "source_id"]
    )


def _revision() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", HASH, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_revision_document_id"),
        sa.ForeignKeyConstraint(["content_hash"], ["content.content_hash"], name="fk_revision_content_hash"),
        sa.ForeignKeyConstraint(["run_id"], ["crawl_run.id"], name="fk_revision_run_id"),
    )
    op.create_index("ix_revision_document_id", "revision", ["document_id"])


def _capture() -> None:
    op.create_table(
        "capture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("payload_digest", sa.Text(), nullable=False),
        sa.Column("payload_bytes", sa.BigInteger(), nullable=False),
        sa.Column("warc_file", sa.Text(), nullable=False),
        sa.Column("warc_offset", sa.BigInteger(), nullable=True),
        sa.Column("warc_length", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_capture"),
        sa.ForeignKeyConstraint(["run_id"], ["crawl_run.id"], name="fk_capture_run_id"),
    )
    op.create_index("ix_capture_address", "capture", ["address"], postgresql_using="hash")


def _rejection() -> None:
    op.create_table(
        "rejection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("capture_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rejection"),
        sa.ForeignKeyConstraint(["run_id"], ["crawl_run.id"], name="fk_rejection_run_id"),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name="fk_rejection_capture_id"),
    )
    op.create_index("ix_rejection_run_id", "rejection", ["run_id"])


def _imported_file() -> None:
    op.create_table(
        "imported_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", HASH, nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", HASH, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imported_file"),
        sa.UniqueConstraint("name", name="uq_imported_file_name"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_imported_file_document_id"),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["content.content_hash"], name="fk_imported_file_content_hash"
        ),
    )
    op.create_index("ix_imported_file_document_id", "imported_file", ["document_id"])
