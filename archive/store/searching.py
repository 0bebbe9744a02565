"""Full text search over title and text."""

from sqlalchemy import Connection, Select, select

from archive.store.tables import CONTENT


def matching(connection: Connection, query: str) -> Select[tuple[str]]:
    """The hashes of the contents that the query finds."""
    return select(CONTENT.c.content_hash).where(CONTENT.c.text.contains(query, autoescape=True))
