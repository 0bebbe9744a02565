"""Verification: whether what is kept, and what was exported, is still what was written.

It reads WARC files by itself, and shares no code with what writes them. Memory stays flat.
"""

from archive.verification.exported import verify_export
from archive.verification.findings import Finding, Kind
from archive.verification.stored import verify_store

__all__ = ["Finding", "Kind", "verify_export", "verify_store"]
