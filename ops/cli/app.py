"""The Typer app: what holds for all commands."""

import os
from importlib.metadata import version
from typing import Annotated

import typer

from ops.cli.commands import Commands
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
    cls=Commands,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
    epilog=_EPILOG,
)


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
