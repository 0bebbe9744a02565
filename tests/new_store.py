"""New stores on SQLite."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from archive.store import Store


def new_store(path: Path) -> Store:
    """A store without anything in it, opened."""
    return Store.open(copied_to(path))


def copied_to(path: Path) -> str:
    """The address of the same, copied from one made once: making one takes longer than most tests."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_made())
    return f"sqlite:///{path}"


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        Store.open(f"sqlite:///{folder}/archive.db").close()
        return Path(folder, "archive.db").read_bytes()
