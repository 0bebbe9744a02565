"""`archive log`: what a run logged."""

import sys
from typing import Annotated

import typer

from archive.errors import UsageError
from ops.cli.runs import RunId
from ops.log_view import LEVELS, log_lines, readable
from ops.logs import log_path
from ops.settings import Settings
from ops.terminal import write_json_line, write_line
from ops.wiring import configured, open_store

EXAMPLES = """\
Examples:

    archive log 7
    archive log 7 --level warning
    archive log 7 --follow
    archive log 7 --json | jq 'select(.status >= 500)'"""


def log(
    run_id: RunId,
    level: Annotated[
        str, typer.Option(metavar="LEVEL", help="The least severe to show: debug, info, warning, error.")
    ] = "debug",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run is over.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The JSON lines as they are.")] = False,
) -> None:
    """Show the log of a run."""
    if level.upper() not in LEVELS:
        raise UsageError(f"--level {level!r:.20} is none; expected {', '.join(LEVELS).lower()}")
    settings = configured()
    path = log_path(settings.logs, run_id)
    if not path.is_file():
        _refuse(settings, run_id)
    write = write_json_line if json else lambda line: write_line(readable(line))
    for line in log_lines(path, level.upper(), lambda: follow and _goes_on(settings, run_id)):
        write(line)
        sys.stdout.flush()  # who follows a log through a pipe wants each line when it comes


def _goes_on(settings: Settings, run_id: int) -> bool:
    with open_store(settings) as store:
        return store.run(run_id).finished_at is None


def _refuse(settings: Settings, run_id: int) -> None:
    """Say which of the two is missing, the run or its log."""
    with open_store(settings) as store:
        store.run(run_id)
    raise UsageError(f"run {run_id} has no log: {log_path(settings.logs, run_id)} is not there")
