"""An exported folder against the store: whether what it names is there, and where a file has changed."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from archive.exports.entry import Entry
from archive.exports.order import Form
from archive.verification.findings import Finding, damage
from archive.verification.manifest_file import ManifestFile, first_difference

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.values import Holding

CHANGED = "its bytes are not those that were exported"
_Document = tuple[str, str]


def against_store(
    folder: Path, manifest: ManifestFile, changed: Mapping[str, Entry], store: "Store"
) -> Iterator[Finding]:
    """Findings about the files that have changed, and about entries of the manifest that the store belies.

    The store may have moved on: a document may have another content or address than when it was exported.
    But it forgets nothing, so what was exported is known to it.
    """
    claims = _Claims(manifest)
    altered: dict[str, list[Entry]] = {}
    for entry in changed.values():
        altered.setdefault(entry.content_hash, []).append(entry)
    places: dict[str, int] = {}
    for holding in _holdings(store, manifest):
        claims.compare(holding)
        for entry in altered.get(holding.content_hash, ()):
            for _, data in manifest.shape.files(holding, manifest.form):
                if sha256(data).hexdigest() == entry.sha256:
                    places[entry.name] = first_difference((folder / entry.name).read_bytes(), data)
    for name in changed:
        yield damage(folder / name, CHANGED, places.get(name))
    yield from claims.belied(store)


def _holdings(store: "Store", manifest: ManifestFile) -> Iterator["Holding"]:
    """What may have been exported, if what the store has still is what was."""
    from archive.store.selection import Duplicates  # noqa: PLC0415 who has no store need not load it

    is_each = manifest.said.get("duplicates") == Duplicates.ALL
    policy = Duplicates.ALL if is_each else Duplicates.ONE
    return store.holdings(duplicates=policy, with_text=manifest.form is Form.PLAIN)


class _Claims:
    """What the manifest says of documents: each is struck out once the store has said the same."""

    def __init__(self, manifest: ManifestFile) -> None:
        self._manifest = manifest
        self._documents: dict[_Document, list[tuple[str, Entry]]] = {}
        """Several files may be of one document, and the address need not be the same in all."""
        self._hashes: dict[str, Entry] = {}
        self._holders: dict[str, _Document | None] = {}
        """By address the document that has it in the store."""
        self._moved: list[tuple[_Document, str, Entry]] = []
        for entry in manifest.entries:
            if not entry.content_hash:
                continue
            self._hashes[entry.content_hash] = entry
            for source, source_id, address in ((*entry.document, entry.address), *entry.others):
                self._documents.setdefault((source, source_id), []).append((address, entry))
                self._holders[address] = None

    def compare(self, holding: "Holding") -> None:
        """Strike out what the store says as well."""
        self._hashes.pop(holding.content_hash, None)
        speaker = holding.speaker
        documents = ((speaker.source, speaker.source_id, speaker.address), *holding.others)
        for source, source_id, address in documents:
            document = source, source_id
            if address in self._holders:
                self._holders[address] = document
            for claimed, entry in self._documents.pop(document, ()):
                if claimed not in {address, ""}:
                    self._moved.append((document, claimed, entry))

    def belied(self, store: "Store") -> Iterator[Finding]:
        """What is left, and was never so."""
        for (source, source_id), claims in self._documents.items():
            for _, entry in claims:
                yield self._finding(entry, f"{source}:{source_id} is no document of the store")
        for document, address, entry in self._moved:
            # A document that has moved was captured where it was.
            if (self._holders[address] or document) != document or not store.captures(address, 1):
                yield self._finding(entry, f"{':'.join(document)} was never at {address:.200}")
        if self._hashes:
            for content_hash, *_ in store.contents():
                self._hashes.pop(content_hash, None)
        for content_hash, entry in self._hashes.items():
            yield self._finding(entry, f"content {content_hash} is not in the store")

    def _finding(self, entry: Entry, what: str) -> Finding:
        place = self._manifest.offset_of(entry)
        return damage(self._manifest.path, f"{entry.name}: {what}", place)
