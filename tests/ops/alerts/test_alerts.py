"""Alerts from a run to the receiver: once, in order, and never lost."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.errors import StoreUnavailable
from archive.store import Store
from archive.store.values import Run, RunState
from ops.alerts import delivering, sending
from ops.alerts.alerts import Alerts, Freshness
from ops.alerts.delivering import next_try
from ops.alerts.rules import Facts
from ops.configuration.settings import Settings
from tests.receiver import Receiver, receiving

T0 = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PAUSE", 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("made") / "archive.db"
    Store.open(f"sqlite:///{path}").close()
    return path.read_bytes()


@pytest.fixture
def store(tmp_path: Path, made: bytes) -> Iterator[Store]:
    (tmp_path / "archive.db").write_bytes(made)
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}", patience=1) as store:
        yield store


def alerts(store: Store, receiver: Receiver, freshness: Freshness | None = None, **settings: Any) -> Alerts:
    channels = {"ops": {"kind": "json", "url": receiver.url()}}
    return Alerts(store, Settings(**{"alert_channels": channels, **settings}), freshness)


def run(store: Store, outcome: str, minute: float = 0, source: str = "finews", **counters: int) -> Run:
    number = store.start_run(source, "cron", at(minute), "host", 42)
    state = RunState.CRASHED if outcome == "crashed" else RunState.FINISHED
    store.finish_run(number, state, outcome, counters, at(minute + 1), detail="title\nmoved")
    return store.run(number)


def test_an_incident_is_told_once_and_once_that_it_is_over(store: Store, receiver: Receiver) -> None:
    watched = alerts(store, receiver)
    first = run(store, "nothing-parsed", 0)
    watched.after_run(first, at(1))
    for minute in (2, 3):
        watched.check(at(minute))
        watched.deliver(at(minute))
    watched.after_run(run(store, "nothing-parsed", 10), at(11))
    watched.after_run(run(store, "complete", 200), at(201))
    watched.check(at(202))
    watched.deliver(at(202))
    alert, clear = receiver.bodies
    assert (alert["kind"], alert["rule"], alert["source"]) == ("alert", "layout-changed", "finews")
    assert (alert["run"], alert["outcome"], alert["closed_at"]) == (first.id, "nothing-parsed", None)
    assert alert["next"] == f"archive rejections --run {first.id}"
    lines = alert["text"].splitlines()
    assert lines[0].startswith("ALERT finews: layout-changed (archive on ")
    assert lines[1:] == [
        "pages came and none could be read: has the layout changed?",
        f"outcome nothing-parsed in run {first.id}",
        "title\\nmoved",
        "since 2024-05-01 08:00 UTC",
        f"next: archive rejections --run {first.id}",
    ]
    assert (clear["kind"], clear["run"], clear["next"]) == ("all-clear", first.id, None)
    assert clear["closed_at"] == "2024-05-01T11:21:00.000Z"
    lines = clear["text"].splitlines()
    assert lines[0].startswith("ALL CLEAR finews: layout-changed (")
    assert lines[1:] == [
        "over: outcome complete in run 3",
        f"it was: outcome nothing-parsed in run {first.id}",
        "for 3 h 20 min, 2024-05-01 08:01 UTC to 2024-05-01 11:21 UTC",
    ]


def test_an_own_rule_tells_its_numbers(store: Store, receiver: Receiver) -> None:
    rule = {"stat": "rejected", "compare": ">=", "threshold": 20, "runs": 2}
    watched = alerts(store, receiver, alert_rules={"many": rule})
    watched.after_run(run(store, "partial", 0, rejected=25), at(1))
    assert receiver.bodies == []
    watched.after_run(run(store, "partial", 10, rejected=31), at(11))
    assert receiver.bodies[0]["text"].splitlines()[1:] == [
        "rejected 25, 31 (alert at >= 20) in 2 runs, the last is run 2",
        "title\\nmoved",
        "since 2024-05-01 08:00 UTC",
        "next: archive run 2",
    ]


def test_what_lasts_is_told_again(store: Store, receiver: Receiver) -> None:
    watched = alerts(store, receiver, alert_repeat_hours=6)
    watched.after_run(run(store, "crashed"), at(1))
    for minute in (300, 360, 361, 362, 721):
        watched.check(at(minute))
        watched.deliver(at(minute))
    assert receiver.kinds == ["alert", "repeat", "repeat"]
    assert "for 12 h 0 min, since 2024-05-01 08:01 UTC" in receiver.bodies[2]["text"].splitlines()


def test_a_receiver_that_is_down_gets_everything_in_order_once_it_is_up(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with receiving() as gone:
        watched = alerts(store, gone)
    watched.after_run(run(store, "crashed", 0), at(1))
    watched.after_run(run(store, "complete", 10), at(11))
    assert "Connection refused" in caplog.text
    (alert, clear) = store.incidents.waiting()
    assert (alert.attempts, alert.next_try) == (2, at(13))
    assert (clear.kind, clear.attempts) == ("all-clear", 0)
    with receiving(gone.port) as receiver:
        watched.deliver(at(12))
        assert receiver.bodies == []
        watched.deliver(at(13))
        assert receiver.kinds == ["alert", "all-clear"]
        late = receiver.bodies[0]["text"].splitlines()[-2:]
    assert late == [
        "(written 2024-05-01 08:01 UTC, could not be delivered before)",
        "It is over by now.",
    ]
    assert store.incidents.waiting() == []


def test_a_message_waits_longer_the_more_often_it_fails() -> None:
    assert [(next_try(n, T0) - T0).total_seconds() / 60 for n in (1, 2, 3, 6, 7, 8, 999)] == [
        1, 2, 4, 32, 60, 60, 60
    ]  # fmt: skip


def test_nothing_is_lost_or_told_twice_by_a_restart(store: Store, receiver: Receiver, tmp_path: Path) -> None:
    receiver.status = 500
    alerts(store, receiver).after_run(run(store, "crashed"), at(1))
    receiver.status = 200
    receiver.received.clear()
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as again:
        restarted = alerts(again, receiver)
        for minute in (2, 3, 4):
            restarted.check(at(minute))
            restarted.deliver(at(minute))
    assert receiver.kinds == ["alert"]


def test_two_processes_tell_an_incident_once(store: Store, receiver: Receiver, tmp_path: Path) -> None:
    found = run(store, "crashed")
    everybody = threading.Barrier(3)

    def look() -> None:
        with Store.open(f"sqlite:///{tmp_path / 'archive.db'}") as own:
            watched = alerts(own, receiver)
            everybody.wait()
            watched.after_run(found, at(1))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert receiver.kinds == ["alert"]


def test_a_channel_that_is_down_holds_no_other_up(store: Store, receiver: Receiver) -> None:
    with receiving() as gone:
        pass
    channels = {"down": {"kind": "json", "url": gone.url()}, "up": {"kind": "json", "url": receiver.url()}}
    alerts(store, receiver, alert_channels=channels).after_run(run(store, "crashed"), at(1))
    assert receiver.kinds == ["alert"]
    assert [one.channel for one in store.incidents.waiting()] == ["down"]


def test_a_channel_that_is_down_is_tried_once_at_a_time(store: Store, receiver: Receiver) -> None:
    receiver.status = 400
    watched = alerts(store, receiver)
    for source in ("finews", "cinic", "third"):
        run(store, "crashed", source=source)
    watched.check(at(1))
    watched.deliver(at(1))
    assert len(receiver.received) == 1


def test_delivering_takes_its_time_and_no_more(
    store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_TIME", 0)
    run(store, "crashed")
    watched = alerts(store, receiver)
    watched.check(at(1))
    watched.deliver(at(1))
    assert receiver.bodies == []
    assert len(store.incidents.waiting()) == 1


def test_freshness_is_watched_as_well(store: Store, receiver: Receiver) -> None:
    facts: dict[str, dict[str, float]] = {
        "finews": {"intervals_since_complete": 4.5},
        "": {"disk_free_mib": 512},
    }
    watched = alerts(store, receiver, lambda now: facts)
    watched.check(at(1))
    facts = {"finews": {"intervals_since_complete": 0.1}, "": {"disk_free_mib": 4096}}
    watched.check(at(60))
    watched.deliver(at(60))
    assert [(one["rule"], one["source"], one["kind"], one["next"]) for one in receiver.bodies] == [
        ("disk-low", "", "alert", "archive doctor"),
        ("late", "finews", "alert", "archive runs --source finews"),
        ("disk-low", "", "all-clear", None),
        ("late", "finews", "all-clear", None),
    ]
    assert "disk_free_mib 512 (alert at < 1024)" in receiver.bodies[0]["text"].splitlines()


def test_freshness_that_cannot_be_told_leaves_the_rules_over_runs(
    store: Store, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(now: datetime) -> Facts:
        raise ZeroDivisionError

    run(store, "crashed")
    watched = alerts(store, receiver, broken)
    watched.check(at(1))
    watched.deliver(at(1))
    assert receiver.kinds == ["alert"]
    assert "freshness cannot be told" in caplog.text


def test_an_incident_whose_rule_is_switched_off_is_over(store: Store, receiver: Receiver) -> None:
    alerts(store, receiver).after_run(run(store, "crashed"), at(1))
    alerts(store, receiver, alert_rules={"crashed": {"enabled": False}}).check(at(2))
    alerts(store, receiver).deliver(at(2))
    assert receiver.kinds == ["alert", "all-clear"]
    assert "over: the rule is not in force for it any more: nobody looks" in receiver.bodies[1]["text"]


def test_without_a_channel_incidents_are_kept_all_the_same(store: Store, receiver: Receiver) -> None:
    alerts(store, receiver, alert_channels={}).after_run(run(store, "crashed"), at(1))
    assert [one.rule for one in store.incidents.all_open()] == ["crashed"]
    assert store.incidents.waiting() == []


def test_many_parts_do_not_hide_the_runs_that_count(store: Store, receiver: Receiver) -> None:
    found = run(store, "crashed")
    for minute in range(26):
        lease = store.begin_run(
            "finews", "cli", at(minute), "h", 1, silence=9, is_dead=lambda _: True, asked="--url x"
        )
        store.finish_run(lease.run_id, RunState.FINISHED, "complete", {}, at(minute), lease)
    alerts(store, receiver).after_run(found, at(30))
    assert receiver.kinds == ["alert"]


class Failing:
    """A store that cannot be used, while it fails."""

    def __init__(self, store: Store) -> None:
        self._store, self.fails = store, True

    def __getattr__(self, name: str) -> Any:
        if self.fails:
            raise StoreUnavailable("postgresql://h/d: the connection is lost")
        return getattr(self._store, name)


def test_a_store_that_fails_ends_nothing_and_is_told_once(
    store: Store, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    failing: Any = Failing(store)
    watched = alerts(failing, receiver)
    watched.after_run(run(store, "complete"), at(0))
    for minute in range(1, 9):
        watched.check(at(minute))
        watched.deliver(at(minute))
    failing.fails = False
    watched.check(at(9))
    watched.check(at(10))
    assert [(one["rule"], one["kind"]) for one in receiver.bodies] == [
        ("store-unavailable", "alert"),
        ("store-unavailable", "all-clear"),
    ]
    assert "postgresql://h/d: the connection is lost" in receiver.bodies[0]["text"].splitlines()
    assert "Traceback" not in caplog.text


def test_a_store_that_is_restarted_is_no_incident(store: Store, receiver: Receiver) -> None:
    failing: Any = Failing(store)
    watched = alerts(failing, receiver)
    for minute in range(3):
        failing.fails = True
        watched.check(at(minute * 10))
        watched.check(at(minute * 10 + 1))
        failing.fails = False
        watched.check(at(minute * 10 + 2))
    assert receiver.bodies == []


def test_the_store_has_no_secret(store: Store, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.status, receiver.body = 500, receiver.url().encode()
    alerts(store, receiver).after_run(run(store, "crashed"), at(1))
    (message,) = store.incidents.waiting()
    assert message.problem.startswith("127.0.0.1: HTTP 500")
    assert "0123456789abcdef" not in message.problem + caplog.text


def test_a_run_that_was_asked_to_stop_is_not_held_up_by_what_waits(store: Store, receiver: Receiver) -> None:
    run(store, "crashed")
    watched = alerts(store, receiver)
    watched.check(at(1))
    stopped = store.start_run("finews", "cron", at(2), "host", 42)
    store.finish_run(stopped, RunState.INTERRUPTED, "interrupted", {}, at(3))
    watched.after_run(store.run(stopped), at(3))
    assert receiver.bodies == []
