"""The story of a crawl: how politely it asked, what was slow, what failed; why each answer was asked for."""

import json
import threading
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any
from urllib.parse import quote

import pytest

from archive.store import Store
from archive.store.values import Capture
from crawler import practice as module
from crawler.practice import Practice
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from fixtures.requests import Request
from tests.crawler.test_captures import usual_posts
from tests.crawler.test_robots import OPEN, as_a_mirror_elsewhere
from tests.forked import crawl

SLOW = 0.3
HOST = "x.test"


@dataclass(frozen=True, slots=True)
class Told:
    """What a crawl tells of itself, and what the site saw of it."""

    story: dict[str, Any]
    captures: list[Capture]
    requests: list[Request]
    paths: dict[str, str]
    """Of posts with a part to play."""

    def why(self, path: str, host: str = NEWS_HOST) -> list[tuple[int, str]]:
        """Status and reason of each answer at a path, in the order of the captures."""
        address = f"{'http' if host == SHARE_HOST else 'https'}://{host}{path}"
        return [(one.status, one.why) for one in self.captures if one.address == address]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A second crawl, of a site that is not on this machine, where posts fail, move and are slow."""
    data = tmp_path_factory.mktemp("data")
    with Double(posts=8, categories=1, seed=21) as site:
        site.robots[NEWS_HOST] = f"{OPEN}Crawl-delay: 0.1\n"
        crawl(data, site.mirrors, now=site.clock.now(), limit=1)
        retried, moved, failing, slow, *_ = (post for post in usual_posts(site)[1:])
        paths = {"retried": retried.path, "moved": moved.path, "failing": failing.path, "slow": slow.path}
        site.faults.add(host=NEWS_HOST, path=retried.path, status=503, times=1, headers={"Retry-After": "1"})
        site.faults.add(host=NEWS_HOST, path=moved.path, redirect="/moved", times=1)
        site.faults.add(host=NEWS_HOST, path=failing.path, status=500)
        site.faults.add(host=NEWS_HOST, path=slow.path, delay=SLOW)
        site.requests.clear()
        later = site.clock.advance(minutes=11)
        crawl(data, **as_a_mirror_elsewhere(site), now=later)
        requests = list(site.requests)
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        (run, _) = store.runs()
        captures = [one for _, one in store.kept_captures() if one.run_id == run.id]
    return Told(dict(run.story), captures, requests, paths)


def test_the_story_counts_as_the_site_does(told: Told) -> None:
    assert set(told.story["hosts"]) == {NEWS_HOST, SHARE_HOST}
    for host, practised in told.story["hosts"].items():
        seen = [one for one in told.requests if one.host == host]
        assert practised["requests"] == len(seen)
        assert practised["conditional"] == sum(one.conditional for one in seen)
        assert practised["not_modified"] == sum(one.status == 304 for one in seen)
        assert practised["bytes"] == sum(one.sent for one in seen)
        assert practised["unanswered"] == 0
    assert told.story["hosts"][NEWS_HOST]["not_modified"] >= 2


def test_the_gaps_are_those_that_the_site_saw(told: Told) -> None:
    practised = told.story["hosts"][NEWS_HOST]
    begun = sorted(one.at for one in told.requests if one.host == NEWS_HOST)
    gaps = [after - before for before, after in pairwise(begun)]
    assert practised["least_gap"] == pytest.approx(min(gaps), abs=0.06)
    assert practised["median_gap"] == pytest.approx(median(gaps), abs=0.06)
    assert practised["least_gap"] > 0.04
    assert 1 <= practised["most_at_once"] <= 2


def test_the_delay_is_told_with_who_asks_for_it(told: Told) -> None:
    practised = told.story["hosts"]
    assert (practised[NEWS_HOST]["delay"], practised[NEWS_HOST]["delay_from"]) == (0.1, "robots.txt")
    assert (practised[SHARE_HOST]["delay"], practised[SHARE_HOST]["delay_from"]) == (0, "loopback")


def test_what_the_server_asked_to_wait_was_waited(told: Told) -> None:
    assert 1 <= told.story["hosts"][NEWS_HOST]["waited"] < 3
    assert told.story["hosts"][SHARE_HOST]["waited"] == 0


def test_slow_and_failed_addresses_are_named(told: Told) -> None:
    first = told.story["slowest"][0]
    assert (first["address"], first["status"]) == (f"https://{NEWS_HOST}{quote(told.paths['slow'])}", 200)
    assert SLOW < first["seconds"] < 5
    failed = {one["address"]: (one["reason"], one["detail"]) for one in told.story["failed"]}
    assert failed == {
        f"https://{NEWS_HOST}{quote(told.paths['moved'])}": ("http-404", "Ignoring non-200 response"),
        f"https://{NEWS_HOST}{quote(told.paths['failing'])}": ("http-500", "Ignoring non-200 response"),
    }


def test_every_answer_says_why_it_was_asked_and_how_long_it_took(told: Told) -> None:
    retried, moved, failing = (quote(told.paths[name]) for name in ("retried", "moved", "failing"))
    assert told.why("/robots.txt") == [(304, "robots")]
    assert told.why("/") == [(304, "start")]
    assert told.why(retried) == [(503, "unfinished"), (200, "unfinished")]
    assert told.why(moved) == [(302, "unfinished")]
    assert told.why("/moved") == [(404, "unfinished")]
    assert told.why(failing) == [(500, "unfinished")] * 3
    shared = {one.why for one in told.captures if SHARE_HOST in one.address and "GetNewsText" in one.address}
    assert shared == {"unfinished"}
    assert all(one.why and 0 < one.took < 5 for one in told.captures)
    slow = next(one for one in told.captures if one.address.endswith(quote(told.paths["slow"])))
    assert SLOW < slow.took < 5


def ask(practice: Practice, number: int, seconds: float, *, status: int | None = 200) -> None:
    """A request that takes so many seconds by the clock of the test."""
    address = f"https://{HOST}/{number}"
    practice.begin(HOST, float(number), is_conditional=False)
    practice.end(HOST, address, seconds, status, 10)


def test_the_story_of_a_long_crawl_is_no_longer_than_that_of_a_short_one() -> None:
    practice = Practice()
    practice.keeps(HOST, 1.0, "settings")
    sizes = []
    for upto in (200, 20_000):
        for number in range(upto):
            ask(practice, number, 1 + number % 997 / 1000)
            practice.failed(f"https://{HOST}/{number}" + "x" * 5000, "http-500", "y" * 5000)
        sizes.append(len(json.dumps(practice.story())))
    assert sizes[1] < sizes[0] * 1.1
    assert len(practice.story()["failed"]) == 20
    assert sizes[1] < 60_000


def test_the_ten_slowest_addresses_are_told_each_once_the_slowest_first() -> None:
    practice = Practice()
    practice.keeps(HOST, 0, "loopback")
    for number in range(100):
        ask(practice, number, number / 10)
    ask(practice, 99, 50.0, status=None)
    ask(practice, 99, 20.0)
    slowest = practice.story()["slowest"]
    assert [one["seconds"] for one in slowest] == [50.0] + [number / 10 for number in range(98, 89, -1)]
    assert slowest[0] == {"address": f"https://{HOST}/99", "seconds": 50.0, "status": None}
    assert practice.story()["hosts"][HOST]["unanswered"] == 1


@pytest.mark.parametrize("gaps", [[1.0], [0.5, 1.0, 1.5], [0.001, 90.0, 0.002], [3.0] * 5 + [0.1] * 4])
def test_the_median_gap_is_right_to_one_in_a_hundred(gaps: list[float]) -> None:
    practice, now = Practice(), 100.0
    practice.keeps(HOST, 1.0, "settings")
    for gap in [0.0, *gaps]:
        now += gap
        practice.begin(HOST, now, is_conditional=False)
    told = practice.story()["hosts"][HOST]
    assert told["median_gap"] == pytest.approx(median(gaps), rel=0.011)
    assert told["least_gap"] == pytest.approx(min(gaps), rel=0.001)
    assert told["most_at_once"] == len(gaps) + 1


def test_a_host_asked_once_or_at_the_same_moment_has_no_gap_to_divide_by() -> None:
    practice = Practice()
    practice.keeps(HOST, 1.0, "settings")
    assert practice.story()["hosts"] == {}
    practice.begin(HOST, 1.0, is_conditional=True)
    assert practice.story()["hosts"][HOST]["least_gap"] is None
    practice.begin(HOST, 1.0, is_conditional=True)
    assert practice.story()["hosts"][HOST]["least_gap"] == 0


def test_many_hosts_are_told_by_those_that_were_asked_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_HOSTS", 2)
    practice = Practice()
    for number, host in enumerate("abc"):
        practice.keeps(host, 0, "loopback")
        for _ in range(number + 1):
            practice.begin(host, 1.0, is_conditional=False)
    assert list(practice.story()["hosts"]) == ["c", "b"]


def test_nothing_is_told_while_it_is_being_written() -> None:
    practice, told = Practice(), []
    reader = threading.Thread(target=lambda: told.append(practice.story()))
    with practice._lock:
        reader.start()
        reader.join(timeout=0.1)
        assert told == []
    reader.join()
    assert len(told) == 1
