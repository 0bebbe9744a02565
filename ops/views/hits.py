"""How what a search has found is shown."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.search.excerpts import Span as Place
    from archive.store.search import Found, Hit
    from ops.terminal import Span

_HIT = "bold red"
_MARKS = ("«", "»")
"""Around a hit where there are no colours; Chinese has other quotation marks."""


def hit_lines(hit: "Hit", *, has_styles: bool) -> "Iterator[list[Span]]":
    """The title, what is known of the document, and the excerpt, each with its hits marked."""
    speaker, document = hit.speaker, hit.speaker.document
    yield _marked(document.title or "(no title)", hit.in_title, "bold", has_styles)
    published = f"{document.published:%Y-%m-%d %H:%M}" if document.published else "(no date)"
    known = (f"{published:16}", f"{speaker.source}:{speaker.source_id}", document.outlet)
    yield [("  ", ""), ("  ".join(known).rstrip(), "dim")]
    excerpt = hit.excerpt
    if excerpt.text:
        shown = _marked(excerpt.text.replace("\n", " "), excerpt.hits, "", has_styles)
        yield [("  …" if excerpt.start else "  ", ""), *shown, ("…" if excerpt.is_cut else "", "")]


def found_line(found: "Found", offset: int) -> str:
    """How many there are, and how to see the next."""
    behind = offset + len(found.hits)
    rest = f"; --offset {behind} shows the next" if behind < found.total else ""
    which = f"{offset + 1} to {behind} of " if len(found.hits) < found.total else ""
    return f"{which}{found.total} found{rest}"


def found_json(query: str, found: "Found", offset: int) -> dict[str, Any]:
    """All of it; places are of the first character of a hit and that behind its last."""
    return {
        "query": query,
        "total": found.total,
        "offset": offset,
        "hits": [_hit_json(hit) for hit in found.hits],
    }


def _hit_json(hit: "Hit") -> dict[str, Any]:
    speaker, document = hit.speaker, hit.speaker.document
    return {
        "source": speaker.source,
        "source_id": speaker.source_id,
        "title": document.title,
        "title_hits": [list(place) for place in hit.in_title],
        "outlet": document.outlet,
        "slug": document.slug,
        "published": document.published.isoformat() if document.published else None,
        "fidelity": str(speaker.fidelity),
        "address": speaker.address,
        "content_hash": hit.content_hash,
        "snippet": hit.excerpt.text,
        "snippet_hits": [list(place) for place in hit.excerpt.hits],
        "snippet_start": hit.excerpt.start,
    }


def _marked(text: str, places: "Sequence[Place]", style: str, has_styles: bool) -> "list[Span]":
    spans, last = [], 0
    for start, end in places:
        spans.append((text[last:start], style))
        hit = text[start:end]
        spans.append((hit, _HIT) if has_styles else (hit.join(_MARKS), ""))
        last = end
    return [*spans, (text[last:], style)]
