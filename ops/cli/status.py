"""`archive status`: is the corpus current, and if not, why not."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import StoreAbsent, StoreError
from ops.exit_codes import ExitCode
from ops.terminal import aligned, safe, write_fields, write_json, write_line, write_styled
from ops.wiring import configured, open_store, sources_of

if TYPE_CHECKING:
    from ops.overview import Overview

EXAMPLES = """\
Examples:

    archive status
    archive status finews
    archive status --json | jq '.problems'
    archive status >/dev/null || echo 'look at the archive'"""
_NOT_WELL = ExitCode.INTERNAL
"""1, as a check has it."""


def status(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Only these, in full; all if none.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Sources as well that were never crawled.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show on one screen whether the archive is current, and if not, what to type next.

    How fresh each source is, measured by its own rhythm: a quiet night is no problem, a quiet trading morning
    is one. Ends with exit code 0 where all is well, else with 1, a store that cannot be read included;
    warnings do not count.
    """
    from ops.overview import Watched  # noqa: PLC0415 it takes a while, and `--help` needs none

    settings = configured()
    known = sources_of(settings)
    try:
        with open_store(settings, create=False) as store:
            seen = Watched(settings, known, store).overview(sources or [], everything=everything)
    except StoreError as error:
        _show_unreadable(error, json=json)
        raise typer.Exit(_NOT_WELL) from None
    if json:
        from ops.views.status import overview_json  # noqa: PLC0415 as above

        write_json(overview_json(seen))
    else:
        _show(seen, in_full=bool(sources))
    raise typer.Exit(ExitCode.DONE if seen.is_well else _NOT_WELL)


def _show(seen: "Overview", *, in_full: bool) -> None:
    from ops.views import status as view  # noqa: PLC0415 as above

    write_styled(*view.headline(seen))
    write_line()
    write_fields(view.folded(view.service_fields(seen)))
    write_line()
    if seen.sources:
        rows = [[safe(cell) for cell in view.row(one, seen.now)] for one in seen.sources]
        head, *lines = aligned(view.COLUMNS, rows, view.NUMBERS)
        write_styled(head, view.HEADING)
        for text, one in zip(lines, seen.sources, strict=True):
            write_styled(text, view.style(one))
        write_line()
    for one in seen.sources if in_full else ():
        write_fields(view.folded(view.details(one, seen.now)))
        write_line()
    write_fields(view.folded(view.below(seen)))
    for source, problem in seen.all_problems:
        write_line()
        for line in view.problem_lines(source, problem):
            write_styled(*line)


def _show_unreadable(error: StoreError, *, json: bool) -> None:
    from ops.views import status as view  # noqa: PLC0415 as above
    from scheduler.problems import Problem, Severity  # noqa: PLC0415 as above

    kind = "empty" if isinstance(error, StoreAbsent) else "storage"
    command = "archive crawl finews" if kind == "empty" else "archive doctor"
    problem = Problem(kind, Severity.PROBLEM, str(error), command)
    if json:
        write_json(view.unreadable_json(problem, datetime.now(UTC)))
        return
    for told in view.problem_lines("", problem):
        write_styled(*told)
