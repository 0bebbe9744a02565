"""How a source is shown: its state, its last run, how fresh its documents are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.outcome import Outcome
from ops.views.runs import minute, moment

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.values import Figures, Run
    from crawler.sources.source import Source

COLUMNS = ("source", "title", "state", "last run (UTC)", "last new (UTC)", "documents")
_WELL = {Outcome.COMPLETE, Outcome.PARTIAL}
_RUNS_LOOKED_AT = 20
_LATE = 2
"""Times its interval after which a source is late."""


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """A source, and what the store has of it."""

    source: "Source"
    file: Path | None
    figures: "Figures"
    last_run: "Run | None"
    last_well: datetime | None
    """When a run last began that reached the source and could read it; of the last twenty."""
    is_held: bool
    now: datetime

    @property
    def state(self) -> str:
        """In a word or two, how the source stands."""
        if self.is_held:
            return "being crawled"
        if self.last_run is None:
            return "never crawled"
        interval = timedelta(minutes=self.source.every_minutes)
        is_late = self.last_well is None or self.now - self.last_well > _LATE * interval
        if self.last_run.outcome not in _WELL:
            return self.last_run.outcome or self.last_run.state
        return "late" if is_late else "current"


def seen_in(store: "Store", source: "Source", file: Path | None) -> SourceSeen:
    """The source as the store has it now."""
    runs = store.runs(source.name, _RUNS_LOOKED_AT)
    well = next((run.started_at for run in runs if run.outcome in _WELL), None)
    is_held = store.lease(source.name) is not None
    figures = store.figures(source.name)
    return SourceSeen(source, file, figures, runs[0] if runs else None, well, is_held, datetime.now(UTC))


def source_row(seen: SourceSeen) -> list[str]:
    """The source as cells for `COLUMNS`."""
    return [
        seen.source.name,
        seen.source.title,
        seen.state,
        minute(seen.last_run.started_at if seen.last_run else None),
        minute(seen.figures.last_new),
        str(seen.figures.documents),
    ]


def source_json(seen: SourceSeen) -> dict[str, Any]:
    """The source with all that is known of it."""
    run, figures = seen.last_run, seen.figures
    return {
        "source": seen.source.name,
        "title": seen.source.title,
        "hosts": sorted(seen.source.hosts),
        "file": str(seen.file) if seen.file else None,
        "every_minutes": seen.source.every_minutes,
        "state": seen.state,
        "problem": None,
        "last_run": run.id if run else None,
        "last_run_at": moment(run.started_at) if run else None,
        "last_outcome": run.outcome if run else None,
        "last_well_at": moment(seen.last_well) if seen.last_well else None,
        "documents": figures.documents,
        "gone": figures.gone,
        "last_new_at": moment(figures.last_new) if figures.last_new else None,
        "last_published_at": moment(figures.last_published) if figures.last_published else None,
    }


def broken_json(name: str, file: Path, problem: str) -> dict[str, Any]:
    """A source whose file cannot be loaded."""
    return {"source": name, "file": str(file), "state": "broken", "problem": problem}
