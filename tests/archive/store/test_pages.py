"""The pages that are asked: what a crawl has still to do follows from these alone."""

from dataclasses import replace

import pytest

from archive.store import Store
from archive.store.values import Effect, Observation, Page, PageKind
from tests.archive.store.plans import plans_of
from tests.archive.store.samples import T0, gone, later, page, seen, sourced


def _wanted(*pages: Page) -> Observation:
    return Observation(T0, pages=pages)


def _forgotten(*pages: Page) -> Observation:
    return Observation(T0, forgotten=tuple((one.source, one.address) for one in pages))


def _addresses(store: Store, source: str = "finews") -> list[str]:
    """Of the pages never read."""
    return [one.address for one in store.frontier(source, later(999))]


def test_a_page_comes_out_as_it_went_in(store: Store) -> None:
    first = page(1, checked_at=later(1), etag='"e"', last_modified="Wed", attempts=3, opens_category=True)
    other = replace(first, source="cinic", kind=PageKind.LIST, next_check=None)
    assert store.write([_wanted(first, other), _wanted()], None) == [None, None]
    assert store.page("finews", first.address) == first
    assert store.page("cinic", first.address) == other
    assert store.page("finews", "https://finews.example/2.html") is None
    assert store.page("nobody", first.address) is None


def test_a_page_is_replaced_as_a_whole(store: Store) -> None:
    store.write([_wanted(page(1, checked_at=later(1), etag='"e"', attempts=3, opens_category=True))], None)
    again = page(1, 9, why="due", kind=PageKind.FEED)
    store.write([_wanted(again)], None)
    assert store.page("finews", again.address) == again


@pytest.mark.parametrize("one_batch", [True, False], ids=["one batch", "many batches"])
def test_the_last_word_on_a_page_counts(store: Store, one_batch: bool) -> None:
    one, two, three, four = (page(n) for n in (1, 2, 3, 4))
    batch = [
        _wanted(one, two, replace(two, attempts=1)),
        _forgotten(one, three),
        _wanted(replace(one, attempts=7), three, four),
        _forgotten(three, three, page(9)),
    ]
    for some in [batch] if one_batch else [[observation] for observation in batch]:
        store.write(some, None)
    kept = [replace(one, attempts=7), replace(two, attempts=1), four]
    assert [store.page("finews", one.address) for one in kept] == kept
    assert len(_addresses(store)) == 3


def test_of_one_observation_what_is_forgotten_counts_last(store: Store) -> None:
    store.write([replace(_forgotten(page(1)), pages=(page(1), page(2)))], None)
    assert _addresses(store) == [page(2).address]


@pytest.mark.parametrize("one_batch", [True, False], ids=["one batch", "many batches"])
def test_the_pages_of_documents_that_are_gone_are_forgotten(store: Store, one_batch: bool) -> None:
    pages = [page(n) for n in (1, 2, 3)]
    elsewhere = page(1, source="cinic")
    batch = [
        *(seen(n) for n in (1, 2, 3)),
        _wanted(*pages, elsewhere),
        gone(1, 2, 77),
        seen(2, address="https://finews.example/moved.html"),
        _wanted(pages[1]),
        replace(gone(3), pages=(pages[2],)),
    ]
    batches = [batch] if one_batch else [[observation] for observation in batch]
    effects = [effect for some in batches for effect in store.write(some, None)]
    assert effects[4:] == [Effect.GONE, Effect.UNCHANGED, None, Effect.GONE]
    assert _addresses(store) == [sourced(2).address]
    assert _addresses(store, "cinic") == [elsewhere.address]


def test_the_page_of_a_document_long_gone_is_forgotten_too(store: Store) -> None:
    store.write([seen(1), gone(1)], None)
    store.write([_wanted(page(1))], None)
    assert store.write([gone(1, at=5)], None) == [None]
    assert store.page("finews", page(1).address) is None


@pytest.mark.parametrize("address", ["a" * 2001, "https://finews.example/涨", "a" * 1999 + "涨"])
def test_an_address_that_no_index_takes_is_refused_before_anything_is_stored(
    store: Store, address: str
) -> None:
    with pytest.raises(ValueError, match="not ASCII, or over 2000 characters") as caught:
        store.write([seen(1), _wanted(page(1, address=address))], None)
    assert len(str(caught.value)) < 200
    assert store.counts().documents == 0
    longest = page(1, address="".join(chr(33 + n * 7919 % 90) for n in range(2000)))
    store.write([_wanted(longest)], None)
    assert store.page("finews", longest.address) == longest


def test_the_frontier_is_what_is_due_or_unread_and_all_lists(store: Store) -> None:
    read = {"checked_at": T0}
    at_once = page(20, 3, **read)
    wanted = [
        page(8, 2, **read),
        at_once,
        replace(at_once, address="https://finews.example/A.html"),
        replace(at_once, address="https://finews.example/a.html"),
        page(1, 9, kind=PageKind.FEED, **read),
        page(3, 60),
        page(2, kind=PageKind.LIST, next_check=None, **read),
        page(4, next_check=None),
    ]
    others = [
        page(5, 4, **read),
        page(6, next_check=None, **read),
        page(7, 60, kind=PageKind.ROBOTS, **read),
        page(8, 1, source="cinic"),
    ]
    store.write([_wanted(*others, *wanted[::-1])], None)
    assert store.frontier("finews", later(3)) == wanted


def test_pages_are_found_by_index(sqlite_store: Store) -> None:
    with plans_of(sqlite_store) as plans:
        sqlite_store.frontier("finews", T0)
        sqlite_store.page("finews", page(1).address)
        sqlite_store.write([_wanted(page(1)), _forgotten(page(2), page(3))], None)
    assert not [step for step in plans if step.startswith("SCAN page")]
    found = " ".join(plans)
    for index in ("ix_page_source_next_check", "ix_page_source_id", "sqlite_autoindex_page_1"):
        assert index in found
