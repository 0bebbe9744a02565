"""Captures: whether the WARC files have all that the store says is in them. Their bytes are not read."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from archive.store.values import WarcFile
from archive.warc.recovery import Condition, condition_of
from ops.doctor.findings import Finding, ok, problem

_SHOWN = 3
_WELL = {Condition.SOUND, Condition.UNMADE}


def captures_finding(folder: Path, files: Iterable[WarcFile]) -> Finding:
    """How the files in the folder stand to the store's list of them."""
    conditions = {file.name: _condition(folder / file.name, file) for file in files}
    wrong = [f"{name} {told.value}" for name, told in conditions.items() if told not in _WELL]
    if not wrong:
        count = len(conditions)
        return ok("captures", f"{folder}: {count} WARC file{'s' * (count != 1)}, as long as the store says")
    more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return problem(
        "captures",
        f"{folder}: {', '.join(one.partition(';')[0] for one in wrong[:_SHOWN])}{more}",
        "restore a copy of each: until then its captures are lost, the documents are not; `archive verify` "
        "names all that is damaged",
    )


def _condition(path: Path, file: WarcFile) -> Condition:
    """How a file was left. The head of one that is written on is looked at, too: it is some hundred bytes."""
    try:
        size = path.stat().st_size
        if file.sealed:
            return condition_of(file, size, file.head_sha256)
        with path.open("rb") as opened:
            head = hashlib.sha256(opened.read(file.head_length)).hexdigest()
        return condition_of(file, size, head)
    except OSError:
        return condition_of(file, None, "")
