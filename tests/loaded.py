"""What a command loads when it needs it, loaded once: tests fork, and each child would load it again."""

import importlib
import pkgutil

import alembic.command  # noqa: F401 makes a new store

import archive
import crawler
import ops
import scheduler
from crawler.normalizer.pinyin import slug_for
from crawler.sources.registry import Sources
from ops.cli.commands import COMMANDS, command_of

_RUN = ("__main__", "env")
"""Modules that do what they are for as soon as they are imported."""


def load_all() -> None:
    """Every module of every room, each command, and what is kept of files and patterns once they are read."""
    for room in (archive, crawler, scheduler, ops):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if module.name.rpartition(".")[2] not in _RUN:
                importlib.import_module(module.name)
    for name in COMMANDS:
        command_of(name.split()[0])
    Sources.load()
    slug_for("标题")
