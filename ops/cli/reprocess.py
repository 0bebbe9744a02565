"""`archive reprocess`: what is kept, read again by today's normalizer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import UsageError
from ops.cli.interruptible import interruptible
from ops.cli.selecting import Category, From, OfFidelity, Outlet, Query, Until, refuse_unknown, selected
from ops.exit_codes import ExitCode
from ops.progress import Progress
from ops.terminal import write_json, write_line, write_note, write_spans, write_table
from ops.wiring import configured, open_store, run_logs, sources_of, warc_folder

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.selection import Selection
    from ops.configuration.settings import Settings
    from ops.reprocessing.reprocessing import Reprocessed, Request

EXAMPLES = """\
Examples:

    archive reprocess --dry-run
    archive reprocess cinic --dry-run --examples 10
    archive reprocess --rejected
    archive reprocess finews --category luwang --from 2022-01-22
    archive reprocess --dry-run --json > report.json"""


Sources = Annotated[list[str] | None, typer.Argument(metavar="SOURCE", help="Which sources; all if none.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")]
Rejected = Annotated[bool, typer.Option("--rejected", help="Only pages that became no documents.")]
Examples = Annotated[
    int, typer.Option(min=0, max=100_000, metavar="N", help="So many examples of each kind of change.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=64,
        metavar="N",
        help="Processes that read. As many as there are processors, unless there is little to read.",
    ),
]


def reprocess(  # noqa: PLR0913, PLR0917 the options of the command
    sources: Sources = None,
    dry_run: DryRun = False,
    category: Category = None,
    outlet: Outlet = None,
    fidelity: OfFidelity = None,
    from_: From = None,
    until: Until = None,
    query: Query = None,
    rejected: Rejected = False,
    examples: Examples = 3,
    jobs: Jobs = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Read what is kept again, by today's normalizer and without the network, and accept what it makes of it.

    Each document is read from the captures and files that it was made of; pages that were rejected become
    documents where they can be read now (options that select documents leave them out). What differs is
    counted by source, by part and by the shape of the change, with examples as diffs: look at it with
    --dry-run first. What has changed is a new revision; what would be rejected now is told, and left as it
    is. Interrupted, it is done as far as it came: run it again. A missing or damaged record in the WARC is
    named, stops nothing, and makes the exit code 3.
    """
    selection = selected(sources or None, category, outlet, fidelity, from_=from_, until=until, query=query)
    settings = configured()
    request = _request(settings, selection, only_rejected=rejected, jobs=jobs)
    done = _done(settings, request, examples, dry_run=dry_run)
    if json:
        from ops.views.reprocessed import reprocessed_json  # noqa: PLC0415 as below

        write_json(reprocessed_json(done, dry_run=dry_run))
    else:
        _show(done, dry_run=dry_run)
    raise typer.Exit(_code(done))


def _request(
    settings: "Settings", selection: "Selection", *, only_rejected: bool, jobs: int | None
) -> "Request":
    from archive.store.selection import EVERYTHING  # noqa: PLC0415 parsers take a while, and `--help` needs none
    from ops.reprocessing.reprocessing import Request  # noqa: PLC0415

    is_of_documents = replace(selection, sources=None) != EVERYTHING
    if only_rejected and is_of_documents:
        raise UsageError("--rejected is about pages without a document: nothing but sources selects them")
    return Request(
        settings.sources_dir,
        selection,
        documents=not only_rejected,
        rejections=not is_of_documents,
        jobs=jobs,
    )


def _done(settings: "Settings", request: "Request", examples: int, *, dry_run: bool) -> "Reprocessed":
    from archive.archive import Archive  # noqa: PLC0415 as above
    from ops.reprocessing.findings import Findings  # noqa: PLC0415
    from ops.reprocessing.reprocessing import look, reprocess  # noqa: PLC0415

    sources = sources_of(settings)
    sources.check()
    title = "reprocess, dry run" if dry_run else "reprocess"
    with open_store(settings, create=False) as store:
        _check_names(request.selection.sources or (), {*store.statistics.sources(), *sources.by_name})
        refuse_unknown(store, replace(request.selection, sources=None))
        _heed_newer(store, request, dry_run=dry_run)
        archive, findings = Archive(store, warc_folder(settings)), Findings(examples)
        with (
            Progress(title, ("found", "read", "different", "damaged"), ends=True) as progress,
            interruptible(progress) as told,
        ):
            if dry_run:
                return look(archive, request, findings, told)
            return reprocess(archive, request, findings, told, run_logs(settings))


def _heed_newer(store: "Store", request: "Request", *, dry_run: bool) -> None:
    from ops.reprocessing.newer import made_by_newer  # noqa: PLC0415 as above

    told = made_by_newer(store, request.selection) if request.documents else ""
    if told and not dry_run:
        raise UsageError(f"{told}, or see with --dry-run what it would make of them")
    if told:
        write_note(f"note: {told}")


def _check_names(names: Sequence[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"unknown source {name!r:.60}; there is: {', '.join(sorted(known))}")


def _show(done: "Reprocessed", *, dry_run: bool) -> None:
    from ops.views.reprocessed import COLUMNS, group_lines, summary, verdict_rows  # noqa: PLC0415

    for group in done.findings.groups:
        for line in group_lines(group):
            write_spans(line)
        write_line()
    if rows := verdict_rows(done):
        write_table(COLUMNS, rows, numbers=("articles",))
    for why, articles in done.findings.not_kept.items():
        write_note(f"not read: {why} ({articles} articles)")
    for problem in dict.fromkeys(done.findings.problems):
        write_note(f"not read: {problem}")
    for reason in done.busy:
        write_note(f"left out: {reason}")
    write_line(summary(done, dry_run=dry_run))
    if dry_run:
        write_line("nothing was written; without --dry-run, this is accepted")
    elif done.runs:
        write_line(f"runs: {', '.join(f'{run} ({source})' for source, run in done.runs.items())}")


def _code(done: "Reprocessed") -> ExitCode:
    from crawler.rereading.rereading import Verdict  # noqa: PLC0415

    if done.busy:
        return ExitCode.BUSY
    return ExitCode.PARTIAL if done.findings.count(Verdict.DAMAGED) else ExitCode.DONE
