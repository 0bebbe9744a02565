"""Under which name an imported file is kept: under none that a file of another document has."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count, dropwhile, islice

from archive.store.decisions import Seen
from archive.store.values import ImportedFile

_LONGEST = 2000
"""Bytes: PostgreSQL's index of the names takes 2,704."""


@dataclass(frozen=True, slots=True)
class Held:
    """What has a name already."""

    key: tuple[str, str]
    """Source and source_id of the file's document."""
    sha256: str


def names_of(path: str) -> Iterator[str]:
    """The names for a file, given its path, the best first: its base name, then with its folders.

    The last of them is that of no other path.
    """
    parts = [part for part in path.split("/") if part]
    for first in reversed(range(len(parts))):
        name = "/".join(parts[first:])
        if len(name.encode()) > _LONGEST:
            yield f"{parts[-1]}~{hashlib.sha256(path.encode()).hexdigest()}"
            return
        yield name


def first_names(batch: Iterable[Seen | None]) -> set[str]:
    """The names that the files of a batch are to get, and their base names.

    Where all of them are free, no file was kept under another of its names: none is ever given back.
    """
    files = (seen.file for seen in batch if seen and seen.file)
    return {name for file in files for name in (file.name, *islice(names_of(file.path), 1))}


def all_names(batch: Iterable[Seen | None]) -> set[str]:
    """The names by which the files of a batch may be known, or which they may get."""
    return {name for seen in batch if seen and seen.file for name in _names(seen.file, seen.file_sha256)}


def to_be_kept(batch: Iterable[Seen | None], held: Mapping[str, Held]) -> list[tuple[int, Seen]]:
    """What is to be stored, with its place in the batch, and the files under the names that they get.

    `held` is what has the names that were asked for. A file that is held under one of its names with the same
    bytes is the same import again, and has no effect at all. Any other gets the first name, from its own on,
    that is free or is its document's: then it is a newer version, and takes the place of the former.
    """
    names, kept = dict(held), []
    for place, seen in enumerate(batch):
        if seen is None:
            continue
        if seen.file is None:
            kept.append((place, seen))
        elif not _is_known(seen.file, seen.file_sha256, names):
            name = _free_name(seen.file, seen, names)
            names[name] = Held(seen.key, seen.file_sha256)
            kept.append((place, replace(seen, file=replace(seen.file, name=name))))
    return kept


def _names(file: ImportedFile, sha256: str) -> Iterator[str]:
    return chain((file.name,), names_of(file.path), (_last_name(file, sha256),))


def _last_name(file: ImportedFile, sha256: str) -> str:
    """Of a file that others of its very path came before."""
    return f"{file.name.rpartition('/')[2]}~{sha256}"


def _is_known(file: ImportedFile, sha256: str, held: Mapping[str, Held]) -> bool:
    return any(name in held and held[name].sha256 == sha256 for name in _names(file, sha256))


def _free_name(file: ImportedFile, seen: Seen, held: Mapping[str, Held]) -> str:
    longer = islice(dropwhile(lambda name: name != file.name, names_of(file.path)), 1, None)
    last = _last_name(file, seen.file_sha256)
    numbered = (f"{last}~{number}" for number in count(2))
    names = chain((file.name,), longer, (last,), numbered)
    return next(name for name in names if name not in held or held[name].key == seen.key)
