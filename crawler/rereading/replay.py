"""What a crawl with today's normalizer would have made of all that is kept of a document. Pure.

Two things no capture tells: whether the share API was not asked, as nothing had changed, or was asked and did
not answer; and whether a file came in before a page was seen, or after it. So there may be several
explanations of what is stored, and the one that comes nearest to it counts: the rules that have changed
since then change little of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archive.documents import Fidelity, SourcedDocument
from archive.store.decisions import Seen, Standing, first_standing, next_standing, precedence
from crawler.rereading.sights import Read, alone, with_body


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a document would stand, and the sight, or file, of which its body would be kept."""

    standing: Standing
    best: Seen

    @property
    def found(self) -> SourcedDocument:
        """The document with that body."""
        found, kept = self.standing.found, self.best.found.document
        return replace(found, document=replace(found.document, title=kept.title, body=kept.body))


_EXACTLY = (0, False)


def parts(found: SourcedDocument) -> Mapping[str, object]:
    """What a document says besides its title and body, by name."""
    document = found.document
    return {
        "published": document.published,
        "outlet": document.outlet,
        "category": document.slug,
        "tags": document.tags,
        "author": found.author,
        "link": document.link,
        "return link": document.return_url,
        "share link": found.share_address,
        "lost characters": document.lost,
        "fidelity": str(found.fidelity),
    }


def explanation_of(pages: Sequence[Read], files: Sequence[Read], stands: Standing | None) -> Explanation:
    """The nearest of the explanations; of a page that is no document yet, the first.

    At least one of the pages or files must have been read.
    """
    found = _explanations(pages, files, stands)
    nearest = next(found)
    if stands is None:
        return nearest
    distance = _distance(nearest, stands)
    while distance != _EXACTLY and (another := next(found, None)):
        if (its := _distance(another, stands)) < distance:
            nearest, distance = another, its
    return nearest


def _explanations(
    pages: Sequence[Read], files: Sequence[Read], stands: Standing | None
) -> Iterator[Explanation]:
    seen, imported = _seen_in(pages), _seen_in(files)
    yield _gone_through([*imported, *seen])
    if repeated := _repeated(pages):
        yield _gone_through([*imported, *seen[:-1], repeated])
    if stands and stands.found.fidelity is Fidelity.IMPORT and len(seen) + len(imported) > 1:
        for number, last in enumerate(imported):
            if _is_declared(last.found) == _is_declared(stands.found):
                before = [*imported[:number], *imported[number + 1 :], *seen]
                yield _with_last_word(_gone_through(before), before, last)


def _seen_in(reads: Iterable[Read]) -> list[Seen]:
    return [read.seen for read in reads if read.seen]


def _gone_through(seen: Sequence[Seen]) -> Explanation:
    """What all of it makes of the document, one after the other, as they were stored."""
    standing = first_standing(seen[0])
    for one in seen[1:]:
        _, standing = next_standing(standing, one, better_body=False)
    return Explanation(standing, _best(seen, standing.content_hash))


def _repeated(pages: Sequence[Read]) -> Seen | None:
    """The newest page with the body that the API gave for an earlier one, which says the same by itself."""
    read = [page for page in pages if page.seen]
    last = read[-1] if read else None
    if last is None or last.seen is None or last.post is None or last.share_body is not None:
        return None
    for earlier in reversed(read[:-1]):
        if earlier.post is None or earlier.seen is None or earlier.share_body is None:
            continue
        by_itself = alone(earlier.post, earlier.seen.seen_at)
        if by_itself and by_itself.content_hash == last.seen.content_hash:
            return with_body(last.post, earlier.share_body, last.seen.seen_at)
    return None


def _with_last_word(before: Explanation, seen: Sequence[Seen], last: Seen) -> Explanation:
    """What it would be where a file came in last, and there was nothing better than files before it."""
    found = last.found
    known = before.standing.found
    found = replace(
        found,
        address=found.address or known.address,
        share_address=found.share_address or known.share_address,
    )
    standing = replace(before.standing, found=found, content_hash=last.content_hash)
    return Explanation(standing, _best([*seen, last], last.content_hash))


def _best(seen: Iterable[Seen], content_hash: str) -> Seen:
    """Of all that had the content that whose body is kept: of several as good as each other the first."""
    return min(
        (one for one in seen if one.content_hash == content_hash), key=lambda one: precedence(one.found)
    )


def _is_declared(found: SourcedDocument) -> bool:
    """Whether a source file's rules made it: then it was a page, and no file with front matter."""
    return "+" in found.normalizer


def _distance(one: Explanation, stands: Standing) -> tuple[int, bool]:
    """In how much it differs from what is stored, and whether it was made by rules of another kind."""
    found = one.standing.found
    says, said = parts(found), parts(stands.found)
    others = sum(says[name] != said[name] for name in says)
    differs = others + (one.standing.content_hash != stands.content_hash)
    return differs, _is_declared(found) != _is_declared(stands.found)
