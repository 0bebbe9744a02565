"""`archive rejections`: pages that could not become documents."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.terminal import write_cut, write_json, write_line, write_table
from ops.views.rejections import LISTED
from ops.views.runs import moment
from ops.wiring import configured, store_or_empty

if TYPE_CHECKING:
    from archive.store.values import Capture, Rejected

EXAMPLES = """\
Examples:

    archive rejections
    archive rejections --run 7
    archive rejections --source finews --stage post --reason no-article --limit 500
    archive rejections --json | jq -r '.[].address'"""
_COLUMNS = ("run", "when (UTC)", "stage", "reason", "address")
_MOST_RUNS = 2**31 - 1


def rejections(
    run: Annotated[int | None, typer.Option(min=1, max=_MOST_RUNS, help="Only of this run.")] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of this source; '' for those of no known run.")
    ] = None,
    stage: Annotated[str | None, typer.Option(metavar="STAGE", help="Only at this stage.")] = None,
    reason: Annotated[str | None, typer.Option(metavar="REASON", help="Only for this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest so many.")] = LISTED,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List pages that came and could not become documents: when, at which stage, why.

    Each is kept as it was sent: with --json its place in the WARC is told.
    """
    with store_or_empty(configured()) as store:
        found = store.rejections(run, limit, source=source, stage=stage, reason=reason)
        in_all = store.rejection_count(run, source=source, stage=stage, reason=reason)
    if json:
        write_json([_as_json(one) for one in found])
    elif found:
        write_table(_COLUMNS, [_row(one) for one in found], ("run",))
    else:
        write_line("no rejections")
    write_cut(len(found), in_all, "newest")


def _row(rejected: "Rejected") -> list[str]:
    about = rejected.rejection
    detail = f" ({about.detail})" if about.detail else ""
    run = "" if rejected.run_id is None else str(rejected.run_id)
    return [run, f"{rejected.seen_at:%Y-%m-%d %H:%M}", about.stage, about.reason, f"{about.address}{detail}"]


def _as_json(rejected: "Rejected") -> dict[str, Any]:
    about = rejected.rejection
    return {
        "id": rejected.id,
        "run": rejected.run_id,
        "seen_at": moment(rejected.seen_at),
        "address": about.address,
        "stage": about.stage,
        "reason": about.reason,
        "detail": about.detail,
        "capture": _capture_json(rejected.capture) if rejected.capture else None,
    }


def _capture_json(capture: "Capture") -> dict[str, Any]:
    return {
        "fetched_at": moment(capture.fetched_at),
        "status": capture.status,
        "payload_digest": capture.payload_digest,
        "payload_bytes": capture.payload_bytes,
        "truncated": str(capture.truncated),
        "warc_file": capture.warc_file,
        "warc_offset": capture.warc_offset,
        "warc_length": capture.warc_length,
    }
