"""Canaries: recorded articles against their live pages."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.documents import Document, content_hash, parse, render
from archive.documents.alignment import common_start
from crawler.sources.recorded import RecordedArticle
from ops.doctor.findings import Finding, Level, ok, warning

CHECK = "recorded page"
_PAIRS_SHOWN = 3
_WIDTH_SHOWN = 80
_BEFORE_SHOWN = 12
"""Characters before the first difference of two lines."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A recorded article with what its live page gave."""

    recorded: RecordedArticle
    document: Document


def canary_finding(canary: Canary) -> Finding:
    """Whether the live page gives what was recorded."""
    address, expected = canary.recorded.address, parse(canary.recorded.text)
    found = canary.document
    if content_hash(found.title, found.body) == content_hash(expected.title, expected.body):
        return ok(CHECK, f"{address}: gives what was recorded")
    return Finding(
        Level.WARNING,
        CHECK,
        f"{address}: gives something else than {canary.recorded.file.name}: the layout has changed, or the "
        "article was edited",
        f"edited? Record it anew: delete {canary.recorded.file.name} and its page, then `archive sources try "
        f"{address} --record`. Else correct the source file",
        lines=difference(canary.recorded.text, render(found)),
    )


def gone_findings(gone: Sequence[RecordedArticle]) -> Iterator[Finding]:
    """Recorded articles that the site has no more, in one finding."""
    if gone:
        named = ", ".join(one.file.name for one in gone)
        yield warning(
            CHECK,
            f"{gone[0].address}: not on the site any more, so nothing is to be compared with it ({named})",
            "record another: `archive sources try URL --record`, with an article that stays",
        )


def difference(expected: str, found: str) -> tuple[str, ...]:
    """The first lines that differ, each from shortly before the place where it does."""
    ours, theirs = expected.rstrip("\n").split("\n"), found.rstrip("\n").split("\n")
    lines: list[str] = []
    for tag, low, high, other_low, other_high in difflib.SequenceMatcher(
        None, ours, theirs, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        before, after = ours[low:high][:_PAIRS_SHOWN], theirs[other_low:other_high][:_PAIRS_SHOWN]
        start = common_start(before[0], after[0]) if before and after else 0
        lines += [_cut("-", line, start if number == 0 else 0) for number, line in enumerate(before)]
        lines += [_cut("+", line, start if number == 0 else 0) for number, line in enumerate(after)]
    return tuple(lines[: 2 * _PAIRS_SHOWN])


def _cut(sign: str, line: str, differs_at: int) -> str:
    start = max(0, differs_at - _BEFORE_SHOWN)
    end = start + _WIDTH_SHOWN
    return f"{sign}{'…' * (start > 0)}{line[start:end]}{'…' * (end < len(line))}"
