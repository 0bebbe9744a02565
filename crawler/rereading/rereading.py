"""One article read again: what is to become of it, and why."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from archive.documents import Fidelity, SourcedDocument
from archive.errors import StoreError
from archive.store.decisions import Standing, better_fidelity, is_of_less, owner_of, precedence
from archive.store.observing import Prepared, prepared
from archive.store.rereading import Kept
from archive.store.values import Observation, Reread
from crawler.normalizer.files.owners import Owners
from crawler.rereading.evidence import Evidence
from crawler.rereading.replay import Explanation, explanation_of, parts
from crawler.rereading.sights import Payloads, Read, Reader, Unread, read_files, reader_of
from crawler.sources.registry import Sources


class Verdict(StrEnum):
    """What became of an article that was read again."""

    SAME = "same"
    DIFFERS = "differs"
    """The document would be another."""
    NEW = "new"
    """A page that had become no document would be one."""
    REJECTED = "rejected"
    """The document would be none. It is left as it is."""
    STILL_REJECTED = "still-rejected"
    NOT_KEPT = "not-kept"
    """What it was made of is not kept, or not all of it."""
    DAMAGED = "damaged"
    """A record of it is missing or damaged."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An article that was read again."""

    evidence: Evidence
    verdict: Verdict
    normalizer: str = ""
    """The version that it was read by; empty where it was not."""
    prepared: Prepared | None = field(default=None, repr=False)
    """What is to be stored of it, where that is anything."""
    unread: Unread | None = None
    """Why it would be none."""
    problem: str = ""
    """What is wrong with what is kept of it."""

    @property
    def after(self) -> SourcedDocument | None:
        """The document that it would be, where that is another."""
        return self.prepared.observation.document if self.prepared else None


class Rereader:
    """Reads articles again, by the rules of the sources, from the WARC files in the folder."""

    def __init__(self, folder: Path, sources: Sources, owners: Owners) -> None:
        self._folder, self._sources, self._owners = folder, sources, owners

    def judged(self, evidence: Evidence, now: datetime) -> Judged:
        """What is to become of it. Raises nothing that is in what is kept."""
        reader = reader_of(self._sources, evidence.source)
        try:
            return self._judged(evidence, reader, now)
        except StoreError as error:
            return Judged(evidence, Verdict.DAMAGED, problem=str(error))

    def _judged(self, evidence: Evidence, reader: Reader | None, now: datetime) -> Judged:
        if evidence.sights and reader is None:
            problem = f"the source {evidence.source} is not declared any more: nobody can read its pages"
            return Judged(evidence, Verdict.NOT_KEPT, problem=problem)
        pages = reader(evidence, Payloads(self._folder)) if reader and evidence.sights else []
        files = read_files(evidence, self._owners)
        if evidence.kept is None:
            return _judged_page(evidence, pages, now)
        return _judged_document(evidence, evidence.kept, pages, files, now)


def _judged_page(evidence: Evidence, pages: list[Read], now: datetime) -> Judged:
    """A page that is no document so far."""
    read = [page for page in pages if page.seen]
    if not read or read[0].seen is None:
        return Judged(evidence, Verdict.STILL_REJECTED if pages else Verdict.NOT_KEPT)
    found = explanation_of(read, (), None).found
    # Its page had come by then, and is kept: only to read it took until now.
    made = Observation(read[0].seen.seen_at, document=found, reread=Reread(now, instead_of=""))
    return Judged(evidence, Verdict.NEW, found.normalizer, prepared(made))


