"""What became of a document or an address: on both databases, in order, bounded, by index."""

import pytest

from archive.store import Store
from archive.store.exports import ExportedFolder
from archive.store.history import CameIn
from archive.store.values import Observation, PageKind, Rejection
from tests.archive.store.plans import plans_of
from tests.archive.store.samples import T0, capture, imported, later, page, rejected, seen

SAME = {"title": "同题"}


def _id(store: Store, code: int) -> int:
    (found,) = store.find(f"finews:20240501{code:06}")
    return found.id


def test_revisions_come_in_order_with_their_runs_and_contents(store: Store) -> None:
    first = store.start_run("finews", "cli", T0, "h", 1)
    second = store.start_run("finews", "cron", later(60), "h", 2)
    store.write([seen(1, "<p>一</p>")], first)
    store.write([seen(2)], second)
    for minutes, body in ((60, "<p>一</p><p>二</p>"), (61, "<p>一</p>"), (62, "<p class=x>一</p>")):
        store.write([seen(1, body, at=minutes)], second)
    found = store.history.revisions(_id(store, 1))
    assert [(one.seen_at, one.run_id, one.text) for one in found] == [
        (later(0), first, "一"),
        (later(60), second, "一\n二"),
        (later(61), second, "一"),
    ]
    assert {one.title for one in found} == {"上证指数第1报"}
    assert [one.id for one in found] == sorted(one.id for one in found)
    assert found[0].content_hash == found[2].content_hash != found[1].content_hash
    assert [store.history.body(one.content_hash) for one in found[:2]] == ["<p>一</p>", "<p>一</p><p>二</p>"]
    runs = store.history.runs(one.run_id or 0 for one in found)
    assert {number: run.trigger for number, run in runs.items()} == {first: "cli", second: "cron"}


def test_captures_of_several_addresses_are_one_history_of_the_newest(store: Store) -> None:
    ones = [capture(f"https://finews.example/{n % 3}.html", at=n) for n in range(12)]
    store.write([Observation(T0, captures=(one,)) for one in ones[::-1]], None)
    asked = {"https://finews.example/0.html": 1, "https://finews.example/1.html": 2}
    found = store.history.captures(asked, limit=3)
    assert found.items == (ones[7], ones[9], ones[10])
    assert (found.in_all, found.left_out) == (8, 5)
    assert store.history.captures(["https://finews.example/9.html"], 3).items == ()


@pytest.mark.parametrize("length", [30, 5000])
def test_rejections_are_found_by_their_address_however_long(store: Store, length: int) -> None:
    # What cannot be compressed: a B-tree of PostgreSQL would refuse to hold it.
    letters = "".join(chr(0x20000 + n * 7919 % 40000) for n in range(length))
    other = rejected(2)
    mine = [Observation(later(n), rejection=Rejection(letters, "post", f"r{n}")) for n in range(4)]
    store.write([mine[0], other, *mine[1:]], None)
    found = store.history.rejections([letters, "nowhere"], limit=2)
    assert [one.rejection.reason for one in found.items] == ["r2", "r3"]
    assert found.in_all == 4
    (kept,) = store.history.rejections([other.captures[-1].address], 9).items
    assert kept.capture == other.captures[-1]


def test_documents_of_one_content_are_told_those_that_have_it_now_first(store: Store) -> None:
    for number in (3, 2, 1):
        store.write([seen(number, "<p>同</p>", at=number, **SAME)], None)
    store.write([seen(4)], None)
    store.write([seen(1, "<p>别</p>", at=9)], None)
    (mine,) = store.find("finews:20240501000003")
    found = store.history.sharers(mine.id, [mine.content_hash], limit=5)
    assert [(one.source_id[-1], one.is_current, one.since) for one in found.items] == [
        ("2", True, later(2)),
        ("1", False, later(1)),
    ]
    (revision,) = store.history.revisions(mine.id)
    assert all(one.revision_id > revision.id for one in found.items)
    bounded = store.history.sharers(mine.id, [mine.content_hash], limit=1)
    assert (len(bounded.items), bounded.in_all) == (1, 2)
    assert store.history.speaker(mine.content_hash) == ("finews", "20240501000002")
    (holding,) = [one for one in store.holdings() if one.content_hash == mine.content_hash]
    assert store.history.speaker(mine.content_hash) == (holding.speaker.source, holding.speaker.source_id)
    assert store.history.speaker("0" * 64) is None


