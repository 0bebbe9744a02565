"""An archive as a whole: its store, and the folder of the captures that the store refers to."""

from dataclasses import dataclass
from pathlib import Path

from archive.store import Store


@dataclass(frozen=True, slots=True)
class Archive:
    """What crawls write to, and verification reads."""

    store: Store
    warc: Path
    """The folder of the WARC files; it exists."""
