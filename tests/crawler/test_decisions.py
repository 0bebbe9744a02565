"""What a crawl decides, and why."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive.documents import Fidelity
from archive.store.values import Known, Page, PageKind
from crawler.decisions import (
    FINEWS_WINDOW,
    Decision,
    Overflow,
    Why,
    after_failure,
    cut_groups,
    decide_displaced,
    decide_listed,
    decide_long_silence,
    is_gone,
    next_list_check,
    next_post_check,
)
from crawler.normalizer import Listed

WINDOW = FINEWS_WINDOW.length
NOW = datetime(2022, 1, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ADDRESS = "https://finews.withounder.com/luwang/2022/01/22/NW202201222257607797.html"
PAGE = Page("finews", ADDRESS, PageKind.POST, Why.NOT_KNOWN, NOW - HOUR, next_check=NOW)
FAILED = replace(PAGE, why=Why.FAILED, attempts=1)


def known(title: str = "题", published: datetime | None = None) -> Known:
    return Known("NW202201222257607797", "luwang", title, Fidelity.SOURCE, published, "0" * 64, NOW - DAY)


DECISIONS = {
    "an unknown post is fetched": (None, None, Why.NOT_KNOWN),
    "so is one that a list named, and that was never read": (None, PAGE, Why.NOT_KNOWN),
    "a known post is left alone": (known(), None, Why.KNOWN),
    "also when it is due: that is for later": (known(), PAGE, Why.KNOWN),
    "another title means that the post was edited": (known("旧题"), None, Why.TITLE_CHANGED),
    "one that failed waits": (None, replace(FAILED, next_check=NOW + MINUTE), Why.WAITING),
    "until it is due": (None, FAILED, Why.NOT_KNOWN),
    "it waits also under a new title": (known("旧题"), replace(FAILED, next_check=NOW + MINUTE), Why.WAITING),
    "until it is due as well": (known("旧题"), FAILED, Why.TITLE_CHANGED),
    "one that never failed does not wait": (None, replace(PAGE, next_check=NOW + DAY), Why.NOT_KNOWN),
}


@pytest.mark.parametrize(("post", "page", "why"), DECISIONS.values(), ids=DECISIONS)
def test_of_what_a_list_names(post: Known | None, page: Page | None, why: Why) -> None:
    fetch = why in {Why.NOT_KNOWN, Why.TITLE_CHANGED}
    assert decide_listed(Listed(ADDRESS, "题"), post, page, NOW, full=False) == Decision(fetch, why)


@pytest.mark.parametrize(("post", "page", "why"), DECISIONS.values(), ids=DECISIONS)
def test_everything_is_fetched_when_everything_is_asked_for_and_what_is_new_is_still_told(
    post: Known | None, page: Page | None, why: Why
) -> None:
    if why is Why.WAITING:
        why = Why.TITLE_CHANGED if post else Why.NOT_KNOWN
    told = Why.FULL if why is Why.KNOWN else why
    assert decide_listed(Listed(ADDRESS, "题"), post, page, NOW, full=True) == Decision(True, told)


@pytest.mark.parametrize(
    ("listed", "stored"),
    [
        ("A&amp;B &lt;10亿", "A&B <10亿"),
        ("题 \u3000目", "题 目"),
        ("A&amp;amp;B", "A&amp;B"),  # escaped when it was written, and by the home page once more
        ("A&amp;B", "A&amp;B"),
        ("&amp;amp;lt;", "<"),
        (None, "题"),
    ],
)
def test_the_way_a_list_writes_a_title_is_no_edit(listed: str | None, stored: str) -> None:
    assert decide_listed(Listed(ADDRESS, listed), known(stored), None, NOW, full=False).why is Why.KNOWN


GROUPS = {
    "nothing listed": ("", "", ""),
    "a full group of posts never seen": ("a:12345", "", "12345"),
    "one that was seen before": ("a:12345", "5", ""),
    "a smaller group shows all there is": ("a:12345 b:67", "", "12345"),
    "each group for itself": ("a:12345 b:67890", "6", "12345"),
    "the largest is full, be it smaller than five": ("a:123 b:456 c:78", "", "123456"),
    "of that size too what was seen counts": ("a:123 b:456", "4", "123"),
    "a site that shows more than five": ("a:1234567 b:89", "", "1234567"),
    "five are full there too": ("a:1234567 b:89abc", "", "123456789abc"),
    "a post of two groups, one seen before": ("a:12345 b:56789", "9", "12345"),
    "a list without headings is one group": (":12345", "", "12345"),
}


@pytest.mark.parametrize(("groups", "seen", "cut"), GROUPS.values(), ids=GROUPS)
def test_of_cut_groups(groups: str, seen: str, cut: str) -> None:
    posts = [
        Listed(address, None, group)
        for group, _, addresses in (one.partition(":") for one in groups.split())
        for address in addresses
    ]
    assert cut_groups(posts, set(seen)) == set(cut)


def test_a_silence_longer_than_posts_stay_is_an_overflow() -> None:
    assert decide_long_silence(None, NOW) is None
    assert decide_long_silence(NOW - WINDOW, NOW) is None
    last = NOW - WINDOW - MINUTE
    overflow = decide_long_silence(last, NOW)
    assert overflow is not None
    assert (overflow.since, overflow.until) == (last, NOW - WINDOW)


DISPLACED: dict[str, tuple[str, Sequence[timedelta | None], timedelta | None]] = {
    "nothing listed says nothing": ("", [DAY], None),
    "one is still listed": ("1x", [DAY, DAY], None),
    "none was known": ("xy", [], None),
    "all have come of age": ("xy", [WINDOW, WINDOW + DAY, WINDOW - DAY], None),
    "without a date nothing can be told": ("xy", [None], None),
    "one should still be there": ("xy", [DAY], DAY),
    "the newest of these says since when": ("xy", [WINDOW, HOUR, DAY, None], HOUR),
    "they stayed long after their time": ("xy", [WINDOW + 2 * DAY], WINDOW + 2 * DAY),
}


@pytest.mark.parametrize(("listed", "ages", "age"), DISPLACED.values(), ids=DISPLACED)
def test_of_known_posts_that_are_not_listed_any_more(
    listed: str, ages: Sequence[timedelta | None], age: timedelta | None
) -> None:
    of_category = {str(n): known(published=NOW - one if one else None) for n, one in enumerate(ages)}
    overflow = decide_displaced([Listed(address, None) for address in listed], of_category, NOW)
    why = "none of a category's known posts is listed any more"
    assert overflow == (Overflow(NOW - age, NOW, why) if age else None)


@pytest.mark.parametrize(
    ("seen_for", "age", "wait"),
    [
        (0 * HOUR, None, HOUR),
        (HOUR / 2, None, HOUR),
        (HOUR, None, HOUR),
        (3 * HOUR, None, 3 * HOUR),
        (6 * DAY, None, 6 * DAY),
        (20 * HOUR, None, 12 * HOUR),
        (30 * DAY, None, 7 * DAY),
        (3 * HOUR, 4 * HOUR, 3 * HOUR),
        (40 * HOUR, 42 * HOUR, 12 * HOUR),
        (60 * HOUR, 62 * HOUR, 9 * HOUR),  # an hour before it leaves
        (WINDOW - HOUR - MINUTE, None, MINUTE),
        (70 * HOUR, WINDOW - HOUR - MINUTE, MINUTE),
        (70 * HOUR, WINDOW - HOUR, HOUR + 15 * MINUTE),  # a quarter after it left
        (70 * HOUR, WINDOW + 14 * MINUTE, MINUTE),
        (70 * HOUR, WINDOW + 15 * MINUTE, 70 * HOUR),
        (0 * HOUR, WINDOW, 15 * MINUTE),
        (0 * HOUR, -DAY, HOUR),  # dated in the future
    ],
)
def test_a_post_is_looked_at_after_as_long_again_and_when_it_leaves(
    seen_for: timedelta, age: timedelta | None, wait: timedelta
) -> None:
    published = None if age is None else NOW - age
    assert next_post_check(NOW - seen_for, published, NOW) == NOW + wait


def test_a_posts_looks_are_few_and_the_last_is_after_it_has_left() -> None:
    looks = [NOW]
    while looks[-1] < NOW + 3 * WINDOW:
        looks.append(next_post_check(NOW, NOW, looks[-1]))
    assert len([at for at in looks if at <= NOW + WINDOW + HOUR]) == 12
    assert {NOW + WINDOW - HOUR, NOW + WINDOW + 15 * MINUTE} <= set(looks)


def test_lists_are_looked_at_daily_each_at_its_own_time() -> None:
    addresses = [f"https://finews.withounder.com/category/{number}.html" for number in range(500)]
    waits = [next_list_check(address, NOW) - NOW for address in addresses]
    assert waits == [next_list_check(address, NOW + 9 * DAY) - NOW - 9 * DAY for address in addresses]
    assert 0.75 * DAY <= min(waits) < 0.8 * DAY
    assert 1.2 * DAY < max(waits) <= 1.25 * DAY
    for hour in range(18, 30):
        assert sum(hour * HOUR <= wait < (hour + 1) * HOUR for wait in waits) < 500 / 12 * 1.7


@pytest.mark.parametrize(
    ("attempts", "retry_after", "wait"),
    [(0, 0, 5 * MINUTE), (1, 0, 10 * MINUTE), (2, 0, 20 * MINUTE), (6, 0, 320 * MINUTE)]
    + [(7, 0, 6 * HOUR), (50, 0, 6 * HOUR), (10**6, 0, 6 * HOUR)]
    + [(0, 60, 5 * MINUTE), (0, 1800, 30 * MINUTE), (0, 3600, HOUR), (0, 31_536_000, HOUR), (0, 1e9, HOUR)]
    + [(5, 60, 160 * MINUTE)],
)
def test_what_failed_is_tried_again_less_and_less_often_and_not_before_the_server_allows(
    attempts: int, retry_after: float, wait: timedelta
) -> None:
    after = after_failure(replace(PAGE, attempts=attempts), NOW, retry_after)
    assert after == replace(PAGE, why=Why.FAILED, attempts=attempts + 1, next_check=NOW + wait)


def test_a_category_with_a_gap_that_failed_is_still_one_with_a_gap() -> None:
    after = after_failure(replace(PAGE, why=Why.NO_OVERLAP), NOW)
    assert after == replace(PAGE, why=Why.NO_OVERLAP, attempts=1, next_check=NOW + 5 * MINUTE)


@pytest.mark.parametrize(
    ("wanted", "checked", "attempts", "is_given_up"),
    [
        (WINDOW + HOUR, None, 3, True),
        (WINDOW + HOUR, None, 2, False),
        (WINDOW, None, 9, False),
        (9 * WINDOW, HOUR, 9, False),
    ],
)
def test_what_has_been_failing_for_as_long_as_a_post_stays_is_given_up(
    wanted: timedelta, checked: timedelta | None, attempts: int, is_given_up: bool
) -> None:
    checked_at = None if checked is None else NOW - checked
    page = replace(PAGE, wanted_since=NOW - wanted, checked_at=checked_at, attempts=attempts)
    assert (after_failure(page, NOW) is None) is is_given_up


def test_of_what_was_read_before_a_list_is_given_up_and_a_post_asked_for_once_a_week() -> None:
    page = replace(PAGE, wanted_since=NOW - 9 * WINDOW, checked_at=NOW - WINDOW - HOUR, attempts=3)
    assert after_failure(replace(page, kind=PageKind.LIST), NOW) is None
    after = after_failure(page, NOW)
    assert after is not None
    assert after.next_check == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("age", "why", "full", "gone"),
    [
        (WINDOW - HOUR, Why.DUE, False, True),
        (WINDOW - HOUR - MINUTE, Why.DUE, False, False),
        (HOUR, Why.DUE, False, False),
        (HOUR, Why.FAILED, False, False),  # with another answer than 404
        (HOUR, Why.MISSING, False, True),
        (HOUR, Why.DUE, True, True),
        (None, Why.DUE, False, False),  # it was first seen yesterday
        (None, Why.MISSING, False, True),
    ],
)
def test_a_post_that_should_still_be_there_is_asked_once_more_before_it_is_gone(
    age: timedelta | None, why: Why, full: bool, gone: bool
) -> None:
    post, page = known(published=NOW - age if age else None), replace(PAGE, why=why, attempts=1)
    assert is_gone(post, page, NOW, full=full) is gone


def test_a_post_without_a_date_is_gone_when_it_has_been_known_for_as_long_as_one_stays() -> None:
    assert is_gone(replace(known(), first_seen=NOW - WINDOW + HOUR), PAGE, NOW, full=False)


def test_a_title_with_an_entity_of_endless_digits_is_compared_like_any_other() -> None:
    listed = Listed(PAGE.address, f"&#{'9' * 5000};")
    assert decide_listed(listed, known(), None, NOW, full=False) == Decision(True, Why.TITLE_CHANGED)