def test_files_are_told_with_the_content_that_they_had(store: Store) -> None:
    store.write([imported(1, "<p>一</p>", name="b.txt"), imported(1, "<p>二</p>", name="a.txt")], None)
    old, new = store.history.revisions(_id(store, 1))
    digest = "3b9c358f36f0a31b6ad3e14f309c7cf198ac9246e8316f9ce543d5b19ac02b80"  # of b"file"
    assert store.history.files(_id(store, 1)) == [
        CameIn("a.txt", digest, new.content_hash, leaves=True),
        CameIn("b.txt", digest, old.content_hash, leaves=True),
    ]


def test_a_page_is_in_the_frontier_just_when_the_whole_frontier_has_it(store: Store) -> None:
    pages = (
        page(1),
        page(2, at=99, checked_at=T0),
        page(3, at=5, checked_at=T0),
        page(4, at=99, attempts=2),
        page(5, next_check=None, kind=PageKind.LIST, checked_at=T0),
    )
    store.write([Observation(T0, pages=pages)], None)
    for now in (later(1), later(6), later(100)):
        whole = {one.address for one in store.frontier("finews", now)}
        alone = {one.address for one in pages if store.history.in_frontier("finews", one.address, now) == one}
        assert alone == whole
    assert store.history.in_frontier("cinic", pages[0].address, later(1)) is None


def test_a_code_leads_to_pages_that_became_no_document(store: Store) -> None:
    run = store.start_run("finews", "cli", T0, "h", 1)
    store.write([Observation(T0, pages=(page(12),)), rejected(2)], run)
    store.write([Observation(T0, pages=(page(2, source="cinic"),))], run)
    assert store.history.addresses_ending("finews", "/2.html") == ["https://finews.example/2.html"]
    assert store.history.addresses_ending("finews", "2.html") == [
        f"https://finews.example/{number}.html" for number in (12, 2)
    ]
    assert store.history.addresses_ending("finews", "_.html") == []


def test_a_history_is_read_by_index(sqlite_store: Store) -> None:
    sqlite_store.write([seen(1), rejected(2)], None)
    with plans_of(sqlite_store) as plans:
        sqlite_store.history.revisions(1)
        sqlite_store.history.captures(["a", "b"], 5)
        sqlite_store.history.rejections(["a", "b"], 5)
        sqlite_store.history.sharers(1, ["a" * 64, "b" * 64], 5)
        sqlite_store.history.speaker("a" * 64)
        sqlite_store.history.files(1)
        sqlite_store.history.in_frontier("finews", "a", T0)
    assert not [
        step for step in plans if step.startswith("SCAN") and "shared" not in step and "anon" not in step
    ]
    used = " ".join(plans)
    for index in ("rejection_address", "capture_address", "revision_content_hash", "revision_document_id"):
        assert f"ix_{index} (" in used


def test_a_folder_exported_to_is_noted_once_with_its_last_export(store: Store) -> None:
    first = ExportedFolder("/srv/a", "one", "seeds", later(1), 3)
    other = ExportedFolder("/srv/文", "one", "seeds", later(2), 4)
    again = ExportedFolder("/srv/a", "two", "jsonl", later(3), 5)
    assert store.exports.all() == []
    for folder in (first, other):
        store.exports.note(folder)
    assert store.exports.all() == [first, other]
    store.exports.note(again)
    assert store.exports.all() == [other, again]
