"""The command `archive`."""

from ops.cli.main import main

__all__ = ["main"]
