"""What is new in a log: errors of a kind that an earlier log does not have."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ops.logs.view import record_of, severity

_MOST_KINDS = 1000
"""Kinds of errors that are told from each other; what comes beyond is counted as one."""
_LONGEST_KIND = 500
_VARYING = (
    (re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"')]+", re.IGNORECASE), "ADDRESS"),
    (re.compile(r"(?<![\w'])'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`"), "TEXT"),
    (re.compile(r"\b(?:0x)?(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{6,}\b", re.IGNORECASE), "N"),
    (re.compile(r"[0-9]+(?:[.,:][0-9]+)*"), "N"),
)
_OTHERS = ("", "", "more kinds of errors than are told from each other", "", "")
_SHOWN = ("address", "detail", "error")

Signature = tuple[str, str, str, str, str]
"""Logger, level, message without what varies, reason, and the last line of the traceback likewise."""


@dataclass(slots=True)
class Kind:
    """Errors of one kind."""

    first: dict[str, Any]
    """The first of them, as it stands in the log."""
    count: int = 0
    last_at: str = ""
    address: str = ""
    """Of the first that has one."""


def signature_of(record: dict[str, Any], line: str) -> Signature:
    """What errors of one kind have in common; of a broken line (whose record is empty) its text."""
    if not record:
        return "", "", without_what_varies(line), "", ""
    raised = str(record.get("exc_info", "")).rstrip().rpartition("\n")[2]
    logger, level, reason = (str(record.get(name, "")) for name in ("logger", "level", "reason"))
    message = without_what_varies(str(record.get("message", "")))
    return logger, level, message, reason, without_what_varies(raised)


def without_what_varies(text: str) -> str:
    """The text without its addresses, quoted strings, hexadecimal and other numbers."""
    text = text[: _LONGEST_KIND * 4]
    for pattern, stands_for in _VARYING:
        text = pattern.sub(stands_for, text)
    return text[:_LONGEST_KIND]


def kinds_in(lines: Iterable[str]) -> dict[Signature, Kind]:
    """The kinds of errors, WARNING and up, in the order in which they came first; bounded in number."""
    kinds: dict[Signature, Kind] = {}
    for line in lines:
        record = record_of(line)
        if severity(record) < logging.WARNING:
            continue
        signature = signature_of(record, line)
        if signature not in kinds and len(kinds) >= _MOST_KINDS:
            signature = _OTHERS
        kind = kinds.setdefault(signature, Kind(record or {"message": line}))
        kind.count += 1
        kind.last_at = str(record.get("time", kind.last_at))
        kind.address = kind.address or str(record.get("url", ""))
    return kinds


def new_kinds(lines: Iterable[str], earlier: Iterable[str]) -> list[Kind]:
    """The kinds of errors that the earlier log does not have."""
    known = kinds_in(earlier)
    return [kind for signature, kind in kinds_in(lines).items() if signature not in known]


def kind_json(kind: Kind) -> dict[str, Any]:
    """A kind of errors with all that is told of it."""
    about = {name: kind.first.get(name) for name in ("level", "logger", "message", "reason")}
    return {"count": kind.count, "first_at": kind.first.get("time"), "last_at": kind.last_at or None} | {
        **about,
        "detail": kind.first.get("detail"),
        "error": str(kind.first.get("exc_info", "")).rstrip().rpartition("\n")[2] or None,
        "address": kind.address or None,
    }


def kind_lines(kind: Kind) -> list[str]:
    """A kind of errors for people: when first, how severe, what; how often; then an example."""
    told = kind_json(kind)
    what = f"{told['logger']}: {told['message']}" if told["logger"] else told["message"]
    often = "once" if kind.count == 1 else f"{kind.count} times, last {kind.last_at}"
    head = "  ".join(filter(None, (told["first_at"], f"{told['level'] or '':7}", what)))
    return [head, f"    {often}", *(f"    {told[name]}" for name in _SHOWN if told[name])]
