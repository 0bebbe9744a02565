"""The files to import: which of those under some paths are documents of a corpus."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive.errors import UsageError

MANIFEST = "manifest.json"
SUFFIXES = frozenset({".txt", ".md", ".markdown"})
_POSTS = "_posts"
_NEVER = frozenset({"_site", "node_modules", "vendor"})


def corpus_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named that look like documents; each once, in order.

    In a folder that is a Jekyll tree (it has `_posts` somewhere) only posts are documents. Hidden folders
    and files, `_site` and the manifests of our own exports are passed over. Raises `UsageError` for a path
    that does not exist, and where nothing at all was found.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder")
        found.update(dict.fromkeys(_in_folder(path) if path.is_dir() else [path]))
    files = [path for path in found if path.name != MANIFEST]
    if not files:
        shown = ", ".join(str(path) for path in paths)
        raise UsageError(f"{shown}: nothing to import; looked for {', '.join(sorted(SUFFIXES))} files")
    return files


def names_for(files: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Each file with the name that it is kept under: its base name.

    Of several with one base name the first has it, and the others are named with their folders, as far as
    it takes: an export then numbers them.
    """
    taken: set[str] = set()
    for path in files:
        parts = path.absolute().parts
        names = ("/".join(parts[-count:]) for count in range(1, len(parts) + 1))
        name = next((name for name in names if name not in taken), str(path))
        taken.add(name)
        yield name, path


def _in_folder(folder: Path) -> Iterator[Path]:
    inside = list(_walk(folder))
    posts = [path for path in inside if _POSTS in path.relative_to(folder.parent).parts]
    return iter(posts or inside)


def _walk(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NEVER)
        for name in sorted(names):
            path = Path(at, name)
            if not name.startswith(".") and path.suffix.lower() in SUFFIXES and path.is_file():
                yield path
