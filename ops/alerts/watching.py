"""What the rules find in the ledger and in freshness, entered as incidents with their messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.store import Store
from archive.store.values import Run
from ops.alerts.rule import Rule
from ops.alerts.rules import Closed, Facts, Opened, Step, Still, counts, decide, repeats
from ops.alerts.wording import alert, all_clear, repeat, what_was_seen

_LOOKED_AT = 25
"""Runs of a source that are read first; more where not enough of them count."""
_MOST_LOOKED_AT = 1600
_RECENT = 200
"""Runs among which sources are looked for that nothing else names."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched, and who is told."""

    rules: tuple[Rule, ...]
    channels: tuple[str, ...]
    """Their names."""
    repeat_every: timedelta
    """Zero for never."""


def watch_all(store: Store, watch: Watch, facts: Facts | None, now: datetime) -> list[Step]:
    """Look at every source and at the machine; what began and ended. Raises `StoreError`."""
    known = store.incidents.all_open()
    sources = {
        *(facts or {}),
        *(one.source for one in known),
        *(run.source for run in store.runs(limit=_RECENT)),
    }
    runs = {source: _runs(store, source, watch.rules) for source in sources - {""}}
    return _entered(store, watch, decide(watch.rules, runs, facts, known), now)


def watch_source(store: Store, watch: Watch, source: str, now: datetime) -> list[Step]:
    """Look at the runs of one source; what began and ended. Raises `StoreError`."""
    rules = [rule for rule in watch.rules if rule.is_over_runs]
    names = {rule.name for rule in rules}
    known = [one for one in store.incidents.all_open() if one.source == source and one.rule in names]
    runs = {source: _runs(store, source, rules)}
    return _entered(store, watch, decide(rules, runs, None, known), now)


def _runs(store: Store, source: str, rules: Iterable[Rule]) -> Sequence[Run]:
    """The newest runs of the source: as many as the rules look at, where there are so many."""
    needed = max((rule.runs for rule in rules), default=1)
    limit = max(_LOOKED_AT, needed)
    while True:
        found = store.runs(source, limit)
        if len(found) < limit or limit >= _MOST_LOOKED_AT or sum(map(counts, found)) >= needed:
            return found
        limit *= 4


def _entered(store: Store, watch: Watch, steps: Iterable[Step], now: datetime) -> list[Step]:
    """Those steps that were taken here: another process may have been quicker."""
    steps = list(steps)
    for one in repeats((step for step in steps if isinstance(step, Still)), now, watch.repeat_every):
        store.incidents.repeat(one.incident, repeat(one, now), watch.channels, now)
    return [step for step in steps if not isinstance(step, Still) and _enter(store, watch, step, now)]


def _enter(store: Store, watch: Watch, step: Opened | Closed, now: datetime) -> bool:
    if isinstance(step, Closed):
        return store.incidents.close(step.incident, all_clear(step, now), watch.channels, now)
    run = step.sight.run
    number = store.incidents.open(
        step.rule.name,
        step.source,
        what_was_seen(step.rule, step.sight),
        run.id if run else None,
        now,
        message=alert(step, now),
        channels=watch.channels,
    )
    return number is not None
