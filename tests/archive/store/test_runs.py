"""The ledger of runs, captures and rejections."""

from dataclasses import replace
from typing import Any

import pytest

from archive.errors import NotFound
from archive.store import Store
from archive.store.selection import Selection
from archive.store.values import Effect, Observation, RecordType, Rejection, Run, RunState, Truncated
from tests.archive.store.samples import T0, capture, gone, later, page, rejected, seen, warc_file


def _start(store: Store, source: str = "finews", at: float = 0) -> int:
    return store.start_run(source, "cli", later(at), "host", 4242)


def test_a_run_is_in_the_ledger_from_its_beginning(store: Store) -> None:
    number = _start(store)
    expected = Run(number, "finews", "cli", RunState.RUNNING, "", T0, None, {}, "host", 4242)
    assert store.run(number) == expected
    assert store.running() == [expected]


def test_a_run_ends_with_its_outcome_and_counters(store: Store) -> None:
    number = _start(store)
    store.finish_run(number, RunState.INTERRUPTED, "partial", {"requests": 4, "bytes": 2**40}, later(5))
    found = store.run(number)
    assert (found.state, found.outcome, found.finished_at) == (RunState.INTERRUPTED, "partial", later(5))
    assert found.counters == {"requests": 4, "bytes": 2**40}
    assert store.running() == []


def test_a_run_that_has_ended_stays_as_it_ended(store: Store) -> None:
    number = _start(store)
    store.finish_run(number, RunState.CRASHED, "crashed", {"requests": 3}, later(5))
    before = store.run(number)
    store.finish_run(number, RunState.FINISHED, "complete", {"requests": 9}, later(6))
    assert store.run(number) == before


def test_runs_are_listed_newest_first(store: Store) -> None:
    numbers = [_start(store, source, at) for at, source in enumerate(("finews", "cinic", "finews", "finews"))]
    assert [run.id for run in store.runs()] == numbers[::-1]
    assert [run.id for run in store.runs("finews", limit=2)] == [numbers[3], numbers[2]]
    assert [run.id for run in store.running()] == numbers


def test_a_number_that_no_run_has_is_named(store: Store) -> None:
    with pytest.raises(NotFound, match="no run 77"):
        store.run(77)
    with pytest.raises(NotFound, match="no run 77"):
        store.finish_run(77, RunState.FINISHED, "", {}, T0)


def test_a_rejection_is_kept_with_the_capture_that_it_is_about(store: Store) -> None:
    number = _start(store)
    batch = [
        rejected(1, captures=2),
        seen(9),
        rejected(2, captures=0),
        *(rejected(n, captures=1) for n in range(3, 40)),
        rejected(1, at=60),
    ]
    effects = store.write(batch, number)
    assert [effect for effect in effects if effect] == [Effect.NEW]
    found = store.rejections(number)[::-1]
    assert [one.rejection for one in found] == [one.rejection for one in batch if one.rejection]
    assert [one.capture for one in found] == [
        one.captures[-1] if one.captures else None for one in batch if one.rejection
    ]
    assert {one.run_id for one in found} == {number}
    assert found[0].seen_at == T0


def test_rejections_are_listed_by_run_newest_first(store: Store) -> None:
    first, second = _start(store), _start(store)
    store.write([rejected(1)], first)
    store.write([rejected(2), rejected(3)], second)
    store.write([rejected(4)], None)
    assert [one.rejection.address[-6] for one in store.rejections()] == list("4321")
    assert [one.rejection.address[-6] for one in store.rejections(second, limit=1)] == ["3"]
    assert store.rejections(999) == []
    assert store.counts().rejections == 4


def test_rejections_are_listed_and_counted_by_source_stage_and_reason_too(store: Store) -> None:
    first, second = _start(store), _start(store, "cinic")
    other = replace(rejected(3), rejection=Rejection("https://finews.example/3.html", "parse", "empty"))
    store.write([rejected(1), other], first)
    store.write([rejected(2)], second)
    store.write([rejected(4)], None)

    def numbers(**selection: Any) -> str:
        return "".join(one.rejection.address[-6] for one in store.rejections(**selection))

    assert numbers(source="finews") == "31"
    assert numbers(source="cinic") == "2"
    assert numbers(reason="no_body") == "421"
    assert numbers(source="finews", reason="no_body") == "1"
    assert numbers(run_id=first, source="cinic") == ""
    assert numbers(stage="parse") == "4231"
    assert numbers(source="finews", stage="list") == ""
    assert numbers(source="") == "4"
    counts = store.rejection_count(), store.rejection_count(source=""), store.rejection_count(first)
    assert counts == (4, 1, 2)


def test_captures_are_found_by_address_newest_first(store: Store) -> None:
    store.enter_warc(warc_file("a.warc.gz"))
    where = {"warc_file": "a.warc.gz", "warc_offset": 2**33, "warc_length": 2**32, "record_sha256": "a" * 64}
    where |= {"truncated": Truncated.TIME, "record": RecordType.REVISIT}
    ones = [capture(at=n, status=304, etag="", **where) for n in range(4)]
    store.write([Observation(T0, captures=tuple(ones)), Observation(T0, captures=(capture("other"),))], None)
    assert store.captures(ones[0].address) == ones[::-1]
    assert store.captures(ones[0].address, limit=1) == [ones[3]]
    assert store.captures("https://finews.example/2.html") == []


def test_an_address_may_be_longer_than_an_index_entry(store: Store) -> None:
    # PostgreSQL's B-trees end at 2,704 bytes, after compression: so what cannot be compressed.
    address = "https://finews.example/" + "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(5000))
    observation = Observation(
        T0, captures=(capture(address),), rejection=Rejection(address, "fetch", "too_long")
    )
    store.write([observation], None)
    assert store.captures(address) == [capture(address)]


def test_naive_times_are_refused(store: Store) -> None:
    naive = T0.replace(tzinfo=None)
    with pytest.raises(ValueError, match="naive"):
        store.start_run("finews", "cli", naive, "host", 1)
    with pytest.raises(ValueError, match="naive"):
        store.write([seen(1), Observation(naive, captures=(capture(),), document=seen(2).document)], None)
    with pytest.raises(ValueError, match="naive"):
        store.begin_run("finews", "cli", naive, "host", 1, silence=9, is_dead=lambda _: False)
    with pytest.raises(ValueError, match="naive"):
        store.frontier("finews", naive)
    for field in ("wanted_since", "next_check", "checked_at"):
        with pytest.raises(ValueError, match="naive"):
            store.write([Observation(T0, pages=(page(**{field: naive}),))], None)
    with pytest.raises(ValueError, match="naive"):
        store.write([seen(1), Observation(naive, gone=gone(1).gone)], None)
    with pytest.raises(ValueError, match="naive"):
        list(store.holdings(Selection(since=naive)))
    assert store.counts().documents == 0


def test_the_last_complete_run_is_of_the_same_source_and_before(store: Store) -> None:
    complete, partial, other, newest = (
        _start(store, source) for source in ("finews", "finews", "cinic", "finews")
    )
    for number, outcome in ((complete, "complete"), (partial, "partial"), (other, "complete")):
        store.finish_run(number, RunState.FINISHED, outcome, {}, later(5))
    store.finish_run(newest, RunState.FINISHED, "complete", {}, later(5))
    assert store.last_complete("finews", newest) == store.run(complete)
    assert store.last_complete("finews", newest + 1) == store.run(newest)
    assert store.last_complete("finews", complete) is None
