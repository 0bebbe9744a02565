"""Reading files to import, some at a time: all that needs neither the store nor the run."""

import hashlib
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import DocumentError
from archive.exports.entry import Entry
from archive.store.observing import Prepared, prepared
from archive.store.values import ImportedFile, Observation, Rejection
from crawler.normalizer.files.exported import read_exported
from crawler.normalizer.files.imported import read_imported
from crawler.normalizer.files.owners import Owners
from crawler.normalizer.files.treated import Treatment
from crawler.normalizer.rejected import Rejected
from ops.imports.corpus_files import written
from ops.imports.manifests import Manifests

STAGE = "import"
_BATCH_FILES = 200
_BATCH_BYTES = 8 * 1024 * 1024
_LARGEST = 16 * 1024 * 1024
"""Bytes of a file: as much as the crawler takes of a page."""


@dataclass(frozen=True, slots=True)
class FileToRead:
    """A file, the name that it is to be kept under, and what the store has of its names already."""

    name: str
    path: str
    known: frozenset[str] = frozenset()
    """The SHA-256 of the files that were imported before under one of its names."""
    listed: Entry | None = None
    """What the manifest of an export says of it; None where it is not one of an export."""

    @property
    def whole_path(self) -> str:
        """From the root on, as its names are made of it."""
        return written(Path(self.path).absolute())


@dataclass(frozen=True, slots=True)
class FileRead:
    """What came of a file."""

    path: str
    size: int
    """Bytes that were read."""
    outcome: Prepared | None
    """A document or a rejection, to be stored; None where the file is the one that is known."""
    treatments: tuple[Treatment, ...] = ()

    @property
    def rejection(self) -> Rejection | None:
        """Why it was not read; None where it was, or is known."""
        return self.outcome.observation.rejection if self.outcome else None


def batches(files: Iterable[tuple[str, Path]]) -> Iterator[list[FileToRead]]:
    """Some files at a time: so many that a transaction pays, so few that memory holds them."""
    batch: list[FileToRead] = []
    size, manifests = 0, Manifests()
    for name, path in files:
        batch.append(FileToRead(name, str(path), listed=manifests.entry_of(path)))
        size += _size(path)
        if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def read_batch(batch: Sequence[FileToRead], owners: Owners) -> list[FileRead]:
    """Read the files: those that are known no further than their bytes. Nothing that is in them is raised."""
    return [_read(file, owners) for file in batch]


def _read(file: FileToRead, owners: Owners) -> FileRead:
    try:
        data = _bytes_of(Path(file.path))
    except _Unreadable as error:
        return FileRead(file.path, 0, _rejection(file, "unreadable", str(error)))
    if file.known and hashlib.sha256(data).hexdigest() in file.known:
        return FileRead(file.path, len(data), None)
    try:
        read = (
            read_exported(file.listed, file.path, data, owners)
            if file.listed
            else read_imported(file.path, data, owners)
        )
    except Rejected as error:
        return FileRead(file.path, len(data), _rejection(file, error.reason, error.detail or error.reason))
    except DocumentError as error:
        return FileRead(file.path, len(data), _rejection(file, "no-document", str(error)))
    imported = ImportedFile(file.name, data, read.leaves, file.whole_path)
    observation = Observation(datetime.now(UTC), document=read.found, imported=imported)
    return FileRead(file.path, len(data), prepared(observation, read.text), read.treatments)


def _rejection(file: FileToRead, reason: str, detail: str) -> Prepared:
    address = Path(file.path).absolute().as_uri()
    return prepared(Observation(datetime.now(UTC), rejection=Rejection(address, STAGE, reason, detail)))


class _Unreadable(Exception):
    """What keeps a file's bytes from being read, in a few words."""


def _bytes_of(path: Path) -> bytes:
    """The file's bytes. Opened only if it is plain: another would be waited for, or never end."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _Unreadable("a folder that cannot be listed")
        if not stat.S_ISREG(mode):
            raise _Unreadable("not a plain file")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise _Unreadable(error.strerror or str(error)) from error
    if len(data) > _LARGEST:
        raise _Unreadable(f"larger than {_LARGEST // 1024**2} MiB")
    return data


def _size(path: Path) -> int:
    """Bytes, as far as they would be read; 0 where that cannot be known."""
    try:
        return min(path.stat().st_size, _LARGEST)
    except OSError:
        return 0
