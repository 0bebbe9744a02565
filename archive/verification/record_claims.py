"""What the manifest of a folder of records says of documents, against the store."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from archive.exports.records.entry import RecordEntry, parse_record
from archive.exports.records.manifest import RecordManifest, refusing
from archive.verification.findings import Finding, damage

if TYPE_CHECKING:
    from archive.store import Store

_AT_ONCE = 500
_Listed = tuple[int, RecordEntry]


def belied(manifest: RecordManifest, store: "Store") -> Iterator[Finding]:
    """What was never so. The store may have moved on, but it forgets nothing: what was exported it knows."""
    listed = _listed(manifest)
    while some := list(islice(listed, _AT_ONCE)):
        yield from _belied(some, manifest, store)


def _listed(manifest: RecordManifest) -> Iterator[_Listed]:
    for place, line in manifest.lines():
        with refusing(manifest.path):
            entry = parse_record(line)
        yield place, entry


def _belied(some: Sequence[_Listed], manifest: RecordManifest, store: "Store") -> Iterator[Finding]:
    addresses = store.exports.addresses([claim[:2] for _, entry in some for claim in _claims(entry)])
    contents = store.exports.known_contents([entry.content_hash for _, entry in some])
    for place, entry in some:
        if entry.content_hash not in contents:
            what = f"content {entry.content_hash} is not in the store"
            yield damage(manifest.path, what, place)
        for source, source_id, address in _claims(entry):
            known = addresses.get((source, source_id))
            if known is None:
                what = f"{source}:{source_id} is no document of the store"
                yield damage(manifest.path, what, place)
            elif address not in {known, ""} and not _was_at(store, (source, source_id), address):
                what = f"{source}:{source_id} was never at {address:.200}"
                yield damage(manifest.path, what, place)


def _was_at(store: "Store", document: tuple[str, str], address: str) -> bool:
    """Whether a document that is elsewhere now may have been there: it was captured, and is nobody else's."""
    holders = {(one.found.source, one.found.source_id) for one in store.find(address)}
    return holders <= {document} and bool(store.captures(address, 1))


def _claims(entry: RecordEntry) -> Iterable[tuple[str, str, str]]:
    return (entry.source, entry.source_id, entry.address), *entry.others
