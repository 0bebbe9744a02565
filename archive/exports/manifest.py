"""The manifest: what an export folder holds, file by file, and of which documents."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from json.encoder import encode_basestring as _quoted
from pathlib import Path
from typing import Any

from archive.errors import ExportError
from archive.exports.entry import Entry
from archive.exports.file_names import TOMBSTONES, WHOLE, is_usable_below

_FORMAT = "finews-archive export"
_VERSION = 1
_OTHER = ("source", "source_id", "address")
_FIRST_LINES = ("{\n", f' "format": "{_FORMAT}",\n', f' "version": {_VERSION},\n')
_BEGINNING = "".join(_FIRST_LINES)
_FILES = ' "files": [\n'
_FOOT = "\n ]\n}\n"
_HEAD_LINES = 20
_BESIDE = frozenset({TOMBSTONES, WHOLE})
"""Listed in the manifest of a delta."""
_ADVICE = "export into another folder, or move this one's files away"


def manifest_head(layout: str, said: Mapping[str, str] | None = None) -> str:
    """What stands before the first file; `said` is what else is told of the whole (`Order.said`)."""
    told = "".join(f' "{name}": {json.dumps(value)},\n' for name, value in (said or {}).items())
    head = f'{{\n "format": "{_FORMAT}",\n "version": {_VERSION},\n "layout": "{layout}",\n'
    return f'{head}{told} "files": ['


def manifest_text(
    layout: str, entries: Iterable[Entry], said: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The manifest piece by piece: JSON with one file a line, sorted by name, without any time stamp."""
    in_order = sorted(entries, key=lambda entry: entry.name)
    return manifest_of_lines(layout, map(entry_line, in_order), said)


def manifest_of_lines(
    layout: str, lines: Iterable[str], said: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The manifest of the lines of its files (`entry_line`), which come sorted by name."""
    yield manifest_head(layout, said)
    separator = "\n  "
    for line in lines:
        yield f"{separator}{line}"
        separator = ",\n  "
    yield _FOOT


def entry_line(entry: Entry) -> str:
    """The entry as it stands in a manifest."""
    return line_of(entry.name, entry_tail(entry))


def line_of(name: str, tail: str) -> str:
    """The line of an entry, of its name and of what stands behind that."""
    return f'{{"name": {_quoted(name)}, {tail}'


def entry_tail(entry: Entry) -> str:
    """What stands behind the name: as `json` writes it, and in a fifth of the time."""
    if not entry.content_hash:
        return f'"sha256": {_quoted(entry.sha256)}}}'
    group = f', "group": {_quoted(entry.group)}' if entry.group else ""
    gone = ', "gone": true' if entry.gone else ""
    others = ", ".join(f"{{{_document(*other)}}}" for other in entry.others)
    hashes = f'"sha256": {_quoted(entry.sha256)}, "content_hash": {_quoted(entry.content_hash)}'
    speaker = _document(entry.source, entry.source_id, entry.address)
    return f'{hashes}, {speaker}, "others": [{others}]{group}{gone}}}'


def entry_with_tail(name: str, tail: str) -> Entry:
    """The entry of a name and of what `entry_tail` gave."""
    return entry_of(json.loads(line_of(name or "-", tail)), None)


def parse_manifest(text: str, layout: str, path: Path, folders: tuple[str, ...] = ()) -> tuple[Entry, ...]:
    """The entries of a manifest that `manifest_text` wrote; names may be below the `folders`.

    Raises `ExportError`, naming `path` and what to do, for anything else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{path}: broken ({error}); {_ADVICE}") from error
    _check_head(found, layout, path)
    try:
        return tuple(entry_of(file, folders) for file in found["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise ExportError(f"{path}: broken (a file's entry: {error}); {_ADVICE}") from error


def read_entries(path: Path, layout: str, folders: tuple[str, ...] = ()) -> Iterator[Entry]:
    """The same of the manifest at the path, line by line as long as it is as it was written.

    That of 1,000,000 files has 350 MB. Raises `ExportError` as `parse_manifest` does, maybe behind entries.
    """
    count = 0
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            try:
                _check_head(_read_head(file), layout, path)
                for line in _lines_of_files(file):
                    yield entry_of(json.loads(line), folders)
                    count += 1
            except (KeyError, TypeError, ValueError, RecursionError):
                file.seek(0)
                yield from parse_manifest(file.read(), layout, path, folders)[count:]
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror}); {_ADVICE}") from error


def entries_about(path: Path, content_hash: str, document: tuple[str, str]) -> tuple[Entry, ...]:
    """The entries of a manifest that have the content, or stand for the document (source, source_id).

    It is read line by line. Raises `ExportError`, naming the path, where it cannot be read, or is not as this
    program wrote it.
    """
    marks = (content_hash, json.dumps(document[1], ensure_ascii=False))
    found: list[Entry] = []
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            _read_head(file)
            found += (
                entry_of(json.loads(line), None)
                for line in _lines_of_files(file)
                if any(mark in line for mark in marks)
            )
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror}); export again") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ExportError(f"{path}: not as it was written ({error}); export again") from error
    return tuple(one for one in found if one.content_hash == content_hash or document in one.documents)


