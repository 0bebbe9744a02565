"""The files to import: which of those under some paths are documents of a corpus.

There may be hundreds of thousands of them: they are gone through, as often as need be, and never held.
"""

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

from archive.errors import UsageError
from archive.store.file_names import names_of
from crawler.normalizer.files.saved_page import PAGES
from ops.imports.in_order import in_order

MANIFEST = "manifest.json"
_TEXTS = frozenset({".txt", ".md", ".markdown"})
SUFFIXES = _TEXTS | PAGES
_POSTS = "_posts"
_NEVER = frozenset({"_site", "_drafts", "node_modules", "vendor"})
_COMPANIONS = ("_files", ".files")
"""Beside a saved page, browsers keep in a folder of this ending what the page shows."""
_PLACES = 1 << 24


class Paths(Protocol):
    """Paths that can be gone through more than once."""

    def __iter__(self) -> Iterator[Path]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Root:
    """A path that was named, and how many documents there are."""

    path: Path
    is_folder: bool
    is_jekyll: bool = False
    count: int = 1


def corpus_files(paths: Sequence[Path]) -> Paths:
    """The files named, and those in the folders named that look like documents; each once, in order.

    In a folder that is a Jekyll tree (it has `_posts` somewhere) only posts are documents. Hidden folders and
    files, `_site`, `_drafts`, what browsers keep beside a saved page, and the manifests of our own exports
    are passed over; a folder that cannot be listed stands in for what is in it. Raises `UsageError` for a
    path that does not exist, and where nothing at all was found.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder")
    files = _CorpusFiles([_root(path) for path in paths if path.name != MANIFEST])
    if not len(files):
        shown = ", ".join(map(str, paths))
        raise UsageError(
            f"{shown}: nothing to import; looked for {', '.join((*sorted(_TEXTS), *sorted(PAGES)))} files"
        )
    return files


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """Files, each with the name that it is to be kept under: its base name.

    Of several with one base name the first has it, and the others are named with their folders, as far as
    it takes: an export then numbers them.
    """

    files: Paths

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        several = _PerhapsSeveral(written(path.name) for path in self.files)
        taken: set[str] = set()
        for path in self.files:
            name = written(path.name)
            yield (name if name not in several else _free_name(path, taken)), path


def written(path: Path | str) -> str:
    """The path with slashes; its bytes that are not UTF-8 are escaped, as in ``\\xff``."""
    name = path if isinstance(path, str) else path.as_posix()
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _free_name(path: Path, taken: set[str]) -> str:
    """The first name that is not taken; it is from now on."""
    whole = written(path.absolute())
    name = next((name for name in names_of(whole) if name not in taken), whole)
    taken.add(name)
    return name


class _PerhapsSeveral:
    """Which of many names may be there more than once, in 4 MiB however many there are.

    Each name has a place among 2^24. One that shares its place with another only seems to be there twice: of
    100,000 names these are some 600.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._once, self._again = bytearray(_PLACES // 8), bytearray(_PLACES // 8)
        for name in names:
            byte, bit = _place(name)
            self._again[byte] |= self._once[byte] & bit
            self._once[byte] |= bit

    def __contains__(self, name: str) -> bool:
        byte, bit = _place(name)
        return bool(self._again[byte] & bit)


def _place(name: str) -> tuple[int, int]:
    byte, bit = divmod(zlib.crc32(name.encode()) % _PLACES, 8)
    return byte, 1 << bit


class _CorpusFiles:
    def __init__(self, roots: Sequence[_Root]) -> None:
        self._roots = roots
        paths = [root.path for root in roots]
        self._overlap = len({*paths}) < len(paths) or any(
            not {*paths}.isdisjoint(path.parents) for path in paths
        )
        self._count = sum(1 for _ in self) if self._overlap else sum(root.count for root in roots)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Path]:
        files = chain.from_iterable(map(_files, self._roots))
        return iter(dict.fromkeys(files)) if self._overlap else files


def _root(path: Path) -> _Root:
    if not path.is_dir():
        return _Root(path, is_folder=False)
    files = posts = 0
    for _, is_post in _walk(path):
        files += 1
        posts += is_post
    return _Root(path, is_folder=True, is_jekyll=posts > 0, count=posts or files)


def _files(root: _Root) -> Iterator[Path]:
    if not root.is_folder:
        yield root.path
        return
    yield from (path for path, is_post in _walk(root.path) if is_post or not root.is_jekyll)


def _walk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Each file that looks like a document, and whether it is under `_posts`; in each folder, files first."""
    waiting = [(folder, folder.absolute().name == _POSTS)]
    while waiting:
        at, in_posts = waiting.pop()
        folders: list[str] = []
        try:
            files = in_order(_documents(at, folders))
        except OSError:
            yield at, in_posts
            continue
        companions = {name: _page_of(name) for name in folders}
        wanted, pages = set(companions.values()), set[str]()
        for name in files:
            yield at / name, in_posts
            stem, _, suffix = name.rpartition(".")
            if stem in wanted and f".{suffix.lower()}" in PAGES:
                pages.add(stem)
        deeper = sorted((name for name in folders if companions[name] not in pages), reverse=True)
        waiting.extend((at / name, in_posts or name == _POSTS) for name in deeper)


def _documents(folder: Path, folders: list[str]) -> Iterator[str]:
    """The names of a folder's documents; those of the folders in it that may have some are appended."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _NEVER:
                    folders.append(entry.name)
            elif Path(entry.name).suffix.lower() in SUFFIXES and _is_file(entry):
                yield entry.name


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False


def _page_of(folder: str) -> str:
    """The saved page, without its suffix, that a browser would have made the folder for; empty for none."""
    return next((folder.removesuffix(end) for end in _COMPANIONS if folder.endswith(end)), "")
