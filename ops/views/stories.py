"""How the story of a run is shown: how politely it asked, what was slow, what failed, where to look next."""

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crawler.outcome import Outcome
from ops.views.runs import duration

if TYPE_CHECKING:
    from archive.store.values import Rejection, Run

HOST_COLUMNS = ("host", "requests", "conditional", "304", "at once", "delay", "least gap", "median gap")
HOST_NUMBERS = HOST_COLUMNS[1:]
SLOW_COLUMNS = ("took", "status", "address")
FAILED_COLUMNS = ("reason", "address")
_ASKED_BY = {"robots.txt": " (robots.txt)", "source": " (source)", "loopback": " (loopback)"}


def host_rows(story: Mapping[str, Any]) -> list[list[str]]:
    """The hosts as cells for `HOST_COLUMNS`; gaps are between the starts of two consecutive requests."""
    return [
        [
            host,
            str(told["requests"]),
            str(told["conditional"]),
            str(told["not_modified"]),
            str(told["most_at_once"]),
            f"{told['delay']:g} s{_ASKED_BY.get(told['delay_from'], '')}",
            _gap(told["least_gap"]),
            _gap(told["median_gap"]),
        ]
        for host, told in story.get("hosts", {}).items()
    ]


def host_remarks(story: Mapping[str, Any]) -> list[str]:
    """What else is to be said of how the hosts were asked."""
    remarks = []
    for host, told in story.get("hosts", {}).items():
        if told["waited"]:
            remarks.append(f"{host} asked to wait (Retry-After): {duration(told['waited'])} in all")
        if told["unanswered"]:
            remarks.append(f"{host} left {told['unanswered']} requests without an answer")
    return remarks


def slow_rows(story: Mapping[str, Any]) -> list[list[str]]:
    """The slowest addresses as cells for `SLOW_COLUMNS`."""
    return [
        [f"{one['seconds']:.2f} s", str(one["status"] or "none"), one["address"]]
        for one in story.get("slowest", [])
    ]


def failed_rows(story: Mapping[str, Any]) -> list[list[str]]:
    """The first addresses that failed as cells for `FAILED_COLUMNS`."""
    return [
        [one["reason"], f"{one['address']}{_in_brackets(one['detail'])}"] for one in story.get("failed", [])
    ]


def rejected_rows(rejected: "Sequence[Rejection]") -> list[list[str]]:
    """Pages that were rejected as cells for `FAILED_COLUMNS`."""
    return [[one.reason, f"{one.address}{_in_brackets(one.detail)}"] for one in rejected]


def look_next(run: "Run", rejected: "Sequence[Rejection]", *, has_log: bool) -> list[str]:
    """The commands that tell more of a run, where there is more to be told."""
    counters = run.counters
    is_well = run.outcome in {"", Outcome.COMPLETE} and not counters.get("failed")
    commands = [f"archive log {run.id} --follow"] if has_log and run.finished_at is None else []
    if has_log and run.finished_at and not is_well:
        commands.append(f"archive log {run.id} --new")
    if counters.get("rejected"):
        commands.append(f"archive rejections --run {run.id}")
    failed = [one["address"] for one in run.story.get("failed", [])] + [one.address for one in rejected]
    if page := next((one for one in failed if one.startswith("http")), ""):
        commands.append(f"archive explain {shlex.quote(page)}")
    return commands


def _gap(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.3g} s" if seconds >= 0.001 else "< 1 ms"


def _in_brackets(detail: str) -> str:
    return f" ({detail})" if detail else ""
