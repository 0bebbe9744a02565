"""The installed command."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ARCHIVE = Path(sys.executable).parent / "archive"
Archive = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs the command in a pipe; `env` adds to the environment, `cwd` is the test's own folder."""
