"""`archive runs` and `archive run`: the ledger."""

from typing import Annotated

import typer

from ops.run_view import COLUMNS, NUMBERS, run_fields, run_json, run_row
from ops.terminal import write_fields, write_json, write_line, write_table
from ops.wiring import configured, open_store

RUNS_EXAMPLES = """\
Examples:

    archive runs
    archive runs --source finews --limit 5
    archive runs --json | jq '.[0].counters'"""
RUN_EXAMPLES = """\
Examples:

    archive run 7
    archive run 7 --json"""
_MOST_RUNS = 2**31 - 1
"""The highest number of a run: what PostgreSQL keeps in an integer."""
_MOST_REJECTIONS = 20
RunId = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=_MOST_RUNS, help="The run's number, from archive runs.")
]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def runs(
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Only runs of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest so many.")] = 20,
    json: Json = False,
) -> None:
    """List what ran: the newest first."""
    with open_store(configured()) as store:
        found = store.runs(source, limit)
    if json:
        write_json([run_json(one) for one in found])
    elif found:
        write_table(COLUMNS, [run_row(one) for one in found], NUMBERS)
    else:
        write_line("no runs yet")


def run(
    run_id: RunId,
    json: Json = False,
) -> None:
    """Show a run: what it did, and what it rejected."""
    with open_store(configured()) as store:
        found = store.run(run_id)
        rejected = [one.rejection for one in store.rejections(run_id, _MOST_REJECTIONS)]
    if json:
        rejections = [
            {"address": one.address, "stage": one.stage, "reason": one.reason, "detail": one.detail}
            for one in rejected
        ]
        write_json({**run_json(found), "host": found.host, "pid": found.pid, "rejections": rejections})
        return
    write_fields(run_fields(found))
    for one in rejected:
        write_line(f"rejected   {one.address}: {one.reason}{f' ({one.detail})' if one.detail else ''}")
