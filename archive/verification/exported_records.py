"""A folder of records: each file against its sum, each record against its own, and against its content."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import file_digest, sha256
from itertools import groupby
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from archive.documents import content_hash
from archive.documents.canonical import hash_of_text
from archive.errors import ExportError, UsageError
from archive.exports.file_names import MANIFEST
from archive.exports.records.entry import RecordEntry, parse_record, record_line
from archive.exports.records.manifest import RecordManifest, open_manifest, record_manifest
from archive.exports.records.partitions import FOLDER, day_in
from archive.exports.stamp import STAGING
from archive.verification.exported_documents import CHANGED
from archive.verification.findings import Finding, OnProgress, damage, limited, note, read_through
from archive.verification.manifest_file import first_difference
from archive.verification.record_claims import belied

if TYPE_CHECKING:
    from archive.store import Store

Listed = tuple[int, RecordEntry]
"""A record as the manifest lists it, and the byte of the manifest where that stands."""


def record_findings(
    folder: Path, layout: str, store: "Store | None", on_progress: OnProgress
) -> Iterator[Finding]:
    """All that is wrong with a folder of the layout `jsonl` or `parquet`, as it is found.

    It is read side by side with its manifest, record by record: memory stays flat.
    """
    path = folder / MANIFEST
    try:
        manifest = open_manifest(path, layout)
        yield from limited(path, _head_findings(manifest))
        unsound = dict(_files(folder, manifest, on_progress))
        yield from limited(folder, _records(folder, manifest, unsound))
        if store is not None:
            yield from limited(folder, read_through(store.url_shown, belied(manifest, store)))
    except ExportError as error:
        yield damage(path, str(error).removeprefix(f"{path}: "))
    except _NotAsWritten as error:
        yield damage(path, "not as it was written", error.place)
    else:
        yield from limited(folder, _extra(folder, manifest.files))


def _head_findings(manifest: RecordManifest) -> Iterator[Finding]:
    """Whether what stands before the records is as it was written."""
    text = "".join(record_manifest(manifest.layout, manifest.said, manifest.files, ()))
    written = text[: text.rindex("\n ]")].encode() + b"\n"
    with manifest.path.open("rb") as file:
        data = file.read(manifest.begin)
    if data != written:
        yield damage(manifest.path, "not as it was written", first_difference(data, written))


def _files(folder: Path, manifest: RecordManifest, on_progress: OnProgress) -> Iterator[tuple[str, Finding]]:
    """What is wrong with files, by their names."""
    for name, expected in manifest.files.items():
        path = folder / name
        on_progress("files", 1)
        try:
            if not S_ISREG(path.lstat().st_mode):
                yield name, damage(path, "not a plain file")
                continue
            with path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            on_progress("bytes", path.stat().st_size)
            if digest != expected:
                yield name, damage(path, CHANGED)
        except FileNotFoundError:
            yield name, damage(path, "missing, though the manifest lists it")
        except OSError as error:
            yield name, damage(path, f"cannot be read ({error.strerror})")


class _NotAsWritten(Exception):
    """A line of the manifest is none of ours."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


def _listed(manifest: RecordManifest) -> Iterator[Listed]:
    for place, line in manifest.lines():
        try:
            entry = parse_record(line)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise _NotAsWritten(place) from error
        if record_line(entry) != line:
            raise _NotAsWritten(place)
        yield place, entry


def _records(folder: Path, manifest: RecordManifest, unsound: Mapping[str, Finding]) -> Iterator[Finding]:
    """Findings about the files that are unsound, and about the records of the others."""
    seen: set[str] = set()
    for name, listed in groupby(_listed(manifest), key=lambda one: one[1].file):
        seen.add(name)
        if name not in manifest.files:
            place = next(listed)[0]
            yield damage(manifest.path, f"lists records of {name}, and not that file", place)
        elif name not in unsound:
            yield from _of_sound_file(folder / name, manifest, listed)
        elif unsound[name].what == CHANGED and name.endswith(".jsonl"):
            yield replace(unsound[name], offset=_first_change(folder / name, listed))
        else:
            yield unsound[name]
    yield from (finding for name, finding in unsound.items() if name not in seen)
    for name in manifest.files:
        if day_in(name) and name not in seen:
            yield damage(manifest.path, f"lists no record of {name}")


def _first_change(path: Path, listed: Iterable[Listed]) -> int:
    """The byte at which the first line begins that is not the one that was exported."""
    place = 0
    with path.open("rb") as file:
        for line, (_, entry) in zip(file, listed, strict=False):
            if sha256(line.removesuffix(b"\n")).hexdigest() != entry.sha256 or not line.endswith(b"\n"):
                break
            place += len(line)
    return place


def _of_sound_file(path: Path, manifest: RecordManifest, listed: Iterable[Listed]) -> Iterator[Finding]:
    """Findings about what the manifest says of the records of a file that is as it was exported."""
    lines = _lines(path)
    try:
        for place, entry in listed:
            line = next(lines, None)
            what = "the file ends before" if line is None else _difference(line, entry)
            if what:
                yield damage(manifest.path, f"{path.name}: {what} the record that stands here", place)
        if next(lines, None) is not None:
            yield damage(manifest.path, f"lists fewer records of {path.name} than it has")
    except UsageError as error:
        yield note(path, f"its records were not looked at: {error}")
    except (AttributeError, KeyError, OSError, TypeError, ValueError, RecursionError) as error:
        yield damage(path, f"cannot be read as {manifest.layout} ({error})")


def _difference(line: bytes, entry: RecordEntry) -> str:
    """What is between a line and the entry of it; empty where they agree, and the content is the text's."""
    if sha256(line).hexdigest() != entry.sha256:
        return "has another sha256 than"
    record = json.loads(line)
    says = (record["content_hash"], record["source"], record["source_id"], record["address"] or "")
    if says != (entry.content_hash, entry.source, entry.source_id, entry.address):
        return "says otherwise than"
    others = tuple((one["source"], one["source_id"], one["address"] or "") for one in record["others"])
    if others != entry.others:
        return "names others than"
    if "body" in record:
        found = content_hash(record["title"], record["body"])
    else:
        found = hash_of_text(record["title"], record["text"])
    return "" if found == entry.content_hash else "has another content_hash than"


def _lines(path: Path) -> Iterator[bytes]:
    from archive.exports.records.jsonl import jsonl_lines  # noqa: PLC0415
    from archive.exports.records.parquet import parquet_lines  # noqa: PLC0415

    return parquet_lines(path) if path.suffix == ".parquet" else jsonl_lines(path)


def _extra(folder: Path, listed: Collection[str]) -> Iterator[Finding]:
    """Files that the manifest does not list: ours by their name, or others', which are nobody's business."""
    names = {MANIFEST, FOLDER, *listed}
    found = {path.name for path in folder.iterdir()}
    below = folder / FOLDER
    found |= {f"{FOLDER}/{path.name}" for path in below.iterdir()} if below.is_dir() else set()
    is_interrupted = STAGING in found
    if is_interrupted:
        what = "an export is under way or was interrupted; export again, and then verify"
        yield note(folder / STAGING, what)
    extra = found - names - {STAGING}
    ours = sorted(name for name in extra if day_in(name))
    for name in ours:
        finding = note if is_interrupted else damage
        yield finding(folder / name, "named as an exported file, but the manifest does not list it")
    if others := len(extra) - len(ours):
        yield note(folder, f"{others} files or folders that the manifest does not list; not looked at")
