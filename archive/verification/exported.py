"""An exported folder: its files against its manifest, and the manifest against itself."""

import fcntl
import hashlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from archive.documents import content_hash, parse, render
from archive.documents.canonical import hash_of_text
from archive.errors import DocumentError
from archive.exports.by_content.seeds import text_of_plain
from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST
from archive.exports.layouts import Layout
from archive.exports.order import Form
from archive.exports.records.manifest import RECORD_LAYOUTS, layout_in
from archive.exports.stamp import STAGING
from archive.verification.exported_deltas import delta_findings
from archive.verification.exported_documents import CHANGED, against_store
from archive.verification.exported_records import record_findings
from archive.verification.findings import Finding, OnProgress, damage, limited, note, read_through
from archive.verification.manifest_file import ManifestFile, read_manifest

if TYPE_CHECKING:
    from archive.store import Store


def verify_export(
    folder: Path, store: "Store | None" = None, on_progress: OnProgress = lambda name, count: None
) -> Iterator[Finding]:
    """All that is wrong with a folder exported to, as it is found.

    Of a file that has changed the manifest alone cannot tell where; the store can, if it still has what was
    exported. Without the store, nothing is known that could tell a changed source, number or address in the
    manifest. An export of some documents only, or of a store that has moved on since, is sound.
    """
    try:
        lock = _locked(folder)
    except OSError as error:
        yield damage(folder, _reason(error))
        return
    try:
        yield from _locked_findings(folder, store, on_progress)
    finally:
        os.close(lock)


def _locked_findings(folder: Path, store: "Store | None", on_progress: OnProgress) -> Iterator[Finding]:
    if (layout := layout_in(folder / MANIFEST)) in RECORD_LAYOUTS:
        yield from record_findings(folder, layout, store, on_progress)
        return
    manifest = read_manifest(folder / MANIFEST)
    yield from manifest.findings
    changed: dict[str, Entry] = {}
    yield from limited(folder, _files(folder, manifest, changed, on_progress))
    if store is None:
        yield from limited(folder, (damage(folder / name, CHANGED) for name in changed))
    else:
        findings = against_store(folder, manifest, changed, store)
        yield from limited(folder, read_through(store.url_shown, findings))
    if not manifest.is_broken:
        yield from limited(folder, _extra(folder, manifest))
        yield from limited(folder, delta_findings(folder, manifest, changed))


def _files(
    folder: Path, manifest: ManifestFile, changed: dict[str, Entry], on_progress: OnProgress
) -> Iterator[Finding]:
    """Findings about the listed files, but for those that have changed: these are collected."""
    for entry in manifest.entries:
        path = folder / entry.name
        on_progress("files", 1)
        try:
            if not S_ISREG(path.lstat().st_mode):
                yield damage(path, "not a plain file")
                continue
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            on_progress("bytes", path.stat().st_size)
            if digest != entry.sha256:
                changed[entry.name] = entry
            elif entry.content_hash and not _has_content(path.read_bytes(), entry, manifest):
                what = f"{entry.name} has another content_hash than stands here"
                yield damage(manifest.path, what, manifest.offset_of(entry))
        except FileNotFoundError:
            yield damage(path, "missing, though the manifest lists it")
        except OSError as error:
            yield damage(path, f"cannot be read ({error.strerror})")


def _has_content(data: bytes, entry: Entry, manifest: ManifestFile) -> bool:
    """Whether the file has the content that is listed, if it is written as files are written here.

    A seed that is not came in by an import, and leaves as it came: what is in it only its import knows. In a
    Jekyll tree no file is left as it came, and each is listed with its category.
    """
    try:
        text = data.decode()
        document = parse(text)
    except (UnicodeDecodeError, DocumentError):
        return manifest.layout is Layout.SEEDS
    expected = entry.content_hash
    if manifest.layout is Layout.JEKYLL:
        return entry.group == document.slug and content_hash(document.title, document.body) == expected
    if render(document) != text:
        return True
    if manifest.form is Form.PLAIN:
        return hash_of_text(document.title, text_of_plain(document.body)) == expected
    return content_hash(document.title, document.body) == expected


def _extra(folder: Path, manifest: ManifestFile) -> Iterator[Finding]:
    """Files that the manifest does not list: ours by their name, or others', which are nobody's business."""
    listed = {MANIFEST, *(entry.name for entry in manifest.entries)}
    names = set(_names(folder, manifest.shape.nested)) - listed
    if STAGING in names:
        what = "an export is under way or was interrupted; export again, and then verify"
        yield note(folder / STAGING, what)
    ours = sorted(name for name in names if manifest.shape.number_of(name) is not None)
    for name in ours:
        # An interrupted export has put files into place that the manifest will list only at its end.
        finding = note if STAGING in names else damage
        yield finding(folder / name, "named as an exported file, but the manifest does not list it")
    others = names.difference(ours, {STAGING})
    if others:
        yield note(folder, f"{len(others)} files or folders that the manifest does not list; not looked at")


def _names(folder: Path, nested: Collection[str]) -> Iterator[str]:
    """What lies in a folder, and below those in it that are the layout's."""
    for path in folder.iterdir():
        if path.name in nested and path.is_dir() and not path.is_symlink():
            files = (below for below in path.rglob("*") if below.is_symlink() or not below.is_dir())
            yield from (below.relative_to(folder).as_posix() for below in files)
        else:
            yield path.name


def _locked(folder: Path) -> int:
    """The folder, open, and closed to exports meanwhile."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    except OSError:
        pass  # a file system without locks
    return lock


def _reason(error: OSError) -> str:
    match error:
        case BlockingIOError():
            return "not verified: an export is writing there; wait until it is done"
        case FileNotFoundError() | NotADirectoryError():
            return "no such folder"
        case _:
            return f"cannot be read ({error.strerror})"
