"""How a document that was read again differs from the one that is stored, part by part. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.documents import SourcedDocument, canonical_title
from crawler.rereading.replay import parts
from crawler.rereading.rereading import Judged, Verdict
from ops.reprocessing.diffs import diff_of_lines, diff_of_value
from ops.reprocessing.shapes import markup_shapes, text_shapes, time_shape, tokens, value_shapes

TITLE, TEXT, MARKUP = "title", "body text", "body markup"
TO_DOCUMENT, TO_REJECTED = "rejected to document", "document to rejected"


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that differs, and how: the same shape for all documents that one rule has changed alike."""

    what: str
    shape: str
    diff: Sequence[str]
    """Lines of a unified diff."""


def differences(judged: Judged) -> list[Difference]:
    """What differs, each kind of it once."""
    match judged.verdict:
        case Verdict.DIFFERS:
            return list(_of_document(judged))
        case Verdict.NEW if judged.after:
            document = judged.after.document
            date = f"{document.published:%Y-%m-%d %H:%M:%S %z}" if document.published else "(no date)"
            text = judged.prepared.seen.text if judged.prepared and judged.prepared.seen else ""
            lines = ["", document.title, f"{document.outlet}, {date}", *text.split("\n")]
            return [Difference(TO_DOCUMENT, judged.evidence.reason, diff_of_lines([""], lines))]
        case Verdict.REJECTED if judged.unread:
            detail = judged.unread.detail or judged.unread.reason
            return [Difference(TO_REJECTED, judged.unread.reason, (f"+{detail}",))]
    return []


def _of_document(judged: Judged) -> Iterator[Difference]:
    kept, made = judged.evidence.kept, judged.prepared
    if kept is None or made is None or made.seen is None:
        return
    before, after = kept.standing.found, made.seen.found
    yield from _of_title(before, after)
    yield from _of_parts(before, after)
    if kept.text != made.seen.text:
        diff = diff_of_lines(kept.text.split("\n"), made.seen.text.split("\n"))
        yield from (Difference(TEXT, shape, diff) for shape in text_shapes(kept.text, made.seen.text))
    elif before.document.body != after.document.body and _is_of_the_body(made.seen.content_hash, judged):
        old, new = before.document.body, after.document.body
        diff = diff_of_lines(tokens(old), tokens(new))
        yield from (Difference(MARKUP, shape, diff) for shape in markup_shapes(old, new))


def _is_of_the_body(content_hash: str, judged: Judged) -> bool:
    """Whether another body is kept; of a new content it is, whatever its markup, but that is not news."""
    kept = judged.evidence.kept
    return kept is not None and kept.standing.content_hash == content_hash


def _of_title(before: SourcedDocument, after: SourcedDocument) -> Iterator[Difference]:
    old, new = before.document.title, after.document.title
    if old == new:
        return
    diff = diff_of_value(TITLE, old, new)
    is_space = canonical_title(old) == canonical_title(new)
    shapes = ["white space"] if is_space else value_shapes(canonical_title(old), canonical_title(new))
    yield from (Difference(TITLE, shape, diff) for shape in shapes)


def _of_parts(before: SourcedDocument, after: SourcedDocument) -> Iterator[Difference]:
    said, says = parts(before), parts(after)
    for name in says:
        old, new = said[name], says[name]
        if old == new:
            continue
        diff = diff_of_value(name, _written(old), _written(new))
        if name == "published":
            yield Difference(name, time_shape(_time(old), _time(new)), diff)
            continue
        yield from (Difference(name, shape, diff) for shape in value_shapes(_written(old), _written(new)))


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _written(value: object) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return ", ".join(map(str, value))
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S %z}"
    return str(value)
