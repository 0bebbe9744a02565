"""What is remembered of a robots.txt, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.store import Store
from archive.store.values import Answer, Page, PageKind
from crawler.rules import ABSENT, PRESENT, RobotsArchive, fresh_until, is_fresh

NOW = datetime(2022, 1, 22, 12, 0, tzinfo=UTC)
ADDRESS = "https://finews.withounder.com/robots.txt"
KNOWN = Page("finews", ADDRESS, PageKind.ROBOTS, PRESENT, NOW, NOW, NOW, '"old"', "Fri")


def answer(status: int = 200, **headers: str) -> Answer:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(ADDRESS, NOW, status, "", named, b"")


@pytest.fixture
def robots(store: Store, data: Path) -> RobotsArchive:
    return RobotsArchive("finews", Archive(store, data))


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("", 0),
        ("max-age=600", 600),
        ("MAX-AGE=600", 600),
        ("public, max-age=600", 600),
        ("public,max-age=600,must-revalidate", 600),
        ("max-age=0", 0),
        ("max-age=-5", 0),
        ("max-age=soon", 0),
        ("s-maxage=600", 0),
        ("x-max-age=600", 0),
        ("no-cache, max-age=600", 0),
        ("max-age=600, no-store", 0),
        ("max-age=86400", 86_400),
        ("max-age=86401", 86_400),
        ("max-age=999999999", 86_400),
        ("max-age=" + "9" * 400, 86_400),
    ],
)
def test_rules_are_used_as_long_as_the_server_allows_and_a_day_at_most(control: str, seconds: int) -> None:
    assert fresh_until(answer(Cache_Control=control), NOW) == NOW + timedelta(seconds=seconds)


def test_rules_are_fresh_until_their_time_is_over() -> None:
    assert is_fresh(replace(KNOWN, next_check=NOW + timedelta(seconds=1)), NOW)
    assert not is_fresh(replace(KNOWN, next_check=NOW), NOW)
    assert not is_fresh(replace(KNOWN, next_check=None), NOW)


@pytest.mark.parametrize(("status", "why"), [(200, PRESENT), (204, PRESENT), (404, ABSENT), (403, ABSENT)])
@pytest.mark.parametrize("earlier", [None, KNOWN, replace(KNOWN, why=ABSENT)])
def test_an_answer_says_whether_there_are_rules(
    status: int, why: str, earlier: Page | None, robots: RobotsArchive
) -> None:
    got = answer(status, ETag='"new"', Last_Modified="Sat", Cache_Control="max-age=60")
    page = robots.answered(ADDRESS, got, earlier, NOW)
    assert (page.why, page.kind, page.etag, page.last_modified) == (why, PageKind.ROBOTS, '"new"', "Sat")
    assert (page.checked_at, page.next_check) == (NOW, NOW + timedelta(minutes=1))


@pytest.mark.parametrize("why", [PRESENT, ABSENT])
def test_word_that_nothing_has_changed_keeps_what_is_known(why: str, robots: RobotsArchive) -> None:
    later = NOW + timedelta(hours=1)
    page = robots.answered(ADDRESS, answer(304, Cache_Control="max-age=60"), replace(KNOWN, why=why), later)
    assert page == replace(KNOWN, why=why, checked_at=later, next_check=later + timedelta(minutes=1))


def test_nothing_is_known_of_a_host_never_asked(robots: RobotsArchive) -> None:
    assert robots.page(ADDRESS) is None
    assert robots.body(ADDRESS) is None
