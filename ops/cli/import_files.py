"""`archive import`: an existing corpus into the store."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.interruptible import interruptible
from ops.exit_codes import ExitCode
from ops.progress import Progress
from ops.terminal import write_json, write_line, write_note, write_table
from ops.views.runs import counts
from ops.wiring import configured, open_store, run_logs, sources_of

if TYPE_CHECKING:
    from ops.imports.report import ImportReport

EXAMPLES = """\
Examples:

    archive import ./seeds
    archive import ./my-jekyll-site
    archive import one.txt two.md "A saved page.html"
    archive import ./my-jekyll-site --json > report.json"""


def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, and folders of files.")],
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            min=1,
            max=64,
            metavar="N",
            help="Processes that read files. As many as there are processors, unless the files are few.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Import seeds, posts of a Jekyll tree, saved pages, or articles saved as text.

    In folders, files that end in .txt, .md, .markdown, .html, .htm, .xhtml, .mhtml or .mht are read; in a
    Jekyll tree only those under _posts. Files that were imported before and are the same are passed over.
    What was broken in a file, and how it was treated, is shown. What could not be read is listed, and makes
    the exit code 3.
    """
    # Parsers take a while to load, and --help needs none.
    from crawler.sources.owning import owners_in  # noqa: PLC0415
    from ops.imports.corpus_files import NamedFiles, corpus_files  # noqa: PLC0415
    from ops.imports.importing import Reading, import_files  # noqa: PLC0415
    from ops.imports.report import report_json  # noqa: PLC0415

    settings = configured()
    sources_of(settings).check()
    files = NamedFiles(corpus_files(paths))
    with (
        open_store(settings) as store,
        Progress("import", ("found", "fetched", "stored", "rejected"), ends=True) as progress,
        interruptible(progress) as told,
    ):
        report = import_files(
            store,
            files,
            log_to=run_logs(settings),
            on_progress=told,
            reading=Reading(jobs, partial(owners_in, settings.sources_dir)),
        )
    if json:
        write_json(report_json(report))
    else:
        _show(report)
    if report.not_read:
        raise typer.Exit(ExitCode.PARTIAL)


def _show(report: "ImportReport") -> None:
    from ops.imports.report import COLUMNS, treated_rows  # noqa: PLC0415

    named = report.findings.not_read
    for problem in named:
        write_note(f"not read: {problem.path}: {problem.detail}")
    if report.not_read > len(named):
        write_note(f"not read: {report.not_read - len(named)} more, see archive log {report.run_id}")
    write_line(f"imported {report.read} of {report.counters['found']} files (run {report.run_id})")
    write_line(f"  {counts(report.counters)}")
    if rows := treated_rows(report.findings):
        write_line()
        write_table(COLUMNS, rows, numbers=("files",))
