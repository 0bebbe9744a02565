"""How what reprocessing found is shown."""

from collections.abc import Iterator
from typing import Any

from crawler.rereading.rereading import Verdict
from ops.reprocessing.findings import Example, Group
from ops.reprocessing.reprocessing import Reprocessed
from ops.terminal import Span

_STYLES = {"-": "red", "+": "green", "@": "cyan"}
_SAID = {
    Verdict.SAME: "the same",
    Verdict.DIFFERS: "different",
    Verdict.NEW: "rejected before, a document now",
    Verdict.REJECTED: "a document that would be rejected now: left as it is",
    Verdict.STILL_REJECTED: "still rejected",
    Verdict.NOT_KEPT: "not read: what it was made of is not kept, or not all of it",
    Verdict.DAMAGED: "not read: its record in the WARC is missing or damaged",
}
COLUMNS = ("source", "what", "articles")


def verdict_rows(done: Reprocessed) -> list[list[str]]:
    """For each source how many articles became what."""
    return [
        [source, _SAID[verdict], str(counted[verdict])]
        for source, counted in sorted(done.findings.verdicts.items())
        for verdict in Verdict
        if counted[verdict]
    ]


def group_lines(group: Group) -> Iterator[list[Span]]:
    """A group with its examples as diffs."""
    documents = f"{group.documents} document{'' if group.documents == 1 else 's'}"
    yield [
        (f"{group.source}  {group.what}  ", "bold"),
        (group.shape, "bold cyan"),
        (f"  {documents}", "bold"),
    ]
    for example in group.examples:
        yield [(f"  {_name(group, example)}  {example.address}".rstrip(), "dim")]
        for line in example.diff:
            yield [(f"    {line}", _STYLES.get(line[:1], ""))]


def summary(done: Reprocessed, *, dry_run: bool) -> str:
    """What is to be known at the end, in a line."""
    findings = done.findings
    differ, new = findings.count(Verdict.DIFFERS), findings.count(Verdict.NEW)
    what = f"{differ} documents {'would differ' if dry_run else 'have changed'}, {new} rejected pages "
    what += "would become documents" if dry_run else "have become documents"
    older = f"; {findings.older} of an older normalizer are the same" if findings.older else ""
    left = (
        f"; {findings.outdated} changed meanwhile, and are left to the next time" if findings.outdated else ""
    )
    return f"{what}{older}{left}"


def reprocessed_json(done: Reprocessed, *, dry_run: bool) -> dict[str, Any]:
    """All of it, as `archive reprocess --json` promises it."""
    findings = done.findings
    return {
        "dry_run": dry_run,
        "articles": findings.read,
        "verdicts": {verdict: findings.count(verdict) for verdict in Verdict},
        "older_same": findings.older,
        "outdated": findings.outdated,
        "sources": {
            source: {verdict: counted[verdict] for verdict in Verdict if counted[verdict]}
            for source, counted in sorted(findings.verdicts.items())
        },
        "groups": [_group_json(group) for group in findings.groups],
        "damaged": {"articles": findings.count(Verdict.DAMAGED), "records": findings.problems},
        "not_kept": dict(findings.not_kept),
        "runs": done.runs,
        "busy": done.busy,
    }


def _group_json(group: Group) -> dict[str, Any]:
    return {
        "source": group.source,
        "what": group.what,
        "shape": group.shape,
        "documents": group.documents,
        "examples": [
            {"source_id": example.source_id, "address": example.address, "diff": list(example.diff)}
            for example in group.examples
        ],
    }


def _name(group: Group, example: Example) -> str:
    return f"{group.source}:{example.source_id}" if example.source_id else group.source
