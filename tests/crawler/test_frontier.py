"""The frontier: what is to be asked, and how a page stands once it was."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.documents import Fidelity
from archive.store.values import Answer, Known, Page, PageKind
from crawler.decisions import Why
from crawler.frontier import Frontier, Wanted
from crawler.normalizer import Listed
from crawler.normalizer.finews.addresses import HOME, category_address

NOW = datetime(2022, 1, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = NOW + 3 * MINUTE
"""When an answer comes, in a crawl that began at `NOW`."""
ANSWER = Answer(HOME, LATER, 200, "OK", (("ETag", '"new"'), ("Last-Modified", "Sat")), b"")


def address(number: int, path: str = "luwang") -> str:
    return f"https://finews.withounder.com/{path}/2022/01/22/NW20220122225760{number:04}.html"


def known(number: int, slug: str = "luwang", age: timedelta = 2 * HOUR) -> Known:
    code = f"NW20220122225760{number:04}"
    return Known(code, slug, "题", Fidelity.SOURCE, NOW - age, "0" * 64, NOW - age)


def page(number: int, why: str = Why.DUE, due: timedelta | None = -MINUTE, **changes: Any) -> Page:
    next_check = None if due is None else NOW + due
    plain = Page("finews", address(number), PageKind.POST, why, NOW - DAY, next_check, NOW - HOUR, '"old"')
    return replace(plain, **changes)


def category(slug: str, **changes: Any) -> Page:
    return page(0, address=category_address(slug), kind=PageKind.LIST, **changes)


def frontier(pages: Iterable[Page] = (), documents: Iterable[int] = ()) -> Frontier:
    return Frontier("finews", {address(number): known(number) for number in documents}, pages, NOW)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (Why.NOT_KNOWN, Why.UNFINISHED),
        (Why.NO_OVERLAP, Why.UNFINISHED),
        (Why.TITLE_CHANGED, Why.TITLE_CHANGED),
        (Why.FAILED, Why.FAILED),
    ],
)
def test_what_earlier_runs_left_is_urgent_and_due_looks_are_not(why: Why, told: Why) -> None:
    left, due = page(1, why), page(2)
    both = frontier([left, due], [1, 2])
    assert both.urgent() == [Wanted(left, told)]
    assert both.rechecks() == [Wanted(due, Why.DUE)]


@pytest.mark.parametrize("why", [Why.DUE, Why.FAILED, Why.NOT_KNOWN])
def test_what_is_not_due_waits(why: Why) -> None:
    waiting = frontier([page(1, why, MINUTE), page(2, why, None)])
    assert waiting.urgent() + waiting.rechecks() == []
    on_time = frontier([page(1, why, 0 * MINUTE)])
    assert len(on_time.urgent() + on_time.rechecks()) == 1


def test_the_order_of_the_store_is_kept() -> None:
    due = [page(number) for number in (3, 1, 2)]
    assert [one.page for one in frontier(due).rechecks()] == due


def test_everything_is_all_lists_and_all_documents_due_or_not() -> None:
    lists = [category("luwang", due=DAY), category("new", why=Why.FAILED)]
    feed = page(0, address=f"{HOME}feed.xml", kind=PageKind.FEED)
    everything = frontier([*lists, feed, page(1, due=DAY), page(3)], [1, 2]).everything()
    assert [one.page for one in everything[:3]] == [*lists, page(1, due=DAY)]
    unwritten = everything[3].page
    assert (unwritten.address, unwritten.next_check) == (address(2), None)
    assert unwritten.checked_at is not None  # it is known, so it was read
    assert {one.why for one in everything} == {Why.FULL}


def test_robots_pages_are_somebody_elses() -> None:
    robots = page(0, address=f"{HOME}robots.txt", kind=PageKind.ROBOTS)
    front = frontier([robots, replace(robots, why="absent")])
    assert front.urgent() + front.rechecks() + front.everything() == []
    assert front.page(robots.address, PageKind.ROBOTS).checked_at is None


def test_what_is_asked_is_noted() -> None:
    front = frontier()
    assert not front.is_taken(HOME)
    front.take(HOME)
    assert front.is_taken(HOME)


WIDE, NARROW = address(1, "a%EF%BC%88b%EF%BC%89"), address(1, "a(b)")
"""The address of one post as the lists have it, and as the feed does: NFKC of the same."""


def test_the_feeds_posts_that_a_list_has_named_are_not_named_again_whatever_form_their_address_has() -> None:
    taken = frontier()
    taken.take(WIDE)
    new = Listed(address(2), None)
    for front in (frontier([page(0, address=WIDE)]), frontier(documents=[1]), taken):
        assert front.not_listed_yet([Listed(NARROW, None), new], ()) == [new]
    assert frontier().not_listed_yet([Listed(NARROW, None), new], [WIDE]) == [new]
    assert frontier().not_listed_yet([Listed(NARROW, None)], ()) == [Listed(NARROW, None)]


def test_a_document_is_known_whatever_form_its_address_has() -> None:
    front = Frontier("finews", {WIDE: known(1)}, (), NOW)
    assert front.decide(Listed(WIDE, "题"), full=False).why is Why.KNOWN
    assert front.decide(Listed(NARROW, "题"), full=False).why is Why.KNOWN
    assert front.decide(Listed(NARROW, "新题"), full=False).why is Why.TITLE_CHANGED
    assert front.decide(Listed(address(2), "题"), full=False).why is Why.NOT_KNOWN


def test_a_post_never_read_that_is_known_from_another_address_is_superseded() -> None:
    never = page(0, Why.FAILED, address=NARROW, checked_at=None)
    read, unknown, same = page(0, address=NARROW), page(2, checked_at=None), page(0, address=WIDE)
    documents = {WIDE: known(1)}
    for pages, superseded in (([never, unknown, same], [never]), ([read, same], [])):
        assert Frontier("finews", documents, pages, NOW).superseded() == superseded
    assert frontier([never]).superseded() == []


def test_groups_are_cut_unless_documents_or_pages_are_among_them() -> None:
    def posts(first: int) -> list[Listed]:
        return [Listed(address(number), None, str(first)) for number in range(first, first + 5)]

    front = frontier([page(12, Why.NOT_KNOWN)], [24])
    assert front.opening_categories([*posts(10), *posts(20), *posts(30)]) == {
        post.address for post in posts(30)
    }


def test_a_post_was_known_once_a_list_or_a_document_said_so() -> None:
    front = frontier([page(1)], documents=[2])
    assert [front.was_known(address(number), NOW) for number in (1, 2, 3)] == [True, True, False]
    assert front.was_known(address(1), NOW - DAY)
    assert not front.was_known(address(1), NOW - 2 * DAY)
    assert not front.was_known(address(2), NOW - 3 * HOUR)


def test_a_wanted_post_is_due_at_once_and_counts_as_never_read() -> None:
    wanted = frontier([page(1, due=DAY, attempts=2)]).wanted_post(
        address(1), Why.TITLE_CHANGED, LATER, opens_category=False
    )
    assert (wanted.why, wanted.next_check, wanted.checked_at) == (Why.TITLE_CHANGED, LATER, None)
    assert wanted.wanted_since == NOW - DAY
    assert not wanted.opens_category


@pytest.mark.parametrize(("before", "now", "after"), [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1)])
def test_that_a_post_opens_category_survives_until_it_is_read(before: int, now: int, after: int) -> None:
    stored = page(1, Why.NOT_KNOWN, opens_category=bool(before))
    front = frontier([stored])
    wanted = front.wanted_post(address(1), Why.NOT_KNOWN, LATER, opens_category=bool(now))
    assert wanted.opens_category is bool(after)
    failed = front.failed(wanted, LATER, 0)
    assert failed is not None
    assert failed.opens_category is bool(after)
    assert not front.read_post(address(1), None, LATER, ANSWER).opens_category


def test_a_category_is_wanted_now() -> None:
    wanted = frontier([category("luwang", due=DAY)]).wanted_list(
        category_address("luwang"), Why.NO_OVERLAP, LATER
    )
    assert wanted == category("luwang", why=Why.NO_OVERLAP, next_check=LATER)
    assert frontier().wanted_list(category_address("luwang"), Why.NO_OVERLAP, LATER).kind is PageKind.LIST


def test_a_post_that_was_read_has_its_validators_and_its_next_look() -> None:
    read = frontier([page(1, Why.FAILED, attempts=3)], [1]).read_post(address(1), NOW - HOUR, LATER, ANSWER)
    assert (read.why, read.checked_at, read.attempts) == (Why.DUE, LATER, 0)
    assert (read.etag, read.last_modified) == ('"new"', "Sat")
    assert read.next_check == LATER + 2 * HOUR + 3 * MINUTE  # it was first seen two hours before the crawl
    new = frontier().read_post(address(1), NOW - HOUR, LATER, ANSWER)
    assert new.next_check == LATER + HOUR


def test_a_post_that_has_not_changed_keeps_its_validators() -> None:
    unchanged = frontier([page(1)], [1]).unchanged_post(page(1), LATER)
    assert (unchanged.etag, unchanged.checked_at) == ('"old"', LATER)
    assert unchanged.next_check == LATER + 2 * HOUR + 3 * MINUTE
    leaving = Frontier("finews", {address(1): known(1, age=70 * HOUR)}, (), NOW)
    assert leaving.unchanged_post(page(1), LATER).next_check == NOW + HOUR


def test_a_list_is_due_in_a_day_or_so_and_one_that_is_asked_every_time_never() -> None:
    front = frontier()
    read = front.read_list(category("luwang"), LATER, ANSWER, every_time=False)
    assert read.next_check is not None
    assert 18 * HOUR < read.next_check - LATER < 30 * HOUR
    assert read.etag == '"new"'
    unchanged = front.read_list(category("luwang"), LATER, None, every_time=True)
    assert (unchanged.next_check, unchanged.etag, unchanged.checked_at) == (None, '"old"', LATER)


def test_a_page_that_failed_waits_and_may_be_given_up() -> None:
    failed = frontier().failed(page(1), LATER, 0)
    assert failed == page(1, Why.FAILED, next_check=LATER + 5 * MINUTE, attempts=1)
    hopeless = page(1, wanted_since=NOW - 9 * DAY, checked_at=None, attempts=9)
    assert frontier().failed(hopeless, LATER, 0) is None


def test_what_is_asked_every_time_waits_only_if_the_server_says_so_and_is_never_given_up() -> None:
    home = page(0, address=HOME, kind=PageKind.LIST, due=None)
    failed = frontier().failed(home, LATER, 0, every_time=True)
    assert failed == replace(home, attempts=1)
    asked_to_wait = frontier().failed(home, LATER, 1800, every_time=True)
    assert asked_to_wait == replace(home, attempts=1, next_check=LATER + 30 * MINUTE)
    hopeless = replace(home, checked_at=NOW - 30 * DAY, attempts=99)
    assert frontier().failed(hopeless, LATER, 0, every_time=True) == replace(hopeless, attempts=100)


def test_a_category_that_nothing_is_written_of_is_swept_once() -> None:
    front = frontier([category("luwang")])
    swept = front.sweep_of(category_address("new"), NOW)
    assert swept is not None
    assert (swept.address, swept.kind, swept.why) == (category_address("new"), PageKind.LIST, Why.DUE)
    assert swept.next_check is not None
    assert swept.next_check > NOW + 18 * HOUR
    assert front.sweep_of(category_address("new"), NOW) is None
    assert front.sweep_of(category_address("luwang"), NOW) is None
    front.take(category_address("asked"))
    assert front.sweep_of(category_address("asked"), NOW) is None
