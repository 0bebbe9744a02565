"""Reading batches of files in processes of their own."""

from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial

from crawler.normalizer.files.owners import Owners, nobody
from ops.imports.batches import FileRead, FileToRead, read_batch
from ops.pool import worked_in_order

Batch = Sequence[FileToRead]
Declared = Callable[[], Owners]
"""Makes the owners of addresses; called once in each process, it must be a function of a module."""


def read_in_order(
    batches: Iterable[Batch], jobs: int, declared: Declared = nobody
) -> Generator[list[FileRead]]:
    """What came of each batch, in order; it is to be closed, and raises, as `worked_in_order` says."""
    advice = "import again, with --jobs 1 if it happens again"
    return worked_in_order(batches, jobs, partial(_reader, declared), advice)


def _reader(declared: Declared) -> Callable[[Batch], list[FileRead]]:
    owners = declared()
    return lambda batch: read_batch(batch, owners)
