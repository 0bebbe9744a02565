"""`archive import`: an existing corpus into the store."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.interruptible import interruptible
from ops.configuration.settings import Settings
from ops.exit_codes import ExitCode
from ops.progress import Progress
from ops.terminal import write_json, write_line, write_note, write_table
from ops.views.runs import counts
from ops.wiring import configured, open_store, run_logs, sources_of

if TYPE_CHECKING:
    from ops.imports.corpus_files import Paths
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
    the exit code 3. Nothing is imported where the manifest.json of an export is damaged: it says whose the
    files beside it are.
    """
    # Parsers take a while to load, and --help needs none.
    from ops.imports.corpus_files import corpus_files  # noqa: PLC0415
    from ops.imports.manifests import not_understood  # noqa: PLC0415
    from ops.imports.report import report_json  # noqa: PLC0415

    settings = configured()
    sources_of(settings).check()
    files = corpus_files(paths)
    passed_over = not_understood(files)
    report = _imported(settings, files, jobs)
    for path in passed_over:
        write_note(f"note: {path}: neither JSON nor an export's; the files beside it came without it")
    if json:
        write_json(report_json(report) | {"manifests_passed_over": [*map(str, passed_over)]})
    else:
        _show(report)
    if report.not_read:
        raise typer.Exit(ExitCode.PARTIAL)


def _imported(settings: Settings, files: "Paths", jobs: int | None) -> "ImportReport":
    from crawler.sources.owning import owners_in  # noqa: PLC0415
    from ops.imports.corpus_files import NamedFiles  # noqa: PLC0415
    from ops.imports.importing import Reading, import_files  # noqa: PLC0415

    with (
        open_store(settings) as store,
        Progress("import", ("found", "fetched", "stored", "rejected"), ends=True) as progress,
        interruptible(progress) as told,
    ):
        return import_files(
            store,
            NamedFiles(files),
            log_to=run_logs(settings),
            on_progress=told,
            reading=Reading(jobs, partial(owners_in, settings.sources_dir)),
        )


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
