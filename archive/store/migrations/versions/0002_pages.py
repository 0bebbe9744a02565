"""Captures in WARC files, the pages that are asked, leases, and what a run has to say of its end."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.Text().with_variant(sa.String(collation="C"), "postgresql")
HASH = sa.CHAR(64).with_variant(sa.CHAR(64, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _document()
    _capture()
    _warc_file()
    _page()
    _lease()
    op.add_column("crawl_run", sa.Column("detail", sa.Text(), server_default="", nullable=False))


def _document() -> None:
    op.drop_column("document", "next_check")


def _capture() -> None:
    # What stood there before was never kept in a file, and all of it was whole.
    for name, default in (("truncated", ""), ("record", "response"), ("record_sha256", "")):
        op.add_column("capture", sa.Column(name, sa.Text(), server_default=default, nullable=False))
    if op.get_bind().dialect.name == "postgresql":  # SQLite sorts by code point as it is
        op.alter_column("capture", "warc_file", type_=KEY)
    _index_of_some(
        "ix_capture_address_fetched_at",
        "capture",
        ["address", "fetched_at"],
        "status = 200 AND warc_file <> '' AND truncated = '' AND length(address) <= 600",
    )
    _index_of_some(
        "ix_capture_payload_digest",
        "capture",
        ["payload_digest"],
        "record = 'response' AND warc_file <> '' AND truncated = ''",
    )
    _index_of_some(
        "ix_capture_warc_file_warc_offset", "capture", ["warc_file", "warc_offset"], "warc_file <> ''"
    )


def _index_of_some(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _warc_file() -> None:
    op.create_table(
        "warc_file",
        sa.Column("name", KEY, nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("head_length", sa.Integer(), nullable=False),
        sa.Column("head_sha256", HASH, nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_warc_file"),
    )


def _page() -> None:
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("address", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("wanted_since", MOMENT, nullable=False),
        sa.Column("next_check", MOMENT, nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("opens_category", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_page"),
        sa.UniqueConstraint("source", "address", name="uq_page_source_address"),
    )
    op.create_index("ix_page_source_next_check", "page", ["source", "next_check"])
    _index_of_some(
        "ix_page_source_id", "page", ["source", "id"], "checked_at IS NULL OR kind IN ('list', 'feed')"
    )


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("source", KEY, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("acquired_at", MOMENT, nullable=False),
        sa.Column("renewed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_lease"),
        sa.ForeignKeyConstraint(["run_id"], ["crawl_run.id"], name="fk_lease_run_id"),
    )
