"""Manifests of our own exports among the files to import: what they say of the files beside them."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from archive.errors import UsageError
from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST
from archive.exports.layouts import Layout
from archive.exports.manifest import entries_as_written, is_of_ours

_POSTS = "_posts"
_OF_RECORDS = tuple(f'\n "layout": "{layout}",\n' for layout in Layout if layout.is_of_records)
_NOT_AS_WRITTEN = (KeyError, TypeError, ValueError, RecursionError)
_LONGEST_LINE = 1 << 28
"""Characters. Those that are written have under 1,000, and more only for thousands of copies of one text."""
_BEGINNING = 1 << 20
_HEAD = 1000


class Manifests:
    """Looks files up in the manifests of their folders, in memory that does not grow with these.

    Manifests are in order of their names, and so are files that come from a folder: both are gone through
    side by side.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._entries: Iterator[Entry] = iter(())
        self._next: Entry | None = None
        self._last = ""

    def entry_of(self, path: Path) -> Entry | None:
        """What the manifest of its folder says of a file; None where there is none, or it says nothing.

        Whether that is so is for others to see: anybody could have written it.
        """
        folder = _exported_to(path)
        name = path.name if folder == path.parent else f"{_POSTS}/{path.name}"
        if folder != self._folder or name < self._last:
            self._folder, self._entries = folder, _entries(folder / MANIFEST)
            self._next = next(self._entries, None)
        self._last = name
        while self._next is not None and self._next.name < name:
            self._next = next(self._entries, None)
        return self._next if self._next is not None and self._next.name == name else None


def _entries(path: Path) -> Iterator[Entry]:
    """The entries of a manifest, as long as it is as this program wrote it; none where there is none."""
    # Not a line more than that is believed, so nothing is lost but the names of who is whose.
    with suppress(OSError, *_NOT_AS_WRITTEN):
        if path.is_file():  # what is no plain file may never end
            yield from _entries_in(path)


def _entries_in(path: Path) -> Iterator[Entry]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from entries_as_written(iter(lambda: file.readline(_LONGEST_LINE), ""))


def not_understood(files: Iterable[Path]) -> tuple[Path, ...]:
    """The manifests beside the files that are no JSON, and nothing says that an export wrote them.

    Raises `UsageError` for one that an export wrote and that is not whole: identities that were guessed
    without it would stay, since files that are known are passed over.
    """
    seen: set[Path] = set()
    odd: list[Path] = []
    for folder, _ in groupby(files, key=_exported_to):
        path = folder / MANIFEST
        if path not in seen and os.path.isfile(path):  # noqa: PTH113 this one raises nothing
            seen.add(path)
            odd += [] if _is_understood(path) else [path]
    return tuple(odd)


def _is_understood(path: Path) -> bool:
    try:
        for _ in _entries_in(path):
            pass
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    except _NOT_AS_WRITTEN as error:
        with path.open(encoding="utf-8", errors="replace") as file:
            beginning = file.read(_BEGINNING)
        if any(mark in beginning[:_HEAD] for mark in _OF_RECORDS):
            return True  # its files are none that are imported
        if is_of_ours(beginning.strip("\0")):
            raise _refused(path, "written by an export, and damaged or edited since") from error
        return _is_json(beginning)
    return True


def _refused(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path}: {why}, so that identities would be guessed from names and contents; nothing was imported. "
        "Restore it or export again; or move it away, to have them guessed"
    )


def _is_json(text: str) -> bool:
    with suppress(ValueError, RecursionError):
        json.loads(text)
        return True
    return False


def _exported_to(path: Path) -> Path:
    """The folder whose manifest would list the file."""
    return path.parent.parent if path.parent.name == _POSTS else path.parent
