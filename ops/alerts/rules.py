"""What the rules say of runs and of freshness: which incidents begin, go on and end. Decided purely."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from archive.store.incidents import Incident
from archive.store.values import Run, RunState
from crawler.outcome import Outcome
from ops.alerts.rule import Rule
from ops.exit_codes import ExitCode, code_of_outcome

Facts = Mapping[str, Mapping[str, float]]
"""Stats of freshness by source, "" for the machine."""

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_LIMITS = {Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT}
_WELL = {Outcome.COMPLETE, Outcome.PARTIAL}
_MARGIN = 0.1
"""Part of a threshold by which a stat of freshness must be better before its incident ends: one that swings
about its threshold, as a disk's free space does, is told once."""


class Standing(Enum):
    """How a rule stands for a source."""

    HOLDS = "holds"
    CLEAR = "clear"
    UNKNOWN = "unknown"
    """What there is to see neither begins nor ends an incident."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a rule sees of a source."""

    standing: Standing
    values: tuple[float | str, ...] = ()
    """The stat, of the last run last."""
    runs: tuple[Run, ...] = ()
    """The runs that these are of, the last one last; none for freshness."""

    @property
    def run(self) -> Run | None:
        """The last run that was seen."""
        return self.runs[-1] if self.runs else None


_UNSEEN = Sight(Standing.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident that begins."""

    rule: Rule
    source: str
    sight: Sight


@dataclass(frozen=True, slots=True)
class Still:
    """An incident that is not over."""

    incident: Incident
    rule: Rule
    sight: Sight


@dataclass(frozen=True, slots=True)
class Closed:
    """An incident that is over; without a rule, since nobody looks at it any more."""

    incident: Incident
    rule: Rule | None
    sight: Sight


Step = Opened | Still | Closed


def decide(
    rules: Iterable[Rule],
    runs: Mapping[str, Sequence[Run]],
    facts: Facts | None,
    open_incidents: Iterable[Incident],
) -> list[Step]:
    """What begins, goes on and ends, in an order in which it may be done.

    `runs` are those of each source, the newest first; a source without any is not judged by its runs. `facts`
    are None where freshness is not known. An incident whose rule is not among the rules, or not for its
    source, ends; so does one of a source that the facts do not know any more.
    """
    steps: list[Step] = []
    untouched = {(one.rule, one.source): one for one in open_incidents}
    holding = set(untouched)
    for rule in sorted(rules, key=lambda one: bool(one.unless)):  # after those that may explain it
        seen = runs if rule.is_over_runs else facts or {}
        for source in sorted({*seen, *(source for name, source in untouched if name == rule.name)}):
            sight = _sight(rule, runs.get(source, ()), (facts or {}).get(source, {}))
            is_watched = rule.is_for(source) and _is_known(source, facts)
            step = _step(rule, source, untouched.pop((rule.name, source), None), sight, is_watched=is_watched)
            if isinstance(step, Closed):
                holding.discard((rule.name, source))
            elif isinstance(step, Opened):
                if any((name, source) in holding for name in rule.unless):
                    continue
                holding.add((rule.name, source))
            steps += [step] if step else []
    return steps + [Closed(one, None, _UNSEEN) for one in untouched.values()]


def repeats(still: Iterable[Still], now: datetime, every: timedelta) -> list[Still]:
    """Those that are to be told again; none where `every` is zero."""
    return [one for one in still if every and now - one.incident.told_at >= every]


def counts(run: Run) -> bool:
    """Whether rules look at a run: it looked at its whole source, and was not ended by us."""
    if run.finished_at is None or run.trigger == "import" or run.asked not in {"", "--full"}:
        return False
    if run.state is RunState.INTERRUPTED:
        return run.outcome in _LIMITS
    return run.state in {RunState.FINISHED, RunState.CRASHED}


def stat_of(run: Run, stat: str) -> float | str:
    """A stat of a run that has ended; a counter that it does not have is 0."""
    match stat:
        case "outcome":
            return run.outcome
        case "state":
            return str(run.state)
        case "seconds":
            return (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0.0
        case "exit_code":
            known = run.outcome in set(Outcome)
            return int(code_of_outcome(Outcome(run.outcome)) if known else ExitCode.INTERNAL)
        case _:
            return run.counters.get(stat, 0)


def _step(
    rule: Rule, source: str, incident: Incident | None, sight: Sight, *, is_watched: bool
) -> Step | None:
    if incident is None:
        return Opened(rule, source, sight) if is_watched and sight.standing is Standing.HOLDS else None
    if not is_watched:
        return Closed(incident, None, _UNSEEN)
    return Closed(incident, rule, sight) if sight.standing is Standing.CLEAR else Still(incident, rule, sight)


def _is_known(source: str, facts: Facts | None) -> bool:
    """Whether there is such a source; assumed where freshness is not known, or is of the machine alone."""
    return not source or not facts or set(facts) <= {""} or source in facts


def _sight(rule: Rule, runs: Sequence[Run], facts: Mapping[str, float]) -> Sight:
    return _sight_of_runs(rule, runs) if rule.is_over_runs else _sight_of_facts(rule, facts)


def _sight_of_runs(rule: Rule, runs: Sequence[Run]) -> Sight:
    """An incident begins after so many runs in a row; it ends with one that could read the source.

    A crash, say, does not prove that a layout is as it was.
    """
    counted = [run for run in runs if counts(run)]
    if not counted:
        return _UNSEEN
    last = tuple(reversed(counted[: rule.runs]))
    newest = last[-1:]
    if not _holds(rule, stat_of(newest[0], rule.stat)):
        is_well = newest[0].outcome in _WELL
        return _seen(rule, Standing.CLEAR if is_well else Standing.UNKNOWN, newest)
    if len(last) == rule.runs and all(_holds(rule, stat_of(run, rule.stat)) for run in last):
        return _seen(rule, Standing.HOLDS, last)
    return _seen(rule, Standing.UNKNOWN, newest)


def _seen(rule: Rule, standing: Standing, runs: tuple[Run, ...]) -> Sight:
    return Sight(standing, tuple(stat_of(run, rule.stat) for run in runs), runs)


def _sight_of_facts(rule: Rule, facts: Mapping[str, float]) -> Sight:
    value = facts.get(rule.stat, math.nan)
    if math.isnan(value):
        return _UNSEEN
    if _holds(rule, value):
        return Sight(Standing.HOLDS, (value,))
    return Sight(Standing.UNKNOWN if _holds(_eased(rule), value) else Standing.CLEAR, (value,))


def _holds(rule: Rule, value: float | str) -> bool:
    return _COMPARE[rule.compare](value, rule.threshold)


def _eased(rule: Rule) -> Rule:
    """The rule with a threshold that more values meet."""
    if isinstance(rule.threshold, str) or rule.compare not in {">", ">=", "<", "<="}:
        return rule
    sign = 1 if rule.compare.startswith("<") else -1
    return replace(rule, threshold=rule.threshold + sign * _MARGIN * abs(rule.threshold))
