"""The journal: what an export is about to do to a folder, step by step.

It is on disk, as are all the bytes that it needs, before the first step is taken. So after a kill the next
export takes the steps that are left, whatever it is to export itself.
"""

import json
from collections.abc import Iterator
from json.encoder import encode_basestring as _quoted
from pathlib import Path
from typing import NamedTuple

from archive.errors import ExportError
from archive.exports.file_names import TOMBSTONES, WHOLE, is_usable_below

_BESIDE = frozenset({TOMBSTONES, WHOLE})


class Placement(NamedTuple):
    """A staged file gets its name."""

    number: int
    """Under which it is staged."""
    name: str
    sha256: str
    replaces: bool
    """Whether a file is there that has the name, and is the export's to replace."""


class Removal(NamedTuple):
    """A file of an earlier export is deleted."""

    name: str
    mark: str
    """By which it is known: somebody may have put another in its place."""


Step = Placement | Removal


def step_line(step: Step) -> str:
    """The step as a line, with its end."""
    if isinstance(step, Placement):
        return f'[{step.number}, {_quoted(step.name)}, "{step.sha256}", {int(step.replaces)}]\n'
    return f'[{_quoted(step.name)}, "{step.mark}"]\n'


def read_steps(path: Path) -> Iterator[Step]:
    """The steps of a journal, in order. Raises `ExportError` for one that is not as it was written."""
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from map(_step, lines)
    except (TypeError, ValueError, RecursionError) as error:
        raise ExportError(f"{path}: not as it was written ({error}); remove it, and export again") from error


def _step(line: str) -> Step:
    fields = json.loads(line)
    if len(fields) == len(Placement._fields):
        number, name, sha256, replaces = fields
        return Placement(int(number), _name(name), str(sha256), bool(replaces))
    name, mark = fields
    return Removal(_name(name), str(mark))


def _name(name: str) -> str:
    if name not in _BESIDE and not is_usable_below(None, name):
        raise ValueError(f"the name {name!r:.60} cannot be ours")  # else files outside could be deleted
    return name
