"""`archive db`: the database itself."""

from ops.terminal import write_line
from ops.wiring import configured, open_store

UPGRADE_EXAMPLES = """\
Example:

    ARCHIVE_DATABASE_URL=postgresql://finews@db/finews archive db upgrade"""


def upgrade() -> None:
    """Bring the database to this version, or create it.

    Every command does so when it opens the database; this one does nothing else.
    """
    with open_store(configured()) as store:
        counts = store.counts()
        write_line(
            f"{store.url_shown}: up to date, with {counts.documents} documents, {counts.contents} contents"
        )
