"""Contents, one after the other, whatever documents have them."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from archive.store.tables import CONTENT

_AT_ONCE = 100
"""Contents in memory at a time: a few MB."""


def contents(connection: Connection) -> Iterator[tuple[str, str, str, str]]:
    """Hash, title, body and text of every content, in order of the hashes."""
    query = select(CONTENT.c.content_hash, CONTENT.c.title, CONTENT.c.body, CONTENT.c.text)
    ordered = query.order_by(CONTENT.c.content_hash)
    with connection.execute(ordered, execution_options={"yield_per": _AT_ONCE}) as rows:
        for row in rows:
            yield row.content_hash, row.title, row.body, row.text
