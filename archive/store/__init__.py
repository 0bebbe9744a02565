"""The store: what is kept, in SQLite or PostgreSQL."""

from archive.store.store import Store
from archive.store.writer import BatchWriter

__all__ = ["BatchWriter", "Store"]
