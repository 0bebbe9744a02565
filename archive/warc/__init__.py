"""Captures in WARC files: written, recovered after a kill, and read again by their position."""

from archive.warc.files import WarcFiles
from archive.warc.reading import Record, read_record

__all__ = ["Record", "WarcFiles", "read_record"]
