"""What today's normalizer makes of what was retrieved, and of files that came in, one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from archive.documents import SourcedDocument
from archive.errors import DocumentError, StoreError
from archive.store.decisions import Seen
from archive.store.observing import prepared
from archive.store.rereading import KeptFile, Retrieved
from archive.store.values import Observation
from crawler.captured import page_captured
from crawler.normalizer import combine, read_imported, read_post, read_share_answer
from crawler.normalizer.declared import read_declared
from crawler.normalizer.files.owners import Owners
from crawler.normalizer.finews.post_page import PostPage
from crawler.normalizer.generic.web_addresses import GENERIC
from crawler.normalizer.page_text import page_text
from crawler.normalizer.rejected import Reason, Rejected
from crawler.rereading.evidence import Evidence, Sight
from crawler.sources.declaration import Declaration
from crawler.sources.registry import Sources
from crawler.sources.source import FINEWS


@dataclass(frozen=True, slots=True)
class Unread:
    """Why something is no document to today's normalizer; `reason` is a name to count by."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read again of one sight, or of one file."""

    seen: Seen | None
    unread: Unread | None = None
    was_rejected: bool = False
    """Whether the run that retrieved it could make no document of it."""
    post: PostPage | None = None
    """What its page says by itself, at a source whose bodies are elsewhere."""
    share_body: str | None = None
    file: KeptFile | None = None


Reader = Callable[[Evidence, "Payloads"], list[Read]]


class Payloads:
    """The pages of captures, content coding undone, each read once. Raises `StoreError` for damaged ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages: dict[str, bytes | None] = {}

    def page(self, one: Retrieved) -> bytes | None:
        """The page; None for one that is not in the coding that it says: a crawl has failed there."""
        digest = one.capture.payload_digest
        if one.original is None:
            raise StoreError(f"{one.capture.address}: its payload {digest} is in no record; crawl it again")
        if digest not in self._pages:
            try:
                self._pages[digest] = page_captured(self._folder, one.original)
            except DocumentError:
                self._pages[digest] = None
        return self._pages[digest]


def reader_of(sources: Sources, name: str) -> Reader | None:
    """Who reads the pages of the source of that name; None where nobody does: it is not declared any more."""
    source = sources.by_name.get(name)
    if source is FINEWS:
        return _read_posts
    if name == GENERIC:
        return _read_web_pages
    rules = source.declaration if source else None
    return None if rules is None else _Declared(name, rules)


def read_files(evidence: Evidence, owners: Owners) -> list[Read]:
    """The document's files, as they are read today. Its identity stays whatever they say."""
    if evidence.kept is None:
        return []
    standing = evidence.kept.standing
    reads = []
    for kept in evidence.kept.files:
        try:
            read = read_imported(kept.file.name, kept.file.data, owners)
            known = standing.found
            found = replace(read.found, source=known.source, source_id=known.source_id)
            reads.append(Read(_seen(found, standing.first_seen), file=kept))
        except Exception as error:  # noqa: BLE001 one file must not end the reading of all others
            reads.append(Read(None, _unread(error), file=kept))
    return reads


def alone(post: PostPage, at: datetime) -> Seen | None:
    """What a post's page says by itself; None for nothing."""
    try:
        return _seen(combine(post, None), at)
    except DocumentError:
        return None


def with_body(post: PostPage, share_body: str, at: datetime) -> Seen | None:
    """What a post's page says with a body; None for nothing."""
    try:
        return _seen(combine(post, share_body), at)
    except DocumentError:
        return None


def _read_posts(evidence: Evidence, payloads: Payloads) -> list[Read]:
    """Posts of finews: page and share answer; an answer without a page goes with the newest page."""
    reads: list[tuple[Sight, Read]] = []
    for sight in evidence.sights:
        body = _share_body(sight, payloads)
        if sight.page is None:
            reads.append((sight, Read(None, share_body=body)))
        elif (data := payloads.page(sight.page)) is not None:
            reads.append((sight, _read_post(evidence.address, sight, data, body)))
    newest = next((read.post for _, read in reversed(reads) if read.post), None)
    return [_with_page(read, newest, sight) if sight.page is None else read for sight, read in reads]


