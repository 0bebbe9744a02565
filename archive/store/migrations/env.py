"""Alembic's environment: it works on the connection, and in the transaction, that it is given."""

from alembic import context

from archive.store.fulltext import is_ours
from archive.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # SQLite's is so too, where the driver leaves BEGIN to us
    render_as_batch=True,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()
