"""`archive log`: what a run, or the scheduling service, logged."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import NotFound, UsageError
from ops.cli.runs import MOST_RUNS
from ops.configuration.settings import Settings
from ops.logs.keeping import log_path, service_log_path
from ops.logs.news import kind_json, kind_lines, new_kinds
from ops.logs.parts import is_there
from ops.logs.view import LEVELS, Choice, begins_later, log_lines, readable
from ops.terminal import write_json_line, write_line, write_note, write_text
from ops.wiring import configured, store_or_empty

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.values import Run

EXAMPLES = """\
Examples:

    archive log
    archive log 7 --level warning
    archive log 7 --new
    archive log 7 --text http-503 --url /emnews/
    archive log 7 --follow
    archive log --service --level warning
    archive log 7 --json | jq 'select(.status >= 500)'"""


def log(  # noqa: PLR0913 a log is looked at in as many ways
    run_id: Annotated[
        int | None,
        typer.Argument(
            metavar="ID", min=1, max=MOST_RUNS, help="The run's number, from archive runs; else the newest."
        ),
    ] = None,
    *,
    level: Annotated[
        str | None,
        typer.Option(metavar="LEVEL", help="The least severe to show: debug, info, warning, error."),
    ] = None,
    text: Annotated[
        str, typer.Option(metavar="TEXT", help="Only lines that have this in their message or their fields.")
    ] = "",
    url: Annotated[
        str, typer.Option(metavar="TEXT", help="Only lines about addresses that have this in them.")
    ] = "",
    new: Annotated[
        bool,
        typer.Option("--new", help="Only kinds of errors that the last complete run before it did not have."),
    ] = False,
    service: Annotated[bool, typer.Option("--service", help="The log of the scheduling service.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run is over.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="As JSON, a line each; without --new as it is.")
    ] = False,
) -> None:
    """Show the log of a run: of the newest, if none is named.

    With --new each kind of warning and error is shown once, if the last complete run of the same source did
    not have it: lines that differ in addresses, numbers and quoted texts alone are of one kind.
    """
    choice = Choice(_level(level or ("warning" if new else "debug")), text, url)
    if service and (run_id is not None or new):
        raise UsageError("--service is the log of no run: it goes with neither a run's number nor --new")
    if new and follow:
        raise UsageError("--new and --follow cannot both be had")
    settings = configured()
    if service:
        _show(_service_log(settings), choice, lambda: follow, json=json)
    elif run_id is not None and is_there(log_path(settings.logs, run_id)) and not (new or follow):
        _show(log_path(settings.logs, run_id), choice, json=json)  # even if the database is what has failed
    else:
        with store_or_empty(settings) as store:
            run = _run(store, run_id)
            path = _path_of(settings, run)
            if new:
                _show_new(settings, store, run, choice, json=json)
            else:
                _show(path, choice, lambda: follow and store.run(run.id).finished_at is None, json=json)


def _level(asked: str) -> str:
    if asked.upper() not in LEVELS:
        raise UsageError(f"--level {asked!r:.20} is none; expected {', '.join(LEVELS).lower()}")
    return asked.upper()


def _show(path: Path, choice: Choice, goes_on: Callable[[], bool] = lambda: False, *, json: bool) -> None:
    write = write_json_line if json else lambda line: write_line(readable(line))
    if begins_later(path):
        write_note(f"{path}: its beginning was given up when it had grown too long (log_file_mib)")
    for line in log_lines(path, choice, goes_on):
        write(line)
        sys.stdout.flush()  # who follows a log through a pipe wants each line when it comes


def _show_new(settings: Settings, store: "Store", run: "Run", choice: Choice, *, json: bool) -> None:
    earlier = store.last_complete(run.source, run.id)
    if earlier is None:
        write_note(f"no run of {run.source} before run {run.id} was complete: all kinds of errors are shown")
    elif not is_there(log_path(settings.logs, earlier.id)):
        write_note(f"{_why_not_there(settings, earlier)}: all kinds of errors are shown")
    known = log_lines(log_path(settings.logs, earlier.id), Choice("WARNING")) if earlier else ()
    found = new_kinds(log_lines(log_path(settings.logs, run.id), choice), known)
    for kind in found:
        if json:
            write_json_line(dumps(kind_json(kind), ensure_ascii=False))
        else:
            write_text("\n".join(kind_lines(kind)))
    if not found and not json:
        compared = f" of a kind that run {earlier.id}, the last complete one, did not have" if earlier else ""
        write_line(f"run {run.id} has no errors{compared}")


def _run(store: "Store", run_id: int | None) -> "Run":
    if run_id is not None:
        return store.run(run_id)
    newest = next(iter(store.runs(limit=1)), None)
    if newest is None:
        raise NotFound("no run has begun yet; `archive crawl` begins one")
    write_note(f"run {newest.id} of {newest.source}: {newest.outcome or newest.state}")
    return newest


def _service_log(settings: Settings) -> Path:
    path = service_log_path(settings.logs)
    if not is_there(path):
        raise UsageError(f"{path}: not there; `archive schedule run` writes it, on the machine where it runs")
    return path


def _path_of(settings: Settings, run: "Run") -> Path:
    path = log_path(settings.logs, run.id)
    if not is_there(path):
        raise UsageError(_why_not_there(settings, run))
    return path


def _why_not_there(settings: Settings, run: "Run") -> str:
    """That a run has no log here, why, and what to do."""
    from scheduler.runs import HOST  # noqa: PLC0415 it takes half a second, which no `--help` needs

    told = f"run {run.id} has no log: "
    if not run.state.has_begun:
        return f"{told}it has not begun ({run.state}); `archive run {run.id}` tells more"
    told += f"{log_path(settings.logs, run.id)} is not there"
    if _machine(run.host) != _machine(HOST):
        return f"{told}; it ran on {run.host}: ask for it there, in the same folder"
    is_old = datetime.now(UTC) - (run.finished_at or run.started_at) > timedelta(days=settings.log_days)
    aged = f", as logs are removed after {settings.log_days} days (log_days)" if is_old else ""
    return f"{told}{aged}; `archive run {run.id}` shows what the ledger keeps of it"


def _machine(host: str) -> str:
    """The name in a host as the ledger has it: the digits behind it change whenever it is started anew."""
    return host.rpartition("-")[0] or host