def _read_post(address: str, sight: Sight, data: bytes, share_body: str | None) -> Read:
    try:
        post = read_post(data, address)
        seen = _seen(combine(post, share_body), _at(sight))
    except Exception as error:  # noqa: BLE001 one page must not end the reading of all others
        return Read(None, _unread(error), sight.was_rejected)
    return Read(seen, None, sight.was_rejected, post, share_body)


def _with_page(read: Read, post: PostPage | None, sight: Sight) -> Read:
    """An answer for a post whose page stood elsewhere at the time."""
    if post is None or read.share_body is None:
        return read
    return replace(read, seen=with_body(post, read.share_body, _at(sight)), was_rejected=True)


def _share_body(sight: Sight, payloads: Payloads) -> str | None:
    data = payloads.page(sight.share) if sight.share else None
    try:
        return None if data is None else read_share_answer(data)
    except Exception:  # noqa: BLE001 the page serves
        return None


def _read_web_pages(evidence: Evidence, payloads: Payloads) -> list[Read]:
    from crawler.normalizer.generic.web_page import read_web_page  # noqa: PLC0415 slow to load, and few need it

    return list(
        _pages_read(
            evidence, payloads, lambda data, address, came_from: read_web_page(page_text(data), address)
        )
    )


class _Declared:
    """Pages of a declared source, by its rules."""

    def __init__(self, name: str, rules: Declaration) -> None:
        self._name, self._rules = name, rules

    def __call__(self, evidence: Evidence, payloads: Payloads) -> list[Read]:
        """A date that was known is not given up for none: that of an earlier page, or of the document."""
        reads = list(_pages_read(evidence, payloads, self._read))
        if not self._rules.article.published:
            return reads
        newest = max((number for number, read in enumerate(reads) if read.seen), default=-1)
        known: datetime | None = None
        for number, read in enumerate(reads):
            if read.seen is None:
                continue
            known = read.seen.found.document.published or known
            if known is None and number == newest and evidence.kept:
                known = evidence.kept.standing.found.document.published
            reads[number] = replace(read, seen=_dated(read.seen, known))
        return reads

    def _read(self, data: bytes, address: str, came_from: str) -> SourcedDocument:
        place, other = self._rules.article_at(address), self._rules.article_at(came_from)
        if came_from != address and other and (place is None or place[1] != other[1]):
            raise Rejected(Reason.WRONG_ARTICLE, f"it leads to {came_from}")
        return read_declared(self._name, self._rules, page_text(data), address)


def _pages_read(
    evidence: Evidence, payloads: Payloads, read: Callable[[bytes, str, str], SourcedDocument]
) -> Iterator[Read]:
    """What the pages say, each with all that there is of its article."""
    known: dict[tuple[str, str], SourcedDocument | Unread] = {}
    for sight in evidence.sights:
        data = payloads.page(sight.page) if sight.page else None
        if sight.page is None or data is None:
            continue
        came_from = sight.page.capture.address
        key = (sight.page.capture.payload_digest, came_from)
        if key not in known:
            try:
                known[key] = read(data, evidence.address, came_from)
            except Exception as error:  # noqa: BLE001 one page must not end the reading of all others
                known[key] = _unread(error)
        found = known[key]
        if isinstance(found, Unread):
            yield Read(None, found, sight.was_rejected)
        else:
            yield Read(_seen(found, _at(sight)), None, sight.was_rejected)


def _dated(seen: Seen, published: datetime | None) -> Seen:
    document = replace(seen.found.document, published=published)
    return replace(seen, found=replace(seen.found, document=document))


def _unread(error: Exception) -> Unread:
    if isinstance(error, Rejected):
        return Unread(error.reason, error.detail)
    if isinstance(error, DocumentError):
        return Unread("no-document", str(error))
    return Unread(f"error-{type(error).__name__}", str(error)[:200])


def _at(sight: Sight) -> datetime:
    first = sight.page or sight.share
    if first is None:
        raise AssertionError("a sight of nothing")
    return first.capture.fetched_at


def _seen(found: SourcedDocument, at: datetime) -> Seen:
    seen = prepared(Observation(at, document=found)).seen
    if seen is None:
        raise AssertionError("a document that is none")
    return seen
