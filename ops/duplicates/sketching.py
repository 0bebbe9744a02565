"""Sketching: the sketches of contents that have none, made in a few processes and kept in the store."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing

from archive.similarity.features import features
from archive.similarity.sketch import VERSION, sketch
from archive.store import Store
from archive.store.selection import Selection
from ops.pool import worked_in_order
from ops.processors import usable_processors

_BATCH = 1_000
_BATCH_CHARACTERS = 4_000_000
_WORTH_PROCESSES = 5_000
"""Contents from which on other processes save more time than they take to begin."""

Text = tuple[str, str]
"""The hash of a content, and its text."""


def make_missing(store: Store, selection: Selection, on_progress: Callable[[int, int], None]) -> None:
    """Make the sketches that are missing; tells how many those are, and how many of them are made.

    What is kept is kept, however this ends: the next run goes on.
    """
    missing = store.sketches.missing(VERSION, selection)
    jobs = 1 if len(missing) < _WORTH_PROCESSES else usable_processors()
    batches = _batches(store.sketches.texts(missing))
    made = 0
    with closing(
        worked_in_order(batches, jobs, _sketcher, "run the command again, it goes on there")
    ) as done:
        for sketches in done:
            store.sketches.keep(sketches, VERSION)
            made += len(sketches)
            on_progress(len(missing), made)


def _batches(texts: Iterable[Text]) -> Iterator[list[Text]]:
    """Some texts at a time: so many that a transaction pays, so few that memory holds them."""
    batch: list[Text] = []
    size = 0
    for one in texts:
        batch.append(one)
        size += len(one[1])
        if len(batch) >= _BATCH or size >= _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _sketcher() -> Callable[[Sequence[Text]], Mapping[str, bytes]]:
    return sketch_all


def sketch_all(texts: Sequence[Text]) -> dict[str, bytes]:
    """The sketch of each text, by the hash of its content."""
    return {content_hash: sketch(features(text)) for content_hash, text in texts}
