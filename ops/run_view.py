"""How a crawl run is shown: as JSON, as a row, as a summary."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.store.values import Run

COLUMNS = ("id", "source", "outcome", "started (UTC)", "took", "new", "changed", "rejected", "failed")
NUMBERS = ("id", "took", "new", "changed", "rejected", "failed")
_PROMISED = ("requests", "not_modified", "new", "changed", "unchanged") + (
    "duplicates", "gone", "rejected", "failed", "bytes"
)  # fmt: skip
_IN_SUMMARY = ("new", "changed", "unchanged", "duplicates", "gone", "rejected", "failed")


def run_json(run: "Run") -> dict[str, Any]:
    """The run as `archive runs --json` promises it; a counter that the run did not keep is 0."""
    return {
        "id": run.id,
        "source": run.source,
        "trigger": run.trigger,
        "state": str(run.state),
        "outcome": run.outcome,
        "started_at": moment(run.started_at),
        "finished_at": moment(run.finished_at) if run.finished_at else None,
        "counters": {**dict.fromkeys(_PROMISED, 0), **run.counters},
        "detail": run.detail,
    }


def run_row(run: "Run") -> list[str]:
    """The run as cells for `COLUMNS`, few enough for a terminal of 80 columns."""
    counters = [str(run.counters.get(name, 0)) for name in COLUMNS[5:]]
    return [
        str(run.id),
        run.source,
        run.outcome or run.state,
        f"{run.started_at:%Y-%m-%d %H:%M}",
        _took(run),
        *counters,
    ]


def run_fields(run: "Run") -> list[tuple[str, str]]:
    """The run as names and values."""
    return [
        ("run", str(run.id)),
        ("source", run.source),
        ("trigger", run.trigger),
        ("state", run.state),
        ("outcome", run.outcome),
        ("detail", run.detail),
        ("started", moment(run.started_at)),
        ("finished", moment(run.finished_at) if run.finished_at else ""),
        ("process", f"{run.pid} on {run.host}" if run.host else ""),
        ("counters", counts(run.counters)),
        ("requests", f"{run.counters.get('requests', 0)} ({size(run.counters.get('bytes', 0))})"),
        ("reasons", reasons(run.counters)),
    ]


def counts(counters: Mapping[str, int]) -> str:
    """What became of the documents, in a line."""
    return ", ".join(f"{counters.get(name, 0)} {name}" for name in _IN_SUMMARY)


def reasons(counters: Mapping[str, int]) -> str:
    """Why pages failed or were rejected, the most frequent first; empty where none was."""
    found = [(name, count) for name, count in counters.items() if ":" in name and count]
    return ", ".join(f"{count} {name}" for name, count in sorted(found, key=lambda one: (-one[1], one[0])))


def size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def moment(at: datetime) -> str:
    """A time in UTC, ISO 8601, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _took(run: "Run") -> str:
    return f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else "-"
