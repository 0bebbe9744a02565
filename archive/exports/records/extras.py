"""Packages that only some layouts need, and not everybody installs."""

from importlib import import_module
from typing import Any

from archive.errors import UsageError


def extra(module: str, name: str) -> Any:
    """The module, which the extra of that name brings. Raises `UsageError` where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(
            f"{module.partition('.')[0]} is not installed, which this export needs; "
            f"pip install 'finews-archive[{name}]' ({error})"
        ) from error