def _judged_document(
    evidence: Evidence, kept: Kept, pages: list[Read], files: list[Read], now: datetime
) -> Judged:
    stands = kept.standing
    key = (stands.found.source, stands.found.source_id)
    own = [page for page in pages if page.seen is None or page.seen.key == key]
    if unread := _rejected_now(own, files):
        return Judged(evidence, Verdict.REJECTED, unread=unread)
    read = [*(one for one in own if one.seen), *(one for one in files if one.seen)]
    if not read:
        other = next((page.seen.key for page in reversed(pages) if page.seen), None)
        if other is None:
            return Judged(evidence, Verdict.NOT_KEPT)
        detail = f"its page is read as {':'.join(other)}"
        return Judged(evidence, Verdict.REJECTED, unread=Unread("another-document", detail))
    if not _is_all_kept(evidence, stands, read):
        return Judged(evidence, Verdict.NOT_KEPT)
    explained = explanation_of(own, files, stands)
    return _compared(evidence, kept, explained, files, now)


def _rejected_now(pages: list[Read], files: list[Read]) -> Unread | None:
    """Why what the document was made of last is none today.

    Pages that could not be read at the time, and cannot today, had no part in it.
    """
    for page in reversed(pages):
        if page.seen is None and page.unread and not page.was_rejected:
            return page.unread
        if page.seen:
            return None
    unread = [file.unread for file in files if file.unread]
    return unread[-1] if unread and len(unread) == len(files) else None


def _is_all_kept(evidence: Evidence, stands: Standing, read: list[Read]) -> bool:
    """Whether something as good as what is stored is there to be read; or was, and is none today."""
    answered = any(sight.share for sight in evidence.sights)
    stored = stands.found.fidelity
    found = [one.seen.found.fidelity for one in read if one.seen]
    return answered or any(better_fidelity(one, stored) is one for one in found)


def _compared(
    evidence: Evidence, kept: Kept, explained: Explanation, files: list[Read], now: datetime
) -> Judged:
    stands, content_hash = kept.standing, explained.standing.content_hash
    found = replace(
        explained.found,
        address=stands.found.address,
        share_address=explained.found.share_address or stands.found.share_address,
    )
    body_differs = False
    text = explained.best.text
    if content_hash == stands.content_hash:
        found = replace(found, fidelity=better_fidelity(stands.found.fidelity, found.fidelity))
        body_differs = _has_another_body(found, explained, kept)
        if not body_differs:
            found, text = _with_body_of(found, stands.found), kept.text
        if not body_differs and parts(found) == parts(stands.found):
            return Judged(evidence, Verdict.SAME, found.normalizer)
    reread = Reread(now, stands.content_hash, body_differs, _files_as(files, content_hash))
    made = prepared(Observation(stands.last_seen, document=found, reread=reread), text)
    return Judged(evidence, Verdict.DIFFERS, found.normalizer, made)


def _has_another_body(found: SourcedDocument, explained: Explanation, kept: Kept) -> bool:
    """Whether its body, of the same content, takes the place of the one that is kept.

    That is not so where another document's is kept, or one that is better than what can be read today. Nor
    for one of a file that this very normalizer has read: that file was replaced by the one that is there.
    """
    stored, says = kept.standing.found, found.document
    if (says.title, says.body) == (stored.document.title, stored.document.body):
        return False
    if is_of_less(explained.best.found, kept.precedence):
        return False
    best = explained.best.found
    if best.fidelity is Fidelity.IMPORT and _rules(stored.normalizer) == _rules(best.normalizer):
        return False
    is_own = owner_of(kept.precedence) == (found.source, found.source_id)
    return (is_own and not is_of_less(found, kept.precedence)) or precedence(found) < kept.precedence


def _rules(version: str) -> str:
    """What of a version all documents share, whatever source file made them."""
    return version.partition("+")[0]


def _with_body_of(found: SourcedDocument, other: SourcedDocument) -> SourcedDocument:
    kept = other.document
    return replace(found, document=replace(found.document, title=kept.title, body=kept.body))


def _files_as(files: list[Read], content_hash: str) -> tuple[str, ...]:
    """The names of the files that had the content of the document, and have its new one when read again."""
    return tuple(
        read.file.file.name
        for read in files
        if read.file and read.file.is_fresh and read.seen and read.seen.content_hash == content_hash
    )
