"""What the rules make of runs and of freshness."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.store.incidents import Incident
from archive.store.values import Run, RunState
from ops.alerts.rule import BUILT_IN, Rule
from ops.alerts.rules import Closed, Facts, Opened, Still, counts, decide, repeats, stat_of

T0 = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
REJECTED = Rule("many", "rejected", ">=", 20, runs=3)
TWICE = Rule("down", "outcome", "==", "unreachable", runs=2)


def run(outcome: str = "complete", number: int = 1, **changes: Any) -> Run:
    state = {"crashed": RunState.CRASHED, "interrupted": RunState.INTERRUPTED}.get(outcome, RunState.FINISHED)
    known = {"trigger": "cron", "state": state, "started_at": T0, "finished_at": T0 + timedelta(minutes=5)}
    return Run(id=number, source="finews", outcome=outcome, **{**known, **changes})


def runs(*outcomes: str) -> dict[str, list[Run]]:
    """Runs in the order in which they were; the store has the newest first."""
    return {"finews": [run(outcome, number) for number, outcome in enumerate(outcomes, 1)][::-1]}


def incident(rule: str, source: str = "finews", **changes: Any) -> Incident:
    return Incident(**{"id": 1, "rule": rule, "source": source, "text": "seen", "run_id": 1} | {
        "opened_at": T0, "told_at": T0
    } | changes)  # fmt: skip


def opened(found: dict[str, list[Run]], *rules: Rule, facts: Facts | None = None) -> list[str]:
    return [one.rule.name for one in decide(rules or BUILT_IN, found, facts, []) if isinstance(one, Opened)]


@pytest.mark.parametrize(
    ("outcomes", "names"),
    [
        (["complete"], []),
        (["partial"], []),
        (["nothing-parsed"], ["layout-changed"]),
        (["storage"], ["storage"]),
        (["crashed"], ["crashed"]),
        (["time-limit"], ["time-limit"]),
        (["memory-limit"], ["memory-limit"]),
        (["unreachable"] * 2, []),
        (["unreachable"] * 3, ["unreachable"]),
        (["unreachable", "complete", "unreachable", "unreachable"], []),
        (["crashed", "complete"], []),
        (["unreachable", "interrupted", "unreachable", "interrupted", "unreachable"], ["unreachable"]),
        ([], []),
    ],
)
def test_rules_of_the_program_over_outcomes(outcomes: list[str], names: list[str]) -> None:
    assert opened(runs(*outcomes)) == names


@pytest.mark.parametrize("state", [RunState.CRASHED, RunState.INTERRUPTED])
@pytest.mark.parametrize("outcome", ["time-limit", "memory-limit"])
def test_a_run_that_was_stopped_at_a_limit_is_one_incident(state: RunState, outcome: str) -> None:
    assert opened({"finews": [run(outcome, state=state)]}) == [outcome]


@pytest.mark.parametrize(
    ("counters", "name"),
    [({"window_overflow": 1}, "window-overflow"), ({"share_unserved": 3}, "share-api-down")],
)
def test_rules_of_the_program_over_counters(counters: dict[str, int], name: str) -> None:
    assert opened({"finews": [run(counters=counters)] * 3}) == [name]


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({"finews": {"intervals_since_complete": 3.9}}, []),
        ({"finews": {"intervals_since_complete": 4}}, ["late"]),
        ({"finews": {"documents_overdue": 15}}, ["silent"]),
        ({"finews": {"documents_overdue": 99, "intervals_since_complete": 9}}, ["late"]),
        ({"finews": {"documents_overdue": float("nan")}}, []),
        ({"": {"disk_free_mib": 1023}}, ["disk-low"]),
        ({"": {"disk_free_mib": 1024}}, []),
        ({"finews": {}}, []),
        (None, []),
    ],
)
def test_rules_of_the_program_over_freshness(facts: Facts | None, names: list[str]) -> None:
    assert opened({}, facts=facts) == names


def test_what_another_incident_explains_is_not_told_as_well() -> None:
    facts = {"finews": {"documents_overdue": 99.0, "intervals_since_complete": 9.0}}
    assert opened(runs("nothing-parsed"), facts=facts) == ["layout-changed"]
    steps = decide(BUILT_IN, {}, facts, [incident("unreachable")])
    assert [type(step) for step in steps] == [Still]
    steps = decide(BUILT_IN, runs("complete"), facts, [incident("unreachable")])
    assert [(type(step), step.rule and step.rule.name) for step in steps] == [
        (Closed, "unreachable"),
        (Opened, "late"),
    ]


@pytest.mark.parametrize(
    ("rejected", "is_opened"),
    [([20, 20, 20], True), ([20, 20], False), ([20, 19, 20, 20], False), ([0, 25, 31, 22], True)],
)
def test_a_rule_holds_after_so_many_runs_in_a_row(rejected: list[int], is_opened: bool) -> None:
    found = [run(number=n, counters={"rejected": count}) for n, count in enumerate(rejected, 1)][::-1]
    assert bool(opened({"finews": found}, REJECTED)) is is_opened


def test_an_incident_tells_what_was_seen() -> None:
    found = [run(number=n, counters={"rejected": 20 + n}) for n in (3, 2, 1)]
    (step,) = decide([REJECTED], {"finews": found}, None, [])
    assert step.sight.values == (21, 22, 23)
    assert step.sight.run == found[0]


@pytest.mark.parametrize(
    ("newest", "step"),
    [
        ("complete", Closed),
        ("partial", Closed),
        ("unreachable", Still),
        ("interrupted", Still),
        ("crashed", Still),
        ("storage", Still),
        ("time-limit", Still),
    ],
)
def test_an_incident_ends_with_a_run_that_could_read_the_source(newest: str, step: type) -> None:
    found = runs("unreachable", "unreachable", newest)
    (taken,) = decide([TWICE], found, None, [incident("down")])
    assert type(taken) is step


def test_an_incident_of_many_runs_ends_with_one() -> None:
    found = [run(number=2, counters={"rejected": 3}), *[run(counters={"rejected": 30})] * 3]
    (step,) = decide([REJECTED], {"finews": found}, None, [incident("many")])
    assert isinstance(step, Closed)
    assert (step.rule, step.sight.values) == (REJECTED, (3,))


@pytest.mark.parametrize(
    "changes",
    [
        {"asked": "--category luwang"},
        {"asked": "--limit 5"},
        {"trigger": "import"},
        {"state": RunState.RUNNING, "finished_at": None},
        {"state": RunState.MISSED},
        {"state": RunState.OVERLAPPED},
        {"state": RunState.COALESCED},
        {"state": RunState.INTERRUPTED},
    ],
)
def test_runs_that_do_not_count_neither_begin_nor_end_anything(changes: dict[str, Any]) -> None:
    bad = run("crashed", 2, **{"state": RunState.FINISHED} | changes)
    good = run("complete", 2, **changes)
    assert not counts(bad)
    assert opened({"finews": [bad]}) == []
    crashed = {"finews": [good, run("crashed")]}
    assert opened(crashed) == ["crashed"]
    (step,) = decide(BUILT_IN, crashed, None, [incident("crashed")])
    assert isinstance(step, Still)


def test_a_full_run_counts() -> None:
    assert opened({"finews": [run("crashed", asked="--full")]}) == ["crashed"]


@pytest.mark.parametrize(
    ("stat", "value"),
    [
        ("outcome", "nothing-parsed"),
        ("state", "finished"),
        ("exit_code", 5),
        ("seconds", 300.0),
        ("rejected", 7),
        ("failed:http-503", 2),
        ("nothing_of_the_kind", 0),
    ],
)
def test_stats_of_a_run(stat: str, value: float | str) -> None:
    assert stat_of(run("nothing-parsed", counters={"rejected": 7, "failed:http-503": 2}), stat) == value


def test_an_outcome_of_another_version_is_no_error() -> None:
    assert stat_of(run("exploded"), "exit_code") == 1


@pytest.mark.parametrize(
    ("compare", "holds"),
    [(">", [21]), (">=", [20, 21]), ("<", [19]), ("<=", [19, 20]), ("==", [20]), ("!=", [19, 21])],
)
def test_comparisons(compare: str, holds: list[int]) -> None:
    rule = Rule("r", "rejected", compare, 20)
    assert [n for n in (19, 20, 21) if opened({"finews": [run(counters={"rejected": n})]}, rule)] == holds


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("late", {3.9: Still, 3.61: Still, 3.59: Closed, 4.5: Still}),
        ("disk-low", {1024: Still, 1100: Still, 1127: Closed, 5: Still}),
    ],
)
def test_a_value_that_swings_about_its_threshold_is_one_incident(
    rule: str, values: dict[float, type]
) -> None:
    found = next(one for one in BUILT_IN if one.name == rule)
    source = "" if rule == "disk-low" else "finews"
    for value, step in values.items():
        taken = decide([found], {}, {source: {found.stat: value}}, [incident(rule, source)])
        assert [type(one) for one in taken] == [step], value


def test_a_rule_is_for_the_sources_that_it_names() -> None:
    rule = Rule("r", "outcome", "==", "crashed", sources=("cinic",))
    assert opened({"finews": [run("crashed")], "cinic": []}, rule) == []
    assert opened({"cinic": [run("crashed")]}, rule) == ["r"]


@pytest.mark.parametrize(
    ("rules", "facts"),
    [
        ([], None),
        ([Rule("crashed", "outcome", "==", "crashed", sources=("cinic",))], None),
        (BUILT_IN, {"cinic": {}, "": {}}),
    ],
    ids=["switched off", "for other sources now", "the source is gone"],
)
def test_an_incident_that_nobody_looks_at_any_more_ends(rules: list[Rule], facts: Facts | None) -> None:
    (step,) = decide(rules, runs("crashed"), facts, [incident("crashed")])
    assert isinstance(step, Closed)
    assert step.rule is None


def test_an_incident_of_freshness_goes_on_while_nothing_is_known_of_it() -> None:
    assert [type(one) for one in decide(BUILT_IN, {}, None, [incident("late")])] == [Still]


def test_an_incident_is_repeated_after_its_time() -> None:
    (still,) = decide(BUILT_IN, runs("crashed"), None, [incident("crashed")])
    assert isinstance(still, Still)
    day = timedelta(hours=24)
    assert repeats([still], T0 + day, day) == [still]
    assert repeats([still], T0 + day - timedelta(seconds=1), day) == []
    assert repeats([still], T0 + 9 * day, timedelta(0)) == []
