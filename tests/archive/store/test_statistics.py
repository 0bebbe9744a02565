"""What is counted of the store, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.documents import SHANGHAI
from archive.store import Store
from archive.store.statistics import Alerts, Amount, RunCount, Tally
from archive.store.values import Observation, Rejection, RunState
from tests.archive.store.plans import plans_of
from tests.archive.store.samples import T0, gone, imported, later, rejected, seen

HOUR = 60.0


def ran(store: Store, at: float, outcome: str = "complete", source: str = "finews", **given: Any) -> int:
    """A run that took a minute."""
    lease = store.begin_run(
        source, "cli", later(at), "host", 7, silence=60, is_dead=lambda _: True, asked=given.pop("asked", "")
    )
    state = given.pop("state", RunState.FINISHED)
    counters = given.pop("counters", {})
    store.finish_run(lease.run_id, state, outcome, counters, later(at + 1), lease, **given)
    return lease.run_id


def test_new_documents_are_counted_by_the_hours_of_a_source(store: Store) -> None:
    store.write([seen(1, at=-1), seen(2, at=0), seen(3, at=59.9), seen(4, at=60)], None)
    store.write([seen(2, "<p>anders</p>", at=120), seen(9, at=5, source="cinic")], None)
    assert store.statistics.by_hour("finews", T0) == {T0: 2, later(60): 1}
    assert store.statistics.by_hour("nobody", T0) == {}
    assert (store.statistics.last_new("finews"), store.statistics.last_new("nobody")) == (later(60), None)
    assert store.statistics.sources() == ["cinic", "finews"]


def test_what_became_of_documents_is_tallied_by_source(store: Store) -> None:
    run = ran(store, 0)
    store.write([seen(1), seen(2), seen(3), seen(8, source="cinic")], run)
    store.write([seen(4, at=60), seen(1, "<p>neu</p>", at=70), gone(2, at=80), rejected(5, at=90)], run)
    store.write([seen(1, "<p>neu</p>", at=95)], run)
    assert store.statistics.tallies(later(30)) == {
        "finews": Tally(new=1, changed=1, gone=1, rejected=1),
        "cinic": Tally(),
    }
    assert store.statistics.tallies(later(0))["finews"].new == 4
    assert store.statistics.tallies(later(85))["finews"] == Tally(rejected=1)
    assert store.statistics.amounts() == {"finews": Amount(4, 1), "cinic": Amount(1, 0)}


def test_rejections_are_counted_by_source_and_reason(store: Store) -> None:
    empty = Observation(later(9), rejection=Rejection("https://finews.example/7", "parse", "empty"))
    store.write([rejected(1), rejected(2, at=5), rejected(3, at=5), empty], ran(store, 0))
    store.write([rejected(4, at=5)], ran(store, 0, source="cinic"))
    expected = {"finews": {"no_body": 2, "empty": 1}, "cinic": {"no_body": 1}}
    assert store.statistics.rejections(later(5)) == expected


def test_the_last_good_run_saw_the_whole_source(store: Store) -> None:
    assert store.statistics.last_good("finews") is None
    good = ran(store, 0, "partial", asked="--full")
    ran(store, 1, asked="--category luwang")
    ran(store, 2, "unreachable")
    ran(store, 3, "complete", state=RunState.INTERRUPTED)
    ran(store, 4, source="cinic")
    found = store.statistics.last_good("finews")
    assert found is not None
    assert found.id == good


def test_runs_of_a_time_are_those_since_then_with_slots_that_had_none(store: Store) -> None:
    ran(store, -60)
    overlapped = store.slots.note_overlapped("finews", "cron", later(1), "taken")
    first, last = ran(store, 0), ran(store, 2, counters={"window_overflow": 1})
    ran(store, 3, source="cinic")
    assert [run.id for run in store.statistics.runs("finews", T0)] == [last, first, overlapped]
    assert [run.id for run in store.statistics.runs("finews", T0, overflowed=True)] == [last]
    assert store.statistics.run_counts() == [
        RunCount("cinic", RunState.FINISHED, "complete", 1, 0),
        RunCount("finews", RunState.FINISHED, "complete", 3, 1),
        RunCount("finews", RunState.OVERLAPPED, "", 1, 0),
    ]


def test_the_time_to_archive_leaves_out_the_first_crawl_imports_and_mere_days(store: Store) -> None:
    def found(number: int, delay: float, at: float = 100, **changes: Any) -> Observation:
        published = (later(at) - timedelta(minutes=delay)).astimezone(SHANGHAI)
        return seen(number, at=at, published=published, **changes)

    ran(store, 0)  # until 1
    of_a_day = datetime(2024, 5, 1, tzinfo=SHANGHAI)
    store.write([found(n, delay=n) for n in range(1, 102)], None)
    store.write([found(200, 9999, at=0.5), seen(201, at=100, published=of_a_day)], None)
    store.write([imported(202, name="a.txt", at=100), seen(203, at=100, published=None)], None)
    store.write([found(204, -5, at=101, source="cinic")], None)
    delays = store.statistics.delays(later(-HOUR))
    assert (delays["finews"].documents, delays["finews"].median) == (101, 51 * 60)
    assert delays["finews"].longest == pytest.approx(100 * 60)
    assert (delays["cinic"].median, delays["cinic"].longest) == (0, 0), "clocks differ: nothing is early"
    assert store.statistics.delays(later(200)) == {}


def test_what_there_is_can_be_measured(store: Store) -> None:
    assert store.statistics.size() > 50_000
    assert store.statistics.alerts() == Alerts(0, 0)


def test_no_question_reads_all_documents_or_revisions(sqlite_store: Store) -> None:
    statistics, since = sqlite_store.statistics, datetime(2024, 5, 1, tzinfo=UTC)
    sqlite_store.write([seen(1)], None)
    with plans_of(sqlite_store) as plans:
        statistics.sources()
        statistics.last_new("finews")
        statistics.by_hour("finews", since)
        statistics.tallies(since)
        statistics.rejections(since)
        statistics.runs("finews", since)
        statistics.last_good("finews")
        statistics.delays(since)
        statistics.amounts()
    scans = {plan for plan in plans if plan.startswith("SCAN") and "CONSTANT ROW" not in plan}
    assert scans == set()
