"""File names of an export: which may be used, and when two are one.

Names of imported files are hostile input: they may come from anybody's archive, and they are written to
whatever file system the folder is on.
"""

import re
import unicodedata
from collections.abc import Collection

MANIFEST = "manifest.json"
TOMBSTONES = "tombstones.jsonl"
"""Of a delta: what has become of files of its base."""
WHOLE = "whole.manifest.json"
"""Of a delta: the manifest that its base has once the delta is in it."""
_OURS = frozenset({MANIFEST, TOMBSTONES, WHOLE})
_LONGEST = 255
"""Bytes: the limit of ext4, XFS, APFS and NTFS (there in characters, which is never less)."""
_LONGEST_PATH = 1000
"""Bytes, where a name is below folders: with the folder's own path it is to stay under the 4,096 of Linux."""
_NUMBERED = re.compile(r"(?P<number>[0-9]{3,9})_(?P<hash>[0-9a-f]{16})\.txt")
_NO_NAME_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, lone surrogates (undecodable bytes), line and paragraph separators."""


def numbered(number: int, content_hash: str) -> str:
    """The name that a seed gets where it has none of its own: ``NNN_HASH16.txt``."""
    return f"{number:03}_{content_hash[:16]}.txt"


def number_of(name: str) -> int | None:
    """The running number in a seed's name, whoever gave it; None where the name has no such form.

    More than nine digits are no running number: counting on from there would help nobody.
    """
    match = _NUMBERED.fullmatch(name)
    return int(match["number"]) if match else None


def is_usable(name: str) -> bool:
    """Whether a file of that name stays inside the folder, visible, and in nobody's way."""
    if _NUMBERED.fullmatch(name):  # nearly all are
        return True
    return not (
        not name
        or name.startswith(".")
        or any(mark in name for mark in "/\\")
        or any(unicodedata.category(character) in _NO_NAME_CATEGORIES for character in name)
        or len(name.encode()) > _LONGEST
        or folded(name) in _OURS
    )


def is_usable_below(folders: Collection[str] | None, name: str) -> bool:
    """Whether a file of that name stays in the folder, or below one of those in it; of any for None."""
    parts = name.split("/")
    if len(parts) > 1 and (
        len(name.encode(errors="replace")) > _LONGEST_PATH or not _is_among(parts[0], folders)
    ):
        return False
    return all(map(is_usable, parts))


def _is_among(folder: str, folders: Collection[str] | None) -> bool:
    return folders is None or folder in folders


def folded(name: str) -> str:
    """Equal for two names that some file system takes for one: case and Unicode normalization aside."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())
