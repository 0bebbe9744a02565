"""The one transaction that stores a batch of observations.

Several writers may store the same documents at once (PostgreSQL; SQLite lets in one at a time). So what is
new is claimed by ``ON CONFLICT DO NOTHING``, which waits for another's claim, and read again where the claim
was lost; and all take their locks in one order: contents, documents, files, pages, WARC files, each by key;
the number of the change comes last, so that the next one may begin as soon as it can.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from archive.store.captures import store_captures
from archive.store.catalogue import enter
from archive.store.decisions import (
    Seen,
    Standing,
    best_bodies,
    first_standing,
    gone_standing,
    next_standing,
    precedence,
    reread_standing,
    says_otherwise,
    wins,
)
from archive.store.file_names import to_be_kept
from archive.store.imports import held_names, restate_files, store_files
from archive.store.pages import last_words, store_pages
from archive.store.rows import chunks, claim, content_columns, document_columns, standing_in
from archive.store.tables import CONTENT, DOCUMENT, REVISION
from archive.store.types import storable
from archive.store.values import Effect, Observation
from archive.store.warc_ledger import raise_lengths

Key = tuple[str, str]


@dataclass(slots=True)
class _Contents:
    """What became of a batch's contents."""

    new: set[str]
    """Not known before, and not yet of any document that was gone through."""
    improved: set[str]
    """Given a better body."""
    made: Mapping[str, Seen]
    """All that were not known before."""


@dataclass(slots=True)
class _Documents:
    """What the store holds of a batch's documents, followed while the batch is gone through."""

    ids: dict[Key, int]
    standings: dict[Key, Standing]
    claimed: set[Key]
    """Written first by this batch, and not yet gone through."""
    before: dict[Key, Standing] = field(default_factory=dict)
    """How those stood that this batch did not write first."""
    touched: set[Key] = field(default_factory=set)

    def knows(self, key: Key) -> bool:
        """Whether there is such a document, at the point that was reached in the batch."""
        return key in self.standings and key not in self.claimed

    def restated(self) -> Iterator[str]:
        """The contents of which an export says anything else, since a document got, lost or restates them."""
        for key, after in self.standings.items():
            before = self.before.get(key)
            if before is None:
                yield after.content_hash
            elif says_otherwise(before, after):
                yield from (before.content_hash, after.content_hash)


def store_batch(
    connection: Connection,
    observations: Sequence[Observation],
    seen: Sequence[Seen | None],
    run_id: int | None,
) -> list[Effect | None]:
    """Store the observations; `seen` are their documents, in the same order. The effects are so too."""
    seen = _without_outdated(connection, seen)
    kept = dict(to_be_kept(seen, held_names(connection, seen)))
    batch = list(kept.values())
    gone = [[(storable(source), storable(code)) for source, code in one.gone] for one in observations]
    contents = _store_contents(connection, best_bodies(batch))
    documents = _claim_documents(connection, batch, {key for keys in gone for key in keys})
    effects: list[Effect | None] = [None if one is None else Effect.UNCHANGED for one in seen]
    forgotten: list[list[Key]] = []
    for place, observation in enumerate(observations):
        if place in kept:
            effects[place] = _follow(kept[place], documents, contents)
        known = [key for key in gone[place] if documents.knows(key)]
        forgotten.append([(key[0], documents.standings[key].found.address) for key in known])
        taken_away = [_take_away(key, observation.seen_at, documents) for key in known]
        if any(taken_away) and effects[place] is None:
            effects[place] = Effect.GONE
    _update_documents(connection, documents)
    _store_revisions(
        connection, ((one, effects[place]) for place, one in kept.items()), documents.ids, run_id
    )
    store_files(connection, batch, documents.ids)
    restate_files(connection, batch, documents.ids)
    store_pages(connection, last_words(observations, forgotten))
    raise_lengths(connection, (capture for one in observations for capture in one.captures))
    store_captures(connection, observations, run_id)
    of_files = {documents.standings[one.key].content_hash for one in batch if one.file}
    enter(connection, contents.made, {*contents.improved, *documents.restated(), *of_files})
    return effects


def _without_outdated(connection: Connection, seen: Sequence[Seen | None]) -> Sequence[Seen | None]:
    """The batch without documents read again that have got another content, or were made, since."""
    rereads = sorted({one.key for one in seen if one and one.reread})
    if not rereads:
        return seen
    query = select(DOCUMENT.c.source, DOCUMENT.c.source_id, DOCUMENT.c.content_hash)
    rows = _rows_of(connection, query, rereads)
    hashes = {(row.source, row.source_id): row.content_hash for row in rows}
    return [
        None if one and one.reread and one.reread.instead_of != hashes.get(one.key, "") else one
        for one in seen
    ]


