"""Folders that were exported to, looked into when somebody asks for a document."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import ExportError
from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST
from archive.exports.manifest import entries_about
from archive.exports.records.manifest import RECORD_LAYOUTS, records_about

if TYPE_CHECKING:
    from archive.store.exports import ExportedFolder


class FolderState(StrEnum):
    """How a folder that was exported to was found."""

    LISTED = "listed"
    """Its manifest lists the document, or another with its content."""
    NOT_LISTED = "not-listed"
    MISSING = "missing"
    """It is not there any more."""
    ELSEWHERE = "elsewhere"
    """It is not here, and was exported to on another machine."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class FolderSeen:
    """A folder that was exported to, and the files in it that are of one document."""

    folder: "ExportedFolder"
    state: FolderState
    entries: tuple[Entry, ...] = ()
    problem: str = ""


def look_into(
    folder: "ExportedFolder", content_hash: str, document: tuple[str, str], host: str
) -> FolderSeen:
    """What a folder has of a document (source, source_id) and its content; `host` is this machine."""
    path = Path(folder.folder)
    if not path.is_dir():
        return FolderSeen(folder, FolderState.MISSING if folder.host == host else FolderState.ELSEWHERE)
    try:
        about = records_about if folder.layout in RECORD_LAYOUTS else entries_about
        entries = about(path / MANIFEST, content_hash, document)
    except ExportError as error:
        return FolderSeen(folder, FolderState.UNREADABLE, problem=str(error))
    return FolderSeen(folder, FolderState.LISTED if entries else FolderState.NOT_LISTED, entries)
