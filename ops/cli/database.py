"""`archive db`: the database itself."""

from ops.progress import Progress
from ops.terminal import write_line
from ops.wiring import configured, open_store

UPGRADE_EXAMPLES = """\
Example:

    ARCHIVE_DATABASE_URL=postgresql://finews@db/finews archive db upgrade"""

REINDEX_EXAMPLES = """\
Example:

    archive db reindex"""


def upgrade() -> None:
    """Bring the database to this version, or create it.

    Every command does so when it opens the database; this one does nothing else.
    """
    with open_store(configured()) as store:
        counts = store.counts()
        write_line(
            f"{store.url_shown}: up to date, with {counts.documents} documents, {counts.contents} contents"
        )


def reindex() -> None:
    """Make the full text index anew.

    For a database that was damaged, or filled by another program: `archive verify` says so. Nothing can be
    stored meanwhile; stopped before its end, it has done nothing.
    """
    indexed = 0
    shown = ("contents", "indexed")
    with open_store(configured(), create=False) as store, Progress("reindex", shown, ends=True) as progress:
        contents = store.counts().contents

        def tell(more: int) -> None:
            nonlocal indexed
            indexed += more
            progress({"contents": contents, "indexed": indexed})

        store.search.rebuild(tell)
    write_line(f"indexed {indexed} contents")
