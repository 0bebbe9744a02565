"""The manifest of a folder of records: its files, and which record is in which of them.

It is read line by line: that of 1,000,000 records has 400 MB.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import ExportError
from archive.exports.entry import Entry
from archive.exports.file_names import TOMBSTONES, WHOLE
from archive.exports.manifest import manifest_head
from archive.exports.records.entry import RecordEntry, marks_of, parse_record
from archive.exports.records.partitions import day_in

RECORD_LAYOUTS = frozenset({"jsonl", "parquet"})
SCHEMA = "schema.json"
_BESIDE = frozenset({SCHEMA, TOMBSTONES, WHOLE})
_BETWEEN = '\n ],\n "records": ['
_END = "\n ]\n}\n"
_FIRST_LINES = b'{\n "format": "finews-archive export",\n'
_HEAD_LINES = 20
_ADVICE = "export into another folder, or move this one's files away"


@dataclass(frozen=True, slots=True)
class RecordManifest:
    """A manifest that was opened: its files are known, its records are read when they are asked for."""

    path: Path
    layout: str
    said: Mapping[str, str]
    """What its head says besides."""
    files: Mapping[str, str]
    """By name the SHA-256 of each file that the folder has."""
    begin: int
    """The byte of the first record."""

    @property
    def is_of_delta(self) -> bool:
        """Whether its folder has what differs from another's, and no more."""
        return TOMBSTONES in self.files

    def records(self) -> Iterator[RecordEntry]:
        """The records, in their order. Raises `ExportError` where one is not as it was written."""
        with refusing(self.path):
            for _, line in self.lines():
                yield parse_record(line)

    def marked(self) -> Iterator[tuple[str, str, str]]:
        """Of each its file, its content hash, and the line. Raises `ExportError` as well."""
        with refusing(self.path):
            for _, line in self.lines():
                yield *marks_of(line), line

    def lines(self) -> Iterator[tuple[int, str]]:
        """Their lines, as they are, each with the byte where it begins. Raises `ExportError`."""
        with refusing(self.path), self.path.open("rb") as file:
            place = file.seek(self.begin)
            goes_on = True
            for line in _lines_of_list(file, b" ]\n"):
                if not goes_on:
                    raise ValueError("records without a comma between them")
                goes_on = line.endswith(b",\n")
                yield place, _bare(line)
                place += len(line)
            if file.read(3) != b"}\n":
                raise ValueError("it breaks off")


def record_manifest(
    layout: str, said: Mapping[str, str], files: Mapping[str, str], records: Iterable[str]
) -> Iterator[str]:
    """The manifest piece by piece: its records as they are given (`record_line`), a file or record a line."""
    yield manifest_head(layout, said)
    separator = ""
    for name, sha256 in sorted(files.items()):
        yield f"{separator}\n  {json.dumps({'name': name, 'sha256': sha256}, ensure_ascii=False)}"
        separator = ","
    yield _BETWEEN
    separator = ""
    for record in records:
        yield f"{separator}\n  {record}"
        separator = ","
    yield _END


def open_manifest(path: Path, layout: str) -> RecordManifest:
    """The manifest, its files read. Raises `ExportError` for one of another layout, program or version."""
    with refusing(path), path.open("rb") as file:
        said = _head(file, layout, path)
        files = dict(map(_file, _lines_of_list(file, b" ],\n")))
        if file.readline(100) != _BETWEEN.splitlines(keepends=True)[-1].encode() + b"\n":
            raise ValueError("it has no list of records")
        return RecordManifest(path, layout, said, files, file.tell())


def records_about(path: Path, content_hash: str, document: tuple[str, str]) -> tuple[Entry, ...]:
    """The records of a folder that have the content, or stand for the document, each named by its file.

    As `archive.exports.manifest.entries_about`: line by line. Raises `ExportError`.
    """
    marks = (content_hash, json.dumps(document[1], ensure_ascii=False))
    found: list[Entry] = []
    manifest = open_manifest(path, layout_in(path))
    with refusing(path):
        for _, line in manifest.lines():
            if any(mark in line for mark in marks):
                found.append(parse_record(line).as_entry())
    return tuple(one for one in found if one.content_hash == content_hash or document in one.documents)


def layout_in(path: Path) -> str:
    """The layout that a manifest of ours names; empty where there is none, or it names none."""
    try:
        with path.open("rb") as file:
            has_begun = file.readline(100) + file.readline(100) == _FIRST_LINES
            return str(_before_files(file).get("layout", "")) if has_begun else ""
    except (OSError, ValueError, RecursionError):
        return ""


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn what comes of reading a manifest that is not as it was written into an error that names it."""
    try:
        yield
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror})") from error
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ExportError(f"{path}: broken ({error}); {_ADVICE}") from error


def _head(file: BinaryIO, layout: str, path: Path) -> Mapping[str, str]:
    """What its head says besides what all say."""
    if file.readline(100) + file.readline(100) != _FIRST_LINES:
        raise ExportError(f"{path}: not written by this program; {_ADVICE}")
    found = _before_files(file)
    if (version := found.pop("version")) != 1:
        raise ExportError(f"{path}: of version {version!r:.20}, unknown here; {_ADVICE}")
    if (other := found.pop("layout")) != layout:
        raise ExportError(f"{path}: the folder holds the layout {other!r:.20}, not {layout!r}; {_ADVICE}")
    return {key: str(value) for key, value in found.items()}


def _before_files(file: BinaryIO) -> dict[str, object]:
    lines = ["{"]
    for _ in range(_HEAD_LINES):
        line = file.readline(10_000).decode()
        if line == ' "files": [\n':
            break
        lines.append(line)
    return dict(json.loads("".join(lines).rstrip(",\n") + "}"))


def _lines_of_list(file: BinaryIO, end: bytes) -> Iterator[bytes]:
    for line in file:
        if line == end:
            return
        yield line
    raise ValueError("it breaks off")


def _bare(line: bytes) -> str:
    """What is listed, without what makes it a line of a list."""
    if not line.startswith(b"  {"):
        raise ValueError("a line of a list that is none")
    return line.decode()[2:].removesuffix("\n").removesuffix(",")


def _file(line: bytes) -> tuple[str, str]:
    found = json.loads(_bare(line))
    name, sha256 = found["name"], found["sha256"]
    if not isinstance(sha256, str) or not isinstance(name, str):
        raise TypeError("a file's name or sha256 is no text")
    if name not in _BESIDE and not day_in(name):  # else a forged manifest could have others' files deleted
        raise ValueError(f"the name {name!r:.60} cannot be ours")
    return name, sha256
