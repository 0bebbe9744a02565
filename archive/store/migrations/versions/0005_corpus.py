"""What an export has to know anew, what finds a content, and which normalizer made a document."""

import sqlalchemy as sa
from alembic import op

from archive.store import fulltext

revision = "0005"
down_revision = "0004"

HASH = sa.CHAR(64).with_variant(sa.CHAR(64, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("document", sa.Column("normalizer", sa.Text(), server_default="", nullable=False))
    _last_change()
    _catalogue()
    _full_text()
    _sketch()
    _export_folder()


def _last_change() -> None:
    op.create_table(
        "last_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_last_change"),
    )


def _catalogue() -> None:
    op.create_table(
        "catalogue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_hash", HASH, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["content_hash"], ["content.content_hash"], name="fk_catalogue_content_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue"),
        sa.UniqueConstraint("content_hash", name="uq_catalogue_content_hash"),
    )
    op.create_index("ix_catalogue_change", "catalogue", ["change"])
    of_some = sa.text("NOT is_current")
    op.create_index("ix_catalogue_id", "catalogue", ["id"], sqlite_where=of_some, postgresql_where=of_some)
    op.execute(
        "INSERT INTO catalogue (content_hash, change, is_current) "
        "SELECT content_hash, 0, first IS NOT NULL FROM content LEFT JOIN "
        "(SELECT content_hash AS held, min(id) AS first FROM document GROUP BY content_hash) AS documents "
        "ON held = content_hash "
        "ORDER BY first, content_hash"  # as it is in a store that has grown: what is near is read together
    )


def _full_text() -> None:
    """The index as this version makes it: what was made of the contents can be made anew."""
    fulltext.create(op.get_bind())
    fulltext.fill(op.get_bind())


def _sketch() -> None:
    op.create_table(
        "sketch",
        sa.Column("content_hash", HASH, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["content_hash"], ["content.content_hash"], name="fk_sketch_content_hash"),
        sa.PrimaryKeyConstraint("content_hash", name="pk_sketch"),
    )


def _export_folder() -> None:
    op.add_column("export_folder", sa.Column("asked", sa.Text(), server_default="", nullable=False))
    op.add_column("export_folder", sa.Column("change", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("export_folder", sa.Column("stamp", sa.Text(), server_default="", nullable=False))
