"""The manifest: what an export folder holds, file by file, and of which documents."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from archive.errors import ExportError
from archive.exports.entry import Entry
from archive.exports.file_names import is_usable

_FORMAT = "finews-archive export"
_VERSION = 1
_OTHER = ("source", "source_id", "address")


def manifest_text(layout: str, entries: Iterable[Entry]) -> Iterator[str]:
    """The manifest piece by piece: JSON with one file a line, sorted by name, without any time stamp."""
    yield f'{{\n "format": "{_FORMAT}",\n "version": {_VERSION},\n "layout": "{layout}",\n "files": ['
    separator = ""
    for entry in sorted(entries, key=lambda entry: entry.name):
        yield f"{separator}\n  {json.dumps(_as_json(entry), ensure_ascii=False)}"
        separator = ","
    yield "\n ]\n}\n"


def parse_manifest(text: str, layout: str, path: Path) -> tuple[Entry, ...]:
    """The entries of a manifest that `manifest_text` wrote.

    Raises `ExportError`, naming `path` and what to do, for anything else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{path}: broken ({error}); {_ADVICE}") from error
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise ExportError(f"{path}: not written by this program; {_ADVICE}")
    if found.get("version") != _VERSION:
        raise ExportError(f"{path}: of version {found.get('version')!r:.20}, unknown here; {_ADVICE}")
    if found.get("layout") != layout:
        raise ExportError(
            f"{path}: the folder holds the layout {found.get('layout')!r:.20}, not {layout!r}; {_ADVICE}"
        )
    try:
        return _entries(found["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise ExportError(f"{path}: broken (a file's entry: {error}); {_ADVICE}") from error


_ADVICE = "export into another folder, or move this one's files away"


def entries_about(path: Path, content_hash: str, document: tuple[str, str]) -> tuple[Entry, ...]:
    """The entries of a manifest that have the content, or stand for the document (source, source_id).

    It is read line by line: that of 300,000 files has 100 MB. Raises `ExportError`, naming the path, where it
    cannot be read, or is not as this program wrote it.
    """
    marks = (content_hash, json.dumps(document[1], ensure_ascii=False))
    found: list[Entry] = []
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for line in _file_lines(file):
                if any(mark in line for mark in marks):
                    found += _entries([json.loads(line.rstrip(",\n"))])
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror}); export again") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ExportError(f"{path}: not as it was written ({error}); export again") from error
    return tuple(one for one in found if one.content_hash == content_hash or document in one.documents)


def _file_lines(manifest: Iterable[str]) -> Iterator[str]:
    """The lines of the files. Raises `ValueError` where head or end are not as they were written."""
    lines, line = iter(manifest), ""
    if tuple(islice(lines, len(_HEAD))) != _HEAD:
        raise ValueError("its head is another")
    for line in lines:
        if line.startswith("  {"):
            yield line
    if line != "}\n":
        raise ValueError("it breaks off")


_HEAD = ("{\n", f' "format": "{_FORMAT}",\n', f' "version": {_VERSION},\n')


def _as_json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "sha256": entry.sha256,
        "content_hash": entry.content_hash,
        "source": entry.source,
        "source_id": entry.source_id,
        "address": entry.address,
        "others": [dict(zip(_OTHER, other, strict=True)) for other in entry.others],
    }


def _entries(files: Any) -> tuple[Entry, ...]:
    entries = tuple(
        Entry(
            **{key: _text(file, key) for key in ("name", "sha256", "content_hash", *_OTHER)},
            others=tuple(_identity(other) for other in file["others"]),
        )
        for file in files
    )
    for entry in entries:
        if not is_usable(entry.name):  # else a forged manifest could have files outside the folder pruned
            raise ValueError(f"the name {entry.name!r:.60} cannot be ours")
    return entries


def _identity(other: Any) -> tuple[str, str, str]:
    return _text(other, "source"), _text(other, "source_id"), _text(other, "address")


def _text(fields: Any, key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value
