"""WARC files against the store: every byte committed is accounted for, and every capture is in its place."""

import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from archive.store.values import Capture, RecordType, WarcFile
from archive.verification.captures import differences, read_member
from archive.verification.findings import Finding, OnProgress, damage, limited, note
from archive.verification.members import Broken
from archive.verification.revisits import References

if TYPE_CHECKING:
    from archive.store import Store

_SUFFIX = ".warc.gz"


def verify_warc_files(store: "Store", folder: Path, on_progress: OnProgress) -> Iterator[Finding]:
    """Check all files that the store names, capture by capture, and look for files that it does not name.

    A crawl may go on meanwhile: what it commits is taken into account.
    """
    files = {file.name: file for file in store.warc_files()}
    on_progress("bytes to check", sum(file.length for file in files.values()))
    check = _Check(store, folder, on_progress)
    captures = (capture for _, capture in store.kept_captures())
    for name, of_file in groupby(captures, key=attrgetter("warc_file")):
        file = files.pop(name, None) or _now(store, name)
        yield from limited(folder / name, check.file(name, file, of_file))
    for file in files.values():
        if _now(store, file.name):  # a run may have struck it out since
            yield from limited(folder / file.name, check.file(file.name, file, ()))
    yield from check.references.unresolved()
    yield from _unknown_files(store, folder)


class _Check:
    """The checks of one file after the other."""

    def __init__(self, store: "Store", folder: Path, on_progress: OnProgress) -> None:
        self.references = References(store, folder)
        self._store, self._folder, self._on_progress = store, folder, on_progress

    def file(self, name: str, file: WarcFile | None, captures: Iterable[Capture]) -> Iterator[Finding]:
        """Open the file, if it can be, and check it."""
        path = self._folder / name
        if file is None:
            yield damage(path, f"{_count(captures)} captures are in it, but the store does not list the file")
            return
        try:
            opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            is_begun = _is_empty(file) and captures == ()
            yield _unmade(path) if is_begun else _lost(path, "missing", file, captures)
        except (OSError, ValueError) as error:
            yield _lost(path, str(getattr(error, "strerror", error)), file, captures)
        else:
            try:
                yield from self._opened(opened, path, file, captures)
            finally:
                os.close(opened)

    def _opened(
        self, opened: int, path: Path, file: WarcFile, captures: Iterable[Capture]
    ) -> Iterator[Finding]:
        size = os.fstat(opened).st_size
        head = read_member(opened, 0, file.head_length, file.head_sha256, http=False)
        if head.problem and _is_empty(file) and captures == () and size <= file.head_length:
            yield _unmade(path)
            return
        if size < file.length:
            yield damage(path, f"ends here, but {file.length} bytes were committed to it", size)
        if head.problem or (head.record and head.record.fields.get("warc-type") != "warcinfo"):
            yield damage(path, f"the head of the file: {head.problem or 'no warcinfo record'}", 0)
        end = file.head_length
        for capture in captures:
            offset, length = capture.warc_offset, capture.warc_length
            if offset is None or length is None or offset < 0 or length < 1:
                yield damage(path, f"the store has no place in it for the capture of {capture.address:.200}")
                continue
            if offset != end:
                yield _misplaced(path, end, offset)
            end = max(end, offset + length)
            yield from self._capture(opened, path, capture, offset, length)
        yield from self._ending(path, file, end, size)

    def _capture(
        self, opened: int, path: Path, capture: Capture, offset: int, length: int
    ) -> Iterator[Finding]:
        member = read_member(opened, offset, length, capture.record_sha256, http=True)
        problem = member.problem
        if member.record and not problem:
            try:
                problem = "; ".join(differences(member.record, capture))
            except Broken as error:
                problem = str(error)
            if capture.record is RecordType.REVISIT and not problem:
                yield from self.references.note(member.record, capture)
        if problem:
            yield damage(path, f"the record of {capture.address:.200}: {problem}", offset)
        self._on_progress("captures", 1)
        self._on_progress("bytes", length)

    def _ending(self, path: Path, file: WarcFile, end: int, size: int) -> Iterator[Finding]:
        committed = file.length
        if end != committed:
            now = _now(self._store, file.name)
            if end < committed:
                yield damage(path, f"no capture accounts for {committed - end} committed bytes", end)
            elif now is None or end > now.length:
                yield damage(path, f"the captures end at byte {end}, beyond what was committed", committed)
        tail, behind = size - max(committed, end), max(committed, end)
        if tail > 0 and file.sealed:
            yield damage(path, f"{tail} bytes that were never committed, in a file that is closed", behind)
        elif tail > 0:
            what = "a run is under way or was killed; the next crawl cuts them"
            yield note(path, f"{tail} bytes not committed yet: {what}", behind)


def _is_empty(file: WarcFile) -> bool:
    return not file.sealed and file.length == file.head_length


def _unmade(path: Path) -> Finding:
    """As a run leaves a file when it is killed before anything is committed to it."""
    return note(path, "not made yet: a run is under way or was killed; the next crawl sees to it")


def _lost(path: Path, why: str, file: WarcFile, captures: Iterable[Capture]) -> Finding:
    return damage(path, f"{why}; {file.length} bytes with {_count(captures)} captures were committed to it")


def _misplaced(path: Path, end: int, offset: int) -> Finding:
    if offset > end:
        return damage(path, f"no capture accounts for {offset - end} bytes", end)
    return damage(path, f"two captures overlap here, by {end - offset} bytes", offset)


def _now(store: "Store", name: str) -> WarcFile | None:
    """The file as the store has it by now."""
    return next((file for file in store.warc_files() if file.name == name), None)


def _unknown_files(store: "Store", folder: Path) -> Iterator[Finding]:
    """Listed before the store is asked, which is told of a file before the file is made."""
    try:
        found = sorted(name for name in os.listdir(folder) if _SUFFIX in name)  # noqa: PTH208 names, no paths
    except FileNotFoundError:
        return
    except OSError as error:
        yield damage(folder, f"cannot be read ({error.strerror})")
        return
    known = {file.name for file in store.warc_files()}
    for name in found:
        if name not in known and os.path.lexists(folder / name):
            yield damage(folder / name, "not in the store; move it away, or restore the store that has it")


def _count(captures: Iterable[Capture]) -> int:
    return sum(1 for _ in captures)
