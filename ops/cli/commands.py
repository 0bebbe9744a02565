"""The commands by their names, each loaded when it is asked for: all together take longer than most need."""

import inspect
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "demo": "demo.demo",
    "crawl": "crawl.crawl",
    "import": "import_files.import_",
    "export": "export.export",
    "search": "search.search",
    "duplicates": "duplicates.duplicates",
    "status": "status.status",
    "runs": "runs.runs",
    "run": "runs.run",
    "rejections": "rejections.rejections",
    "reprocess": "reprocess.reprocess",
    "report": "report.report",
    "log": "log.log",
    "show": "show.show",
    "history": "history.history",
    "diff": "diff.diff",
    "explain": "explain.explain",
    "metrics": "metrics.metrics",
    "health": "health.health",
    "verify": "verify.verify",
    "doctor": "doctor.doctor",
    "db upgrade": "database.upgrade",
    "db reindex": "database.reindex",
    "alerts": "alerts.alerts",
    "alerts check": "alerts.check",
    "alerts test": "alerts.trial",
    "alerts rules": "alerts.rules",
    "schedule run": "schedule.run",
    "schedule list": "schedule.list_",
    "sources": "sources.sources",
    "sources check": "sources.check",
    "sources try": "sources.try_",
}
"""Module and function of each."""
_GROUPS = {
    "db": "Look after the database.",
    "schedule": "Have crawls begin when they are due.",
}
"""First words that are no commands themselves."""


class Commands(TyperGroup):
    """All commands of one word; those of two are the commands of these."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # Only their names: Typer lists them, and suggests one for a name that is mistyped.
        self.commands = {name.split()[0]: TyperCommand(name) for name in COMMANDS}

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Load a command."""
        return command_of(cmd_name) if cmd_name in self.commands else None


@cache
def command_of(name: str) -> TyperCommand | TyperGroup:
    """The command of one word, with those of two that begin with it."""
    app = typer.Typer(name=name, help=_GROUPS.get(name), add_completion=False)
    below = [one for one in COMMANDS if one.startswith(f"{name} ")]
    if below and name in COMMANDS:
        function, help_, examples = _found(name)
        app.callback(invoke_without_command=True, help=help_, epilog=examples)(function)
    for one in below or [name]:
        function, help_, examples = _found(one)
        app.command(one.split()[-1], help=help_, epilog=examples)(function)
    return cast("TyperCommand | TyperGroup", typer.main.get_command(app))


def _found(name: str) -> tuple[Callable[..., None], str, str]:
    """The function of a command, its help and its examples.

    Its docstring is its help; Typer would keep the docstring's line breaks.
    """
    module_name, _, function_name = COMMANDS[name].partition(".")
    module = import_module(f"ops.cli.{module_name}")
    function = getattr(module, function_name)
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    help_ = "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)
    own = f"{name.rsplit(maxsplit=1)[-1].upper()}_EXAMPLES"
    return function, help_, getattr(module, own, "") or module.EXAMPLES
