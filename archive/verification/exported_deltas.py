"""The folder of a delta: its tombstones, and the manifest that its base has afterwards."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from archive.exports.file_names import TOMBSTONES, WHOLE
from archive.exports.manifest import entry_line
from archive.exports.tombstones import Reason
from archive.verification.findings import Finding, damage
from archive.verification.manifest_file import ManifestFile, read_manifest

_KEYS = ("name", "delete", "content_hash", "source", "source_id", "address", "reason", "since", "replaced_by")


def delta_findings(folder: Path, manifest: ManifestFile, changed: Collection[str]) -> Iterator[Finding]:
    """What is wrong with them, of those whose bytes are as they were written."""
    listed = {entry.name for entry in manifest.entries}
    if WHOLE in listed and WHOLE not in changed and (folder / WHOLE).is_file():
        yield from _whole_findings(folder / WHOLE, manifest)
    if TOMBSTONES in listed and TOMBSTONES not in changed and (folder / TOMBSTONES).is_file():
        yield from _tombstone_findings(folder / TOMBSTONES)


def _whole_findings(path: Path, manifest: ManifestFile) -> Iterator[Finding]:
    """Whether it lists all that the delta has as that does."""
    whole = read_manifest(path)
    yield from whole.findings
    if whole.is_broken:
        return
    lines = set(map(entry_line, whole.entries))
    for entry in manifest.entries:
        if entry.name not in {WHOLE, TOMBSTONES} and entry_line(entry) not in lines:
            yield damage(path, f"does not list {entry.name} as the delta has it")


def _tombstone_findings(path: Path) -> Iterator[Finding]:
    offset = 0
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            told = json.loads(line)
            is_ours = tuple(told) == (*_KEYS, "replacement") and told["reason"] in {*Reason}
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            is_ours = False
        if not is_ours or not line.endswith(b"\n"):
            yield damage(path, "a line that is no tombstone", offset)
        offset += len(line)
