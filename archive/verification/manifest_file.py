"""The manifest as it lies in the folder: read and written again, it must come out byte for byte the same."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ExportError
from archive.exports.entry import Entry
from archive.exports.manifest import manifest_text, parse_manifest
from archive.exports.seeds import LAYOUT
from archive.verification.findings import Finding, damage

_TEXT = r'"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u[0-9a-f]{4})*+"'
_HASH = '"[0-9a-f]{64}"'
_DOCUMENT = f'"source": {_TEXT}, "source_id": {_TEXT}, "address": {_TEXT}'
_OTHERS = rf"(?:\{{{_DOCUMENT}\}}(?:, \{{{_DOCUMENT}\}})*+)?"
_FILE_LINE = re.compile(
    rf'  \{{"name": {_TEXT}, "sha256": {_HASH}, "content_hash": {_HASH}, '
    rf'{_DOCUMENT}, "others": \[{_OTHERS}\]\}},?'
)
_NO_FILES = tuple("".join(manifest_text(LAYOUT, ())).split("\n"))
"""The lines around those of the files."""


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """What was read of it."""

    path: Path
    data: bytes
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]

    @property
    def is_broken(self) -> bool:
        """Whether its list of files is not to be relied on."""
        return bool(self.findings)

    def offset_of(self, entry: Entry) -> int | None:
        """Where the line of the entry begins."""
        found = self.data.find(f'\n  {{"name": {json.dumps(entry.name, ensure_ascii=False)},'.encode())
        return found + 1 if found >= 0 else None


def read_manifest(path: Path) -> ManifestFile:
    """Read it; what cannot be read is a finding, with the byte where it begins."""
    data, entries = b"", tuple[Entry, ...]()
    try:
        data = path.read_bytes()
        entries = parse_manifest(data.decode(), LAYOUT, path)
        written = "".join(manifest_text(LAYOUT, entries)).encode()
    except FileNotFoundError:
        found = damage(path, "missing; without it nothing can be said of the files: export again")
    except OSError as error:
        found = damage(path, f"cannot be read ({error.strerror})")
    except UnicodeError as error:
        found = damage(path, "not UTF-8", getattr(error, "start", None))
    except ExportError as error:
        found = damage(path, str(error).removeprefix(f"{path}: "), _odd_line(data))
    else:
        if written == data:
            return ManifestFile(path, data, entries, ())
        found = damage(path, "not as it was written", first_difference(data, written))
    return ManifestFile(path, data, entries, (found,))


def first_difference(data: bytes, other: bytes) -> int:
    """The place of the first byte that is not the same in both."""
    pairs = zip(data, other, strict=False)
    return next((place for place, (one, two) in enumerate(pairs) if one != two), min(len(data), len(other)))


def _odd_line(data: bytes) -> int:
    """Where the first line begins that is not written as ours are; the end, where none is."""
    head, foot = _NO_FILES[:5], _NO_FILES[5:]
    offset = 0
    lines = data.split(b"\n")
    last = len(lines) - len(foot)
    for number, line in enumerate(lines):
        text = line.decode()
        place = number - last
        expected = head[number] if number < len(head) else foot[place] if place >= 0 else None
        if text != expected if expected is not None else not _FILE_LINE.fullmatch(text):
            return offset
        offset += len(line) + 1
    return len(data)
