"""The manifest as it lies in the folder: read and written again, it must come out byte for byte the same."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archive.errors import ExportError
from archive.exports.by_content.export import Shape
from archive.exports.entry import Entry
from archive.exports.layouts import Layout, nested_folders, shape_of
from archive.exports.manifest import manifest_text, parse_manifest
from archive.exports.order import Form
from archive.verification.findings import Finding, damage

_TEXT = r'"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u[0-9a-f]{4})*+"'
_HASH = '"[0-9a-f]{64}"'
_DOCUMENT = f'"source": {_TEXT}, "source_id": {_TEXT}, "address": {_TEXT}'
_OTHERS = rf"(?:\{{{_DOCUMENT}\}}(?:, \{{{_DOCUMENT}\}})*+)?"
_CONTENT = rf'"content_hash": {_HASH}, {_DOCUMENT}, "others": \[{_OTHERS}\]'
_MARKS = rf'(?:, "group": {_TEXT})?(?:, "gone": true)?'
_FILE_LINE = re.compile(rf'  \{{"name": {_TEXT}, "sha256": {_HASH}(?:, {_CONTENT}{_MARKS})?\}},?')
_SAID = {"text": {str(Form.PLAIN)}, "duplicates": {"all", "near"}}
"""What else a head may say."""
_HEAD_LINE = re.compile(
    r'\{| "format": "finews-archive export",| "version": 1,| "layout": "(?:seeds|jekyll)",'
    r'| "text": "plain",| "duplicates": "(?:all|near)",'
)
_FILES, _FOOT = ' "files": [', (" ]", "}", "")
_BY_CONTENT = {str(layout): layout for layout in Layout if not layout.is_of_records}


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """What was read of it."""

    path: Path
    data: bytes
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    layout: Layout = Layout.SEEDS
    said: Mapping[str, str] = field(default_factory=dict)
    """What its head says besides."""

    @property
    def shape(self) -> Shape:
        """What its layout is."""
        shape = shape_of(self.layout)
        assert shape is not None  # noqa: S101 no other layout is read here
        return shape

    @property
    def form(self) -> Form:
        """In which form the texts are."""
        return Form(self.said.get("text", Form.PUBLISHED))

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
    data, entries, layout, said = b"", tuple[Entry, ...](), Layout.SEEDS, dict[str, str]()
    try:
        data = path.read_bytes()
        layout, said = _head(data)
        entries = parse_manifest(data.decode(), layout, path, nested_folders(layout))
        written = "".join(manifest_text(layout, entries, said)).encode()
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
            return ManifestFile(path, data, entries, (), layout, said)
        found = damage(path, "not as it was written", first_difference(data, written))
    return ManifestFile(path, data, entries, (found,), layout, said)


def _head(data: bytes) -> tuple[Layout, dict[str, str]]:
    """The layout and what else a manifest says of all files, as far as it says what one of ours may."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return Layout.SEEDS, {}
    said = {name: found[name] for name in _SAID.keys() & found.keys() if found[name] in _SAID[name]}
    in_order = {name: str(said[name]) for name in _SAID if name in said}
    return _BY_CONTENT.get(str(found.get("layout")), Layout.SEEDS), in_order


def first_difference(data: bytes, other: bytes) -> int:
    """The place of the first byte that is not the same in both."""
    pairs = zip(data, other, strict=False)
    return next((place for place, (one, two) in enumerate(pairs) if one != two), min(len(data), len(other)))


def _odd_line(data: bytes) -> int:
    """Where the first line begins that is not written as ours are; the end, where none is."""
    offset, is_head = 0, True
    lines = data.split(b"\n")
    last = len(lines) - len(_FOOT)
    for number, line in enumerate(lines):
        text = line.decode()
        if is_head:
            is_ours = text == _FILES or _HEAD_LINE.fullmatch(text) is not None
            is_head = text != _FILES
        elif number >= last:
            is_ours = text == _FOOT[number - last]
        else:
            is_ours = _FILE_LINE.fullmatch(text) is not None
        if not is_ours:
            return offset
        offset += len(line) + 1
    return len(data)
