"""Slots of schedules and stories of runs in the ledger; services, incidents, and where was exported to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEY = sa.Text().with_variant(sa.String(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _ledger()
    _capture()
    op.create_index("ix_document_source_first_seen", "document", ["source", "first_seen"])
    _index_of_some(
        "ix_document_source_gone_since", "document", ["source", "gone_since"], "gone_since IS NOT NULL"
    )
    op.create_index("ix_revision_content_hash", "revision", ["content_hash"])
    op.create_index("ix_revision_seen_at", "revision", ["seen_at"])
    op.create_index("ix_rejection_seen_at", "rejection", ["seen_at"])
    op.create_index("ix_rejection_address", "rejection", ["address"], postgresql_using="hash")
    _service()
    _incident()
    _delivery()
    _export_folder()


def _ledger() -> None:
    op.add_column("crawl_run", sa.Column("schedule", KEY, nullable=True))
    op.add_column("crawl_run", sa.Column("slot_at", MOMENT, nullable=True))
    op.add_column("crawl_run", sa.Column("asked", sa.Text(), server_default="", nullable=False))
    op.add_column("crawl_run", sa.Column("story", sa.JSON(), server_default="{}", nullable=False))
    op.create_index("ix_crawl_run_schedule_slot_at", "crawl_run", ["schedule", "slot_at"], unique=True)
    _index_of_some("ix_crawl_run_state", "crawl_run", ["state"], "finished_at IS NULL")


def _capture() -> None:
    op.add_column("capture", sa.Column("took", sa.Float(), server_default="0", nullable=False))
    op.add_column("capture", sa.Column("why", sa.Text(), server_default="", nullable=False))


def _index_of_some(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _service() -> None:
    op.create_table(
        "service",
        sa.Column("token", KEY, nullable=False),
        sa.Column("role", KEY, nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("listens", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("led_since", MOMENT, nullable=True),
        sa.Column("renewed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_service"),
    )
    op.create_index("ix_service_role", "service", ["role"], unique=True)


def _incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", KEY, nullable=False),
        sa.Column("source", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["crawl_run.id"], name="fk_incident_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    _index_of_some("ix_incident_open", "incident", ["rule", "source"], "closed_at IS NULL", unique=True)


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_try", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_delivery_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_incident_id", "delivery", ["incident_id"])
    _index_of_some("ix_delivery_next_try", "delivery", ["next_try"], "delivered_at IS NULL")


def _export_folder() -> None:
    op.create_table(
        "export_folder",
        sa.Column("folder", KEY, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("exported_at", MOMENT, nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("folder", name="pk_export_folder"),
    )
