"""How rejections are told of, and by which command they are listed."""

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.store.quality import RejectedPages

LISTED = 100
"""Rejections that `archive rejections` lists unless it is told otherwise."""


def rejections_command(source: str, stage: str, reason: str, count: int) -> str:
    """The command that lists exactly these, so many rejections; the source is empty where none is known."""
    limit = f" --limit {count}" if count > LISTED else ""
    options = (f"--{name} {shlex.quote(value)}" for name, value in (("source", source), ("stage", stage)))
    return f"archive rejections {' '.join(options)} --reason {shlex.quote(reason)}{limit}"


def pages_of(rejected: "RejectedPages", rejections: int) -> str:
    """Which pages were rejected so often; empty where that is one each, and none is a document by now."""
    pages, documents = rejected.pages, rejected.documents
    if pages == rejections and not documents:
        return ""
    by_now = f", {documents:,} of them {'a document' if documents == 1 else 'documents'} by now"
    return f"{pages:,} page{'s' * (pages != 1)}{by_now if documents else ''}"
