"""The Typer app: every command under its name, and what holds for all of them."""

import inspect
import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer

from ops.cli import (
    alerts,
    crawl,
    database,
    demo,
    diff,
    doctor,
    duplicates,
    explain,
    export,
    health,
    history,
    import_files,
    log,
    metrics,
    rejections,
    report,
    reprocess,
    runs,
    schedule,
    search,
    show,
    sources,
    status,
    verify,
)
from ops.configuration.settings import PREFIX
from ops.exit_codes import ExitCode
from ops.terminal import write_line

_EPILOG = """\
Examples:

    archive demo               see it work, on a built-in double of the sites
    archive crawl              fetch what is new
    archive status             is the corpus current, and if not, what to type next
    archive sources            what is crawled, and how current it is
    archive export ./seeds     write the corpus as files
    archive search 央行        what the corpus has about something
    archive runs               what ran, and how it ended
    archive explain URL        why a document or an address is as it is
    archive report             how good the corpus is
    archive verify             is all that is kept as it was

Settings: ARCHIVE_* in the environment or archive.toml, see docs/configuration.md.

Exit codes: 0 done, 1 internal error, 2 usage, 3 partial, 4 unreachable,
5 nothing parsed, 6 busy, 7 storage."""

app = typer.Typer(
    name="archive",
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
    epilog=_EPILOG,
)
_databases = typer.Typer(name="db", help="Look after the database.")


def _add(to: typer.Typer, name: str, command: Callable[..., None], examples: str) -> None:
    """Add a command. Its docstring is its help; Typer would keep the docstring's line breaks."""
    to.command(name, help=_help(command), epilog=examples)(command)


def _add_group(name: str, command: Callable[..., None], examples: str) -> typer.Typer:
    """Add a command that has commands of its own, and does something without them."""
    group = typer.Typer()
    app.add_typer(group, name=name)
    group.callback(invoke_without_command=True, help=_help(command), epilog=examples)(command)
    return group


def _help(command: Callable[..., None]) -> str:
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)


_add(app, "demo", demo.demo, demo.EXAMPLES)
_add(app, "crawl", crawl.crawl, crawl.EXAMPLES)
_add(app, "import", import_files.import_, import_files.EXAMPLES)
_add(app, "export", export.export, export.EXAMPLES)
_add(app, "search", search.search, search.EXAMPLES)
_add(app, "duplicates", duplicates.duplicates, duplicates.EXAMPLES)
_add(app, "status", status.status, status.EXAMPLES)
_add(app, "runs", runs.runs, runs.RUNS_EXAMPLES)
_add(app, "run", runs.run, runs.RUN_EXAMPLES)
_add(app, "rejections", rejections.rejections, rejections.EXAMPLES)
_add(app, "reprocess", reprocess.reprocess, reprocess.EXAMPLES)
_add(app, "report", report.report, report.EXAMPLES)
_add(app, "log", log.log, log.EXAMPLES)
_add(app, "show", show.show, show.EXAMPLES)
_add(app, "history", history.history, history.EXAMPLES)
_add(app, "diff", diff.diff, diff.EXAMPLES)
_add(app, "explain", explain.explain, explain.EXAMPLES)
_add(app, "metrics", metrics.metrics, metrics.EXAMPLES)
_add(app, "health", health.health, health.EXAMPLES)
_add(app, "verify", verify.verify, verify.EXAMPLES)
_add(app, "doctor", doctor.doctor, doctor.EXAMPLES)
_add(_databases, "upgrade", database.upgrade, database.UPGRADE_EXAMPLES)
_add(_databases, "reindex", database.reindex, database.REINDEX_EXAMPLES)
app.add_typer(_databases)
_alerts = _add_group("alerts", alerts.alerts, alerts.EXAMPLES)
_add(_alerts, "check", alerts.check, alerts.CHECK_EXAMPLES)
_add(_alerts, "test", alerts.trial, alerts.TEST_EXAMPLES)
_add(_alerts, "rules", alerts.rules, alerts.RULES_EXAMPLES)
_schedule = typer.Typer(help="Have crawls begin when they are due.")
app.add_typer(_schedule, name="schedule")
_add(_schedule, "run", schedule.run, schedule.RUN_EXAMPLES)
_add(_schedule, "list", schedule.list_, schedule.LIST_EXAMPLES)
_sources = _add_group("sources", sources.sources, sources.EXAMPLES)
_add(_sources, "check", sources.check, sources.CHECK_EXAMPLES)
_add(_sources, "try", sources.try_, sources.TRY_EXAMPLES)


def _show_version(asked: bool) -> None:
    if asked:
        write_line(f"archive {version('finews-archive')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _every_command(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and all messages.")] = False,
    version_: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Keep a corpus of Chinese financial news current: crawl, store, export."""
    if debug:
        os.environ[f"{PREFIX}DEBUG"] = "1"  # child processes are to know as well
    if context.invoked_subcommand is None:
        write_line(context.get_help())
        raise typer.Exit(ExitCode.USAGE)
