"""Sketches: which are missing, what is kept, and the documents they are about."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from archive.documents import content_hash
from archive.store import Store
from archive.store.selection import Selection
from archive.store.sketches import Carrier, Sketched
from tests.archive.store.samples import document, gone, seen, sourced

SAME = {"title": "同题"}
SAME_HASH = content_hash("同题", "<p>甲</p>")


def hash_of(number: int) -> str:
    return content_hash(document(number).title, document(number).body)


def missing(store: Store, version: int = 1, selection: Selection | None = None) -> list[str]:
    return list(store.sketches.missing(version, selection or Selection()))


def test_a_content_has_no_sketch_until_one_is_kept(store: Store) -> None:
    store.write([seen(n) for n in range(1, 6)], None)
    assert missing(store) == sorted(hash_of(n) for n in range(1, 6))
    assert len(store.sketches.missing(1)) == 5
    store.sketches.keep({hash_of(2): b"\x00two", hash_of(4): b""}, 1)
    assert missing(store) == sorted(hash_of(n) for n in (1, 3, 5))
    store.sketches.keep({}, 1)
    by_hash = {one.content_hash: one.sketch for one in store.sketches.in_order(1)}
    assert by_hash == {hash_of(n): b"\x00two" if n == 2 else b"" for n in range(1, 6)}


def test_a_sketch_of_another_version_is_made_anew(store: Store) -> None:
    store.write([seen(1)], None)
    store.sketches.keep({hash_of(1): b"old"}, 1)
    assert missing(store, 2) == [hash_of(1)]
    assert [one.sketch for one in store.sketches.in_order(2)] == [b""]
    store.sketches.keep({hash_of(1): b"new"}, 2)
    assert missing(store, 2) == []
    assert [one.sketch for one in store.sketches.in_order(2)] == [b"new"]


def test_a_sketch_that_is_kept_already_stays(store: Store) -> None:
    store.write([seen(1)], None)
    for made in (b"first", b"second"):
        store.sketches.keep({hash_of(1): made}, 1)
    assert [one.sketch for one in store.sketches.in_order(1)] == [b"first"]


def test_several_processes_may_keep_sketches_of_the_same_contents(store: Store) -> None:
    store.write([seen(n) for n in range(1, 41)], None)
    sketches = [{hash_of(n): b"%d" % who for n in range(1, 41)} for who in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda made: store.sketches.keep(made, 1), sketches))
    kept = {one.sketch for one in store.sketches.in_order(1)}
    assert missing(store) == []
    assert len(kept) == 1  # the first of them


def test_texts_are_read_by_the_hash_of_their_content(store: Store) -> None:
    store.write([seen(n) for n in range(1, 121)], None)
    asked = [hash_of(n) for n in range(1, 120)]
    texts = dict(store.sketches.texts([*asked, "f" * 64]))
    assert texts == {hash_of(n): f"收盘第{n}段。" for n in range(1, 120)}


def test_contents_come_in_the_order_of_an_export_each_once_with_the_number_of_its_documents(
    store: Store,
) -> None:
    early = datetime(2020, 1, 1, tzinfo=UTC)
    batch = [
        seen(1),
        seen(2, "<p>甲</p>", **SAME),
        seen(3, published=None),
        seen(4, "<p>甲</p>", published=early, source="cinic", **SAME),
        seen(5),
        seen(6, "<p>甲</p>", slug="guonei", **SAME),
    ]
    for one in reversed(batch):
        store.write([one], None)
    assert list(store.sketches.in_order(1)) == [
        Sketched(SAME_HASH, 3, b""),
        Sketched(hash_of(1), 1, b""),
        Sketched(hash_of(5), 1, b""),
        Sketched(hash_of(3), 1, b""),
    ]
    assert [one.content_hash for one in store.sketches.in_order(1)] == [
        one.content_hash for one in store.holdings()
    ]
    finews = Selection(sources=["finews"])
    assert next(
        one for one in store.sketches.in_order(1, finews) if one.content_hash == SAME_HASH
    ) == Sketched(SAME_HASH, 2, b"")
    assert missing(store, selection=Selection(sources=["cinic"])) == [SAME_HASH]


def test_a_content_that_no_document_has_any_more_is_not_compared(store: Store) -> None:
    store.write([seen(1), seen(1, "<p>乙</p>"), seen(2)], None)
    store.write([gone(2, at=1)], None)
    now = content_hash(document(1).title, "<p>乙</p>")
    assert missing(store) == sorted([now, hash_of(2)])
    store.sketches.keep({hash_of(1): b"x"}, 1)
    assert [one.content_hash for one in store.sketches.in_order(1)] == [now, hash_of(2)]
    assert store.sketches.carried([hash_of(1)]) == {}


def test_the_documents_that_carry_a_content_are_told_in_order(store: Store) -> None:
    store.write([seen(n, "<p>甲</p>", **SAME) for n in (9, 7)], None)
    store.write([seen(8, "<p>甲</p>", source="cinic", **SAME), seen(1)], None)
    carried = store.sketches.carried([SAME_HASH, hash_of(1), "0" * 64])
    assert carried.keys() == {SAME_HASH, hash_of(1)}
    assert carried[SAME_HASH].title == "同题"
    found = [sourced(7), sourced(8, source="cinic"), sourced(9)]
    assert carried[SAME_HASH].carriers == [
        Carrier(one.source, one.source_id, one.address, one.document.outlet, one.document.published)
        for one in found
    ]
    of_cinic = store.sketches.carried([SAME_HASH], Selection(sources=["cinic"]))
    assert [one.source for one in of_cinic[SAME_HASH].carriers] == ["cinic"]
