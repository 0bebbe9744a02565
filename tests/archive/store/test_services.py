"""Of several services on one store one leads, and proves that it lives."""

import threading
from datetime import timedelta

import pytest

from archive.store import Store
from archive.store.services import Service
from tests.archive.store.samples import T0

LATER = T0 + timedelta(hours=1)


def service(name: str, listens: str = "") -> Service:
    return Service(name, f"host-{name}", len(name), listens, T0, None)


def beat(store: Store, one: Service, *, silence: float = 60, dead: str = "") -> bool:
    found = store.services.beat(one, LATER, silence=silence, is_dead=lambda other: other.token == dead)
    return found.led_since is not None


def test_the_first_leads_and_others_stand_by(store: Store) -> None:
    assert beat(store, service("one", "127.0.0.1:1"))
    assert not beat(store, service("two"))
    assert beat(store, service("one", "127.0.0.1:2"))
    first, second = store.services.all()
    assert (first.token, first.led_since, first.listens, first.host, first.pid) == (
        "one",
        LATER,
        "127.0.0.1:2",
        "host-one",
        3,
    )
    assert (second.token, second.led_since, second.started_at) == ("two", None, T0)
    assert 0 <= first.silent < 5


def test_another_leads_once_the_leader_is_dead_or_silent_or_has_left(store: Store) -> None:
    assert beat(store, service("one"))
    assert beat(store, service("two"), dead="one")
    assert [one.token for one in store.services.all()] == ["two"]
    assert not beat(store, service("three"))
    assert beat(store, service("three"), silence=-1)
    store.services.leave("three")
    assert beat(store, service("four"))


def test_who_slept_and_was_replaced_stands_by(store: Store) -> None:
    assert beat(store, service("one"))
    assert beat(store, service("two"), dead="one")
    assert not beat(store, service("one"))
    assert [one.led_since is None for one in store.services.all()] == [False, True]


def test_a_dead_service_that_stood_by_is_struck_out(store: Store) -> None:
    assert beat(store, service("one"))
    assert not beat(store, service("two"))
    assert beat(store, service("one"), dead="two")
    assert [one.token for one in store.services.all()] == ["one"]


@pytest.mark.parametrize("round_", range(3))
def test_of_many_who_begin_at_once_one_leads(store: Store, round_: int) -> None:
    led: list[bool] = []
    threads = [
        threading.Thread(target=lambda name=f"{round_}-{number}": led.append(beat(store, service(name))))
        for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(led) == [False] * 5 + [True]
