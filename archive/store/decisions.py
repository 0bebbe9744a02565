"""What an observation makes of a document: decided here, purely, over plain values; performed elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from archive.documents import Fidelity, SourcedDocument
from archive.store.values import Effect, ImportedFile, Reread

_RANK: Mapping[str, int] = {Fidelity.GENERIC: 0, Fidelity.PAGE: 0, Fidelity.IMPORT: 1, Fidelity.SOURCE: 2}


@dataclass(frozen=True, slots=True)
class Seen:
    """A document as it was seen, with all that can be computed before a transaction begins."""

    found: SourcedDocument
    content_hash: str
    text: str
    seen_at: datetime
    file: ImportedFile | None
    file_sha256: str
    reread: Reread | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The document's identity."""
        return self.found.source, self.found.source_id

    @property
    def learned_at(self) -> datetime:
        """When that became known which is known of it now."""
        return self.reread.at if self.reread else self.seen_at


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store holds of a document, but for its content."""

    found: SourcedDocument
    """Its body and title are not read: they are the content's."""
    content_hash: str
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime
    gone_since: datetime | None


def first_standing(seen: Seen) -> Standing:
    """Of a document not known before."""
    return Standing(seen.found, seen.content_hash, seen.seen_at, seen.seen_at, seen.learned_at, None)


def next_standing(standing: Standing, seen: Seen, *, better_body: bool) -> tuple[Effect, Standing]:
    """Of a known document, and whether it changed; `better_body` says that its content was given one.

    An import adds what is missing and overrules nothing that a crawl has seen: its file may be older.
    """
    is_import = seen.found.fidelity is Fidelity.IMPORT
    overruled = is_import and standing.found.fidelity is not Fidelity.IMPORT
    changed = seen.content_hash != standing.content_hash and not overruled
    found = _merged(standing.found, seen.found, overruled=overruled)
    if not changed:
        found = replace(found, fidelity=_better(standing, seen))
    after = replace(
        standing,
        found=found,
        content_hash=seen.content_hash if changed else standing.content_hash,
        last_seen=max(standing.last_seen, seen.seen_at),
        gone_since=standing.gone_since if is_import else None,
    )
    if better_body or says_otherwise(standing, after):
        after = replace(after, changed_at=seen.seen_at)
    return Effect.CHANGED if changed else Effect.UNCHANGED, after


def reread_standing(standing: Standing, seen: Seen, *, better_body: bool) -> tuple[Effect, Standing]:
    """Of a known document that was read again from what is kept of it, and whether it changed.

    What it says is as it is read now. Where and when it was seen, and whether it is gone, stays: nobody has
    looked. One that has got another content since it was read again is left as it is.
    """
    if seen.reread is None or seen.reread.instead_of != standing.content_hash:
        return Effect.UNCHANGED, standing
    found = replace(
        seen.found,
        address=standing.found.address,
        share_address=seen.found.share_address or standing.found.share_address,
    )
    after = replace(standing, found=found, content_hash=seen.content_hash)
    changed = seen.content_hash != standing.content_hash
    if better_body or says_otherwise(standing, after):
        after = replace(after, changed_at=seen.learned_at)
    return Effect.CHANGED if changed else Effect.UNCHANGED, after


def says_otherwise(before: Standing, after: Standing) -> bool:
    """Whether an export says anything else of the document than before."""
    said, says = (
        (one.content_hash, one.found.fidelity, one.gone_since, *_shown(one.found)) for one in (before, after)
    )
    return said != says


def gone_standing(standing: Standing, at: datetime) -> Standing:
    """Of a known document that its source has taken away: since when that is known stays."""
    return standing if standing.gone_since else replace(standing, gone_since=at, changed_at=at)


def precedence(found: SourcedDocument) -> str:
    """Of two bodies of one content, that whose document's precedence sorts first (as text) is kept.

    The better fidelity comes first; then, as in an export, the earlier published, those without a date
    last, then source and source_id. So which body is kept does not depend on which came first; of two of
    one document, which differ in furniture only, the first stays.
    """
    published = found.document.published
    when = published.astimezone(UTC).isoformat() if published else "~"
    return f"{9 - _RANK[found.fidelity]} {when} {found.source} {found.source_id}"


def owner_of(precedence_kept: str) -> tuple[str, str]:
    """Source and source_id of the document whose body is kept with that precedence."""
    _, _, source, source_id = precedence_kept.split(" ", 3)
    return source, source_id


def is_of_less(found: SourcedDocument, precedence_kept: str) -> bool:
    """Whether its fidelity is below that with which a body is kept with that precedence."""
    return precedence(found)[0] > precedence_kept[0]


def wins(seen: Seen, precedence_kept: str) -> bool:
    """Whether its body takes the place of the one that is kept with that precedence.

    A document that was read again gives up its own body for the one that it has now.
    """
    is_own = owner_of(precedence_kept) == seen.key and not is_of_less(seen.found, precedence_kept)
    is_renewed = seen.reread is not None and seen.reread.body_differs and is_own
    return is_renewed or precedence(seen.found) < precedence_kept


def best_bodies(batch: Iterable[Seen]) -> dict[str, Seen]:
    """For each content that which is to be kept, in order of the hashes."""
    best: dict[str, Seen] = {}
    for seen in batch:
        other = best.get(seen.content_hash)
        if other is None or precedence(seen.found) < precedence(other.found):
            best[seen.content_hash] = seen
    return dict(sorted(best.items()))


def _merged(known: SourcedDocument, seen: SourcedDocument, *, overruled: bool) -> SourcedDocument:
    base = known if overruled else seen
    return replace(
        base,
        address=base.address or known.address or seen.address,
        share_address=base.share_address or known.share_address or seen.share_address,
    )


def better_fidelity(one: Fidelity, other: Fidelity) -> Fidelity:
    """The better of two; of two as good as each other the first."""
    return other if _RANK[other] > _RANK[one] else one


def _better(standing: Standing, seen: Seen) -> Fidelity:
    if seen.content_hash != standing.content_hash:
        return standing.found.fidelity
    return better_fidelity(standing.found.fidelity, seen.found.fidelity)


def _shown(found: SourcedDocument) -> tuple[object, ...]:
    """What an export says of a document besides its content."""
    document = found.document
    return (
        found.address,
        found.share_address,
        found.author,
        document.published,
        document.lost,
        document.slug,
        document.outlet,
        document.tags,
        document.link,
        document.return_url,
    )
