"""Incidents and their messages: opened once, told once, kept until they are delivered."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from archive.store import Store
from archive.store.incidents import Delivery, Incident
from tests.archive.store.samples import T0, later


def _open(
    store: Store, rule: str = "late", at: float = 0, channels: tuple[str, ...] = ("ops",)
) -> int | None:
    return store.incidents.open(rule, "finews", "seen", None, later(at), message="ALERT", channels=channels)


def _only(store: Store) -> Incident:
    (incident,) = store.incidents.all_open()
    return incident


def _claim(store: Store, at: float = 0, channel: str = "ops", until: float = 2) -> Delivery | None:
    claimed = store.incidents.claim(channel, later(at), later(at + until))
    return claimed[1] if claimed else None


def _deliver(store: Store, at: float = 0) -> Delivery:
    message = _claim(store, at)
    assert message is not None
    store.incidents.delivered(message, later(at))
    return message


def _messages(store: Store) -> list[Delivery]:
    return [message for _, messages in store.incidents.newest(10) for message in messages]


def test_an_incident_comes_with_its_alert_for_each_channel(store: Store) -> None:
    number = _open(store, channels=("ops", "page"))
    assert number is not None
    expected = Incident(number, "late", "finews", "seen", None, T0, T0)
    found = store.incidents.newest(10)
    assert [one for one, _ in found] == store.incidents.all_open() == [expected]
    assert [(one.channel, one.kind, one.text, one.next_try) for one in found[0][1]] == [
        ("ops", "alert", "ALERT", T0),
        ("page", "alert", "ALERT", T0),
    ]


def test_an_incident_is_opened_once_until_it_is_closed(store: Store) -> None:
    assert _open(store)
    assert _open(store, at=1) is None
    assert _open(store, "silent", at=1)
    assert len(_messages(store)) == 2
    late = store.incidents.all_open()[0]
    assert store.incidents.close(late, "OVER", ["ops"], later(2))
    assert not store.incidents.close(late, "OVER", ["ops"], later(3))
    assert _open(store, at=4)
    assert [(one.rule, one.closed_at) for one, _ in store.incidents.newest(10)] == [
        ("late", None),
        ("silent", None),
        ("late", later(2)),
    ]


@pytest.mark.parametrize("attempt", range(3))
def test_of_many_that_see_one_thing_at_once_one_tells_it(store: Store, attempt: int) -> None:
    everybody = Barrier(6)

    def see(_: int) -> tuple[int | None, Delivery | None]:
        everybody.wait()
        opened = _open(store)
        everybody.wait()
        return opened, _claim(store)

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(see, range(6)))
    assert len([number for number, _ in seen if number]) == 1
    assert len([message for _, message in seen if message]) == 1


def test_of_many_that_see_an_end_at_once_one_tells_it(store: Store) -> None:
    _open(store, channels=())
    incident, everybody = _only(store), Barrier(6)

    def see(_: int) -> tuple[bool, bool]:
        everybody.wait()
        told = store.incidents.repeat(incident, "STILL", ["ops"], later(1))
        everybody.wait()
        return told, store.incidents.close(incident, "OVER", ["ops"], later(2))

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(see, range(6)))
    assert [sum(column) for column in zip(*seen, strict=True)] == [1, 1]
    assert [message.text for message in _messages(store)] == ["STILL", "OVER"]


def test_a_message_that_is_claimed_is_nobody_elses(store: Store) -> None:
    _open(store)
    message = _claim(store)
    assert message is not None
    assert (message.attempts, message.next_try) == (1, later(2))
    assert _claim(store, at=1) is None
    assert _claim(store, channel="page") is None
    store.incidents.delivered(message, later(1))
    assert _claim(store, at=99) is None
    assert store.incidents.waiting() == []
    assert [one.delivered_at for one in _messages(store)] == [later(1)]


def test_a_message_whose_sender_was_killed_is_due_again(store: Store) -> None:
    _open(store)
    first, second = _claim(store), _claim(store, at=2)
    assert first is not None
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 2)


def test_a_message_that_failed_waits_for_its_time(store: Store) -> None:
    _open(store)
    message = _claim(store)
    assert message is not None
    store.incidents.failed(message, "HTTP 500", later(4))
    assert _claim(store, at=3) is None
    assert [one.problem for one in store.incidents.waiting()] == ["HTTP 500"]
    assert _claim(store, at=4) is not None


def test_messages_about_one_incident_go_in_order(store: Store) -> None:
    _open(store)
    alert = _claim(store)
    assert alert is not None
    store.incidents.close(_only(store), "OVER", ["ops"], later(1))
    assert _claim(store, at=1) is None
    store.incidents.failed(alert, "down", later(9))
    assert _claim(store, at=2) is None
    assert [_deliver(store, at=9).kind, _deliver(store, at=9).kind] == ["alert", "all-clear"]


def test_an_incident_does_not_wait_for_another(store: Store) -> None:
    _open(store)
    _claim(store)
    _open(store, "silent")
    assert _claim(store) is not None


def test_when_a_channel_is_up_again_all_that_failed_there_is_due(store: Store) -> None:
    _open(store)
    _open(store, "silent")
    first, second = _claim(store), _claim(store)
    assert first is not None
    assert second is not None
    store.incidents.failed(first, "down", later(60))
    _open(store, "disk-low", at=1)
    claimed, third = second, _claim(store, at=1)
    assert third is not None
    store.incidents.delivered(third, later(1))
    again = _claim(store, at=1)
    assert again is not None
    assert again.id == first.id
    assert claimed.id != again.id, "one that is being sent is not due"
    assert _claim(store, at=1) is None


def test_a_repeat_is_for_channels_that_have_taken_what_came_before(store: Store) -> None:
    _open(store, channels=("ops", "page"))
    _deliver(store)
    assert store.incidents.repeat(_only(store), "STILL", ["ops", "page"], later(60))
    assert [(one.channel, one.kind) for one in store.incidents.waiting()] == [
        ("page", "alert"),
        ("ops", "repeat"),
    ]
    assert _only(store).told_at == later(60)


def test_what_is_closed_is_not_told_again(store: Store) -> None:
    _open(store, channels=())
    incident = _only(store)
    store.incidents.close(incident, "OVER", [], later(1))
    assert not store.incidents.repeat(incident, "STILL", ["ops"], later(60))
    assert _messages(store) == []


def test_an_incident_names_the_run_that_opened_it(store: Store) -> None:
    run = store.start_run("finews", "cli", T0, "host", 42)
    store.incidents.open("crashed", "finews", "seen", run, T0, message="", channels=[])
    assert _only(store).run_id == run
