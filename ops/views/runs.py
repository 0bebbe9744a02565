"""How a crawl run is shown: as JSON, as a row, as a summary."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
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
    """The run as `archive runs --json` promises it; a counter that the run did not keep is 0.

    `started_at` is null for one that never began, `planned_at` where no time was planned for it.
    """
    has_begun = run.state.has_begun
    return {
        "id": run.id,
        "source": run.source,
        "trigger": run.trigger,
        "state": str(run.state),
        "outcome": run.outcome,
        "started_at": moment(run.started_at) if has_begun else None,
        "finished_at": moment(run.finished_at) if run.finished_at else None,
        "counters": {**dict.fromkeys(_PROMISED, 0), **run.counters},
        "detail": run.detail,
        "schedule": run.schedule or None,
        "slot_at": moment(run.slot_at) if run.slot_at else None,
        "planned_at": None if has_begun and not run.slot_at else moment(planned_at(run)),
        "asked": run.asked,
    }


def run_rows(runs: Sequence["Run"]) -> list[list[str]]:
    """The runs as cells for `COLUMNS`, few enough for a terminal of 80 columns.

    Of those that follow each other and never began, for one reason and of one schedule, there is one row.
    """
    rows = []
    for key, group in groupby(runs, _what_never_began):
        alike = list(group)
        rows += [_row(run) for run in alike] if key is None or len(alike) == 1 else [_row_of_many(alike)]
    return rows


def run_fields(run: "Run") -> list[tuple[str, str]]:
    """The run as names and values."""
    slot = f", for {moment(run.slot_at)}" if run.slot_at else ""
    took = f" ({_took(run)})" if run.finished_at else ""
    has_begun = run.state.has_begun
    counted = bool(run.counters)
    return [
        ("run", str(run.id)),
        ("source", run.source),
        ("schedule", f"{run.schedule}{slot}" if run.schedule else ""),
        ("trigger", run.trigger),
        ("asked", run.asked),
        ("state", run.state),
        ("outcome", run.outcome),
        ("detail", run.detail),
        ("planned", "" if has_begun or run.slot_at else moment(run.started_at)),
        ("started", moment(run.started_at) if has_begun else ""),
        ("finished", f"{moment(run.finished_at)}{took}" if run.finished_at and has_begun else ""),
        ("process", f"{run.pid} on {run.host}" if run.host else ""),
        ("counters", counts(run.counters) if has_begun else ""),
        ("requests", _requests(run.counters) if counted else ""),
        ("others", others(run.counters)),
        ("reasons", reasons(run.counters)),
    ]


def planned_at(run: "Run") -> datetime:
    """When the run was to begin; without a plan, when it did."""
    return run.slot_at or run.started_at


def counts(counters: Mapping[str, int]) -> str:
    """What became of the documents, in a line."""
    return ", ".join(f"{counters.get(name, 0)} {name}" for name in _IN_SUMMARY)


def others(counters: Mapping[str, int]) -> str:
    """What else was counted, and is not 0."""
    shown = {*_IN_SUMMARY, *_PROMISED}
    found = {name: count for name, count in counters.items() if count and name not in shown}
    return ", ".join(f"{count} {name}" for name, count in found.items() if ":" not in name)


def reasons(counters: Mapping[str, int]) -> str:
    """Why pages failed or were rejected, the most frequent first; empty where none was."""
    found = [(name, count) for name, count in counters.items() if ":" in name and count]
    return ", ".join(f"{count} {name}" for name, count in sorted(found, key=lambda one: (-one[1], one[0])))


def size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def duration(seconds: float) -> str:
    """A time that something took, for people."""
    if seconds < 600:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def moment(at: datetime) -> str:
    """A time in UTC, ISO 8601, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def minute(at: datetime | None) -> str:
    """A time to the minute, in its own zone; a dash where there is none."""
    return f"{at:%Y-%m-%d %H:%M}" if at else "-"


def _what_never_began(run: "Run") -> tuple[str, ...] | None:
    """What such runs have in common that are shown as one; None for one that began, or is to."""
    is_shown = run.state.has_begun or run.finished_at is None
    return None if is_shown else (run.source, run.schedule, run.state)


def _row(run: "Run") -> list[str]:
    about = [str(run.id), run.source, run.outcome or run.state, f"{planned_at(run):%Y-%m-%d %H:%M}"]
    if not run.state.has_begun:
        return [*about, *[""] * (len(COLUMNS) - len(about))]
    about[3] = f"{run.started_at:%Y-%m-%d %H:%M}"
    return [*about, _took(run), *(str(run.counters.get(name, 0)) for name in COLUMNS[5:])]


def _row_of_many(runs: Sequence["Run"]) -> list[str]:
    """Runs that never began, the newest first, as one row: how many, from when to when."""
    newest, oldest = runs[0], runs[-1]
    first, last = sorted((planned_at(newest), planned_at(oldest)))
    upto = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%m-%d %H:%M}"
    about = [f"{oldest.id}-{newest.id}", newest.source, f"{len(runs)} {newest.state}"]
    about += [f"{first:%Y-%m-%d %H:%M}", f"to {upto}"]
    return [*about, *[""] * (len(COLUMNS) - len(about))]


def _requests(counters: Mapping[str, int]) -> str:
    requests, not_modified, received = (
        counters.get(name, 0) for name in ("requests", "not_modified", "bytes")
    )
    return f"{requests}, of these {not_modified} not modified ({size(received)})"


def _took(run: "Run") -> str:
    return duration((run.finished_at - run.started_at).total_seconds()) if run.finished_at else "-"
