"""Authors, characters lost for good, and saved pages, which are kept but are no files of a corpus."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("document", sa.Column("author", sa.Text(), server_default="", nullable=False))
    op.add_column("document", sa.Column("lost", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "imported_file", sa.Column("leaves", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
