"""`archive runs` and `archive run`: the ledger."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.logs.keeping import log_path
from ops.logs.parts import is_there
from ops.terminal import write_fields, write_heading, write_json, write_line, write_table
from ops.views.runs import COLUMNS, NUMBERS, run_fields, run_json, run_rows
from ops.wiring import configured, store_or_empty

if TYPE_CHECKING:
    from archive.store.values import Rejection, Run

RUNS_EXAMPLES = """\
Examples:

    archive runs
    archive runs --source finews --limit 5
    archive runs --json | jq '.[] | select(.started_at) | .counters'"""
RUN_EXAMPLES = """\
Examples:

    archive run 7
    archive run 7 --json | jq .story.hosts"""
MOST_RUNS = 2**31 - 1
"""The highest number of a run: what PostgreSQL keeps in an integer."""
_MOST_REJECTIONS = 20
_ALL_REJECTIONS = 1_000_000
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def runs(
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Only runs of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest so many that began.")] = 20,
    json: Json = False,
) -> None:
    """List what ran: the newest first.

    Between them stand the planned times at which none began, and why: missed, overlapped, coalesced. Those
    that follow each other are one row; with --json each is listed.
    """
    with store_or_empty(configured()) as store:
        found = store.runs(source, limit, slots=True)
    if json:
        write_json([run_json(one) for one in found])
    elif found:
        write_table(COLUMNS, run_rows(found), NUMBERS)
    else:
        write_line("no runs yet")


def run(
    run_id: Annotated[
        int, typer.Argument(metavar="ID", min=1, max=MOST_RUNS, help="The run's number, from archive runs.")
    ],
    json: Json = False,
) -> None:
    """Show the whole story of a run: what it did, how politely, what was slow, failed and was rejected."""
    settings = configured()
    with store_or_empty(settings) as store:
        found = store.run(run_id)
        most = _ALL_REJECTIONS if json else _MOST_REJECTIONS
        rejected = [one.rejection for one in store.rejections(run_id, most)]
    log = log_path(settings.logs, run_id)
    has_log = is_there(log)
    if json:
        about = {"host": found.host, "pid": found.pid, "log": str(log) if has_log else None}
        rejections = [_rejection_json(one) for one in rejected]
        write_json({**run_json(found), **about, "story": found.story, "rejections": rejections})
        return
    write_fields([*run_fields(found), ("log", str(log) if has_log else "")])
    _show_story(found, rejected, has_log=has_log)


def _show_story(run: "Run", rejected: "Sequence[Rejection]", *, has_log: bool) -> None:
    from ops.views import stories as view  # noqa: PLC0415 `archive runs` does without

    counters, story = run.counters, run.story
    _section("politeness", view.HOST_COLUMNS, view.host_rows(story), view.HOST_NUMBERS)
    for line in view.host_remarks(story):
        write_line(line)
    _section("slowest", view.SLOW_COLUMNS, view.slow_rows(story), ("took", "status"))
    failed = view.failed_rows(story)
    _section(_of("failed", len(failed), counters.get("failed", 0)), view.FAILED_COLUMNS, failed)
    rejections = view.rejected_rows(rejected)
    title = _of("rejected", len(rejections), counters.get("rejected", 0))
    _section(title, view.FAILED_COLUMNS, rejections)
    if commands := view.look_next(run, rejected, has_log=has_log):
        write_line()
        write_heading("look next")
        for command in commands:
            write_line(command)


def _section(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()
) -> None:
    if rows:
        write_line()
        write_heading(title)
        write_table(columns, rows, numbers)


def _of(title: str, shown: int, in_all: int) -> str:
    return f"{title}, {shown} of {in_all}" if in_all > shown else title


def _rejection_json(one: "Rejection") -> dict[str, Any]:
    return {"address": one.address, "stage": one.stage, "reason": one.reason, "detail": one.detail}
