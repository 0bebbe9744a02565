"""Manifests of our own exports among the files to import: what they say of the files beside them."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from archive.exports.entry import Entry
from archive.exports.file_names import MANIFEST
from archive.exports.manifest import entries_as_written

_POSTS = "_posts"
_LONGEST_LINE = 1 << 20
"""Characters. Those that are written have under 1,000, and more only for thousands of copies of one text."""


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
        is_post = path.parent.name == _POSTS
        folder = path.parent.parent if is_post else path.parent
        name = f"{_POSTS}/{path.name}" if is_post else path.name
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
    with suppress(OSError, KeyError, TypeError, ValueError, RecursionError):
        if not path.is_file():  # what is no plain file may never end
            return
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from entries_as_written(iter(lambda: file.readline(_LONGEST_LINE), ""))
