"""The store: what is kept, in SQLite or PostgreSQL."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.store.store import Store
    from archive.store.writer import BatchWriter

__all__ = ["BatchWriter", "Store"]
_ROOMS = {"BatchWriter": "writer", "Store": "store"}


def __getattr__(name: str) -> Any:
    """Load the store when it is asked for: SQLAlchemy takes longer than what needs a glance alone."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