def _follow(seen: Seen, documents: _Documents, contents: _Contents) -> Effect:
    """Take one sight of a document into account."""
    is_new_content = seen.content_hash in contents.new
    contents.new.discard(seen.content_hash)
    if seen.key in documents.claimed:
        documents.claimed.discard(seen.key)
        return Effect.NEW if is_new_content else Effect.DUPLICATE
    better_body = seen.content_hash in contents.improved
    decide = reread_standing if seen.reread else next_standing
    effect, standing = decide(documents.standings[seen.key], seen, better_body=better_body)
    documents.standings[seen.key] = standing
    documents.touched.add(seen.key)
    return effect


def _take_away(key: Key, at: datetime, documents: _Documents) -> bool:
    """Take into account that a known document is gone; whether that is news."""
    before = documents.standings[key]
    documents.standings[key] = gone_standing(before, at)
    if documents.standings[key] is before:
        return False
    documents.touched.add(key)
    return True


def _store_contents(connection: Connection, best: Mapping[str, Seen]) -> _Contents:
    known = _precedences(connection, best)
    missing = [content_columns(seen) for key, seen in best.items() if key not in known]
    new = set(claim(connection, missing, CONTENT.c.content_hash).scalars()) if missing else set()
    known |= _precedences(
        connection, [row["content_hash"] for row in missing if row["content_hash"] not in new]
    )
    gains = [
        {name: value for name, value in content_columns(seen).items() if name != "content_hash"}
        | {"key": key, "better_than": precedence(seen.found), "instead_of": known[key]}
        for key, seen in best.items()
        if key in known and wins(seen, known[key])
    ]
    if gains:
        # Compared once more, in the row: another writer may have bettered it meanwhile.
        as_it_was = CONTENT.c.precedence == bindparam("instead_of")
        is_worse = CONTENT.c.precedence > bindparam("better_than")
        same = CONTENT.c.content_hash == bindparam("key")
        connection.execute(update(CONTENT).where(same, as_it_was | is_worse), gains)
    return _Contents(new, {row["key"] for row in gains}, {key: best[key] for key in sorted(new)})


def _precedences(connection: Connection, hashes: Iterable[str]) -> dict[str, str]:
    columns = select(CONTENT.c.content_hash, CONTENT.c.precedence)
    return {
        row.content_hash: row.precedence
        for some in chunks(hashes)
        for row in connection.execute(columns.where(CONTENT.c.content_hash.in_(some)))
    }


def _claim_documents(connection: Connection, batch: Sequence[Seen], gone: Set[Key]) -> _Documents:
    first = {seen.key: seen for seen in reversed(batch)}
    documents = _Documents({}, {}, set())
    _read_documents(connection, sorted(first.keys() | gone), documents)
    missing = sorted(first.keys() - documents.ids.keys())
    if missing:
        rows = [document_columns(first_standing(first[key])) for key in missing]
        claimed = claim(connection, rows, DOCUMENT.c.id, DOCUMENT.c.source, DOCUMENT.c.source_id)
        for row in claimed:
            key = (row.source, row.source_id)
            documents.ids[key] = row.id
            documents.standings[key] = first_standing(first[key])
            documents.claimed.add(key)
        _read_documents(connection, [key for key in missing if key not in documents.claimed], documents)
    return documents


def _read_documents(connection: Connection, keys: Iterable[Key], into: _Documents) -> None:
    """Read the documents, whose keys come in order, and on PostgreSQL lock them until the batch is stored."""
    query = select(DOCUMENT).order_by(DOCUMENT.c.source_id).with_for_update()
    for row in _rows_of(connection, query, keys):
        key = (row.source, row.source_id)
        into.ids[key] = row.id
        into.standings[key] = into.before[key] = standing_in(row)


def _rows_of(connection: Connection, query: Select[Any], keys: Iterable[Key]) -> Iterator[Row[Any]]:
    """The rows of the documents, whose keys come in order: a source at a time, as for pairs SQLite scans."""
    for source, of_source in groupby(keys, key=itemgetter(0)):
        for some in chunks(source_id for _, source_id in of_source):
            yield from connection.execute(
                query.where(DOCUMENT.c.source == source, DOCUMENT.c.source_id.in_(some))
            )


def _update_documents(connection: Connection, documents: _Documents) -> None:
    rows = [
        document_columns(documents.standings[key]) | {"key": documents.ids[key]}
        for key in sorted(documents.touched)
    ]
    if rows:
        connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == bindparam("key")), rows)


def _store_revisions(
    connection: Connection,
    done: Iterable[tuple[Seen, Effect | None]],
    ids: Mapping[Key, int],
    run_id: int | None,
) -> None:
    rows = [
        {
            "document_id": ids[seen.key],
            "content_hash": seen.content_hash,
            "seen_at": seen.learned_at if effect is Effect.CHANGED else seen.seen_at,
            "run_id": run_id,
        }
        for seen, effect in done
        if effect is not Effect.UNCHANGED
    ]
    if rows:
        connection.execute(insert(REVISION), rows)