def entries_as_written(manifest: Iterable[str]) -> Iterator[Entry]:
    """The entries of the manifest of a folder with one file a content, given by its lines, one by one.

    Raises `KeyError`, `TypeError`, `ValueError` or `RecursionError` where it is not as this program wrote it,
    maybe behind entries.
    """
    lines = iter(manifest)
    head = _read_head(lines)
    if head["format"] != _FORMAT or head["version"] != _VERSION:
        raise ValueError("its head is another")
    for line in _lines_of_files(lines):
        yield entry_of(json.loads(line), None)


def is_of_ours(beginning: str) -> bool:
    """Whether a text is, or once was, the beginning of a manifest that this program wrote; maybe cut off."""
    return _FORMAT in beginning or '"content_hash": "' in beginning or _BEGINNING.startswith(beginning)


def entry_of(file: Any, folders: tuple[str, ...] | None = ()) -> Entry:
    """The entry that was written so, below whatever folders for None.

    Raises `KeyError`, `TypeError` or `ValueError` for anything else.
    """
    name = _text(file, "name")
    if name not in _BESIDE and not is_usable_below(folders, name):
        raise ValueError(f"the name {name!r:.60} cannot be ours")  # else files outside could be pruned
    if "content_hash" not in file:
        return Entry(name, _text(file, "sha256"))
    return Entry(
        name,
        sha256=_text(file, "sha256"),
        content_hash=_text(file, "content_hash"),
        source=_text(file, "source"),
        source_id=_text(file, "source_id"),
        address=_text(file, "address"),
        others=tuple(_identity(other) for other in file["others"]),
        group=_text(file, "group") if "group" in file else "",
        gone=file.get("gone", False) is True,
    )


def _check_head(found: Any, layout: str, path: Path) -> None:
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise ExportError(f"{path}: not written by this program; {_ADVICE}")
    if found.get("version") != _VERSION:
        raise ExportError(f"{path}: of version {found.get('version')!r:.20}, unknown here; {_ADVICE}")
    if found.get("layout") != layout:
        raise ExportError(
            f"{path}: the folder holds the layout {found.get('layout')!r:.20}, not {layout!r}; {_ADVICE}"
        )


def _read_head(manifest: Iterable[str]) -> Any:
    """What stands before the files. Raises `ValueError` where that is not as it was written."""
    lines = [*islice(manifest, len(_FIRST_LINES))]
    if tuple(lines) != _FIRST_LINES:
        raise ValueError("its head is another")
    for line in islice(manifest, _HEAD_LINES):
        lines.append(line)
        if line == _FILES:
            return json.loads("".join(lines) + _FOOT)
    raise ValueError("its head is another")


def _lines_of_files(manifest: Iterable[str]) -> Iterator[str]:
    """The lines behind the head, as JSON. Raises `ValueError` where they are not as they were written."""
    ended = line = ""
    for line in manifest:
        if not line.startswith("  {"):
            break
        if ended:
            raise ValueError("files without a comma between them")
        yield line.rstrip(",\n")
        ended = "" if line.endswith(",\n") else line
    if line != " ]\n" or "".join(manifest) != "}\n":
        raise ValueError("it breaks off")


def _document(source: str, source_id: str, address: str) -> str:
    return f'"source": {_quoted(source)}, "source_id": {_quoted(source_id)}, "address": {_quoted(address)}'


def _identity(other: Any) -> tuple[str, str, str]:
    return _text(other, "source"), _text(other, "source_id"), _text(other, "address")


def _text(fields: Any, key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    value.encode()  # a lone surrogate could be written nowhere
    return value
