"""What storing a document does: the contract of both databases."""

import pytest

from archive.documents import Fidelity, content_hash
from archive.store import Store
from archive.store.values import Effect, Observation
from tests.archive.store.samples import T0, document, gone, imported, later, page, seen, sourced

NEW, DUPLICATE, CHANGED, UNCHANGED = Effect.NEW, Effect.DUPLICATE, Effect.CHANGED, Effect.UNCHANGED


def test_a_document_comes_out_as_it_went_in(store: Store) -> None:
    assert store.write([seen(1, at=1)], None) == [NEW]
    (stored,) = store.find("20240501000001")
    assert stored.found == sourced(1)
    assert stored.content_hash == content_hash(document(1).title, document(1).body)
    assert stored.text == "收盘第1段。"
    assert (stored.first_seen, stored.last_seen, stored.gone_since) == (later(1), later(1), None)
    assert (stored.revisions, stored.imported) == (1, None)


def test_the_same_again_is_unchanged_but_seen(store: Store) -> None:
    store.write([seen(1, at=1)], None)
    assert store.write([seen(1, at=9)], None) == [UNCHANGED]
    (stored,) = store.find("20240501000001")
    assert (stored.first_seen, stored.last_seen, stored.revisions) == (later(1), later(9), 1)


def test_content_that_returns_is_a_revision_each_time(store: Store) -> None:
    effects = [store.write([seen(1, body)], None)[0] for body in ("<p>甲</p>", "<p>乙</p>", "<p>甲</p>")]
    assert effects == [NEW, CHANGED, CHANGED]
    (stored,) = store.find("20240501000001")
    assert (stored.found.document.body, stored.revisions) == ("<p>甲</p>", 3)
    counts = store.counts()
    assert (counts.documents, counts.contents, counts.revisions) == (1, 2, 3)


def test_a_batch_is_stored_in_its_order(store: Store) -> None:
    batch = [
        seen(1, "<p>甲</p>", at=1),
        seen(2, "<p>甲</p>", at=2, title=document(1).title),
        seen(1, "<p>乙</p>", at=3),
        seen(1, "<p>乙</p>", at=4),
        seen(1, "<p>甲</p>", at=5),
        seen(3, "<p>乙</p>", at=6, title=document(1).title),
    ]
    assert store.write(batch, None) == [NEW, DUPLICATE, CHANGED, UNCHANGED, CHANGED, DUPLICATE]
    (stored,) = store.find("20240501000001")
    assert stored.found.document.body == "<p>甲</p>"
    assert (stored.first_seen, stored.last_seen, stored.revisions) == (later(1), later(5), 3)


def test_a_duplicate_is_a_document_of_its_own(store: Store) -> None:
    store.write([seen(1)], None)
    other = seen(1, source="cinic", slug="guonei")
    assert store.write([other], None) == [DUPLICATE]
    assert [one.found.document.slug for one in store.find("20240501000001")] == ["guonei", "kuaixun"]
    assert store.counts().contents == 1


def test_markup_and_white_space_make_no_revision(store: Store) -> None:
    store.write([seen(1, "<p>甲 乙</p>")], None)
    assert store.write([seen(1, "<div><b>甲</b>\u3000乙</div><script>1</script>")], None) == [UNCHANGED]
    assert store.find("20240501000001")[0].found.document.body == "<p>甲 乙</p>"


def test_a_new_title_is_a_change(store: Store) -> None:
    store.write([seen(1)], None)
    assert store.write([seen(1, title="更正")], None) == [CHANGED]
    assert store.find("20240501000001")[0].found.document.title == "更正"


def test_what_is_said_besides_the_content_follows_the_last_sight(store: Store) -> None:
    store.write([seen(1)], None)
    moved = seen(1, address="https://finews.example/moved.html", slug="gupiao", tags=("甲", "乙"), link=None)
    assert store.write([moved], None) == [UNCHANGED]
    assert store.find("20240501000001")[0].found == moved.document


def test_an_address_once_known_is_not_forgotten(store: Store) -> None:
    store.write([seen(1)], None)
    store.write([seen(1, address="")], None)
    assert store.find("20240501000001")[0].found.address == sourced(1).address


PAGE, SOURCE, IMPORT = Fidelity.PAGE, Fidelity.SOURCE, Fidelity.IMPORT


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (PAGE, SOURCE, 2),
        (PAGE, IMPORT, 2),
        (IMPORT, SOURCE, 2),
        (Fidelity.GENERIC, SOURCE, 2),
        (SOURCE, PAGE, 1),
        (SOURCE, IMPORT, 1),
        (IMPORT, PAGE, 1),
        (PAGE, PAGE, 1),
        (SOURCE, SOURCE, 1),
    ],
)
@pytest.mark.parametrize("one_batch", [True, False], ids=["one batch", "two batches"])
def test_of_two_bodies_of_one_content_the_nearer_to_the_source_is_kept(
    store: Store, first: Fidelity, second: Fidelity, kept: int, one_batch: bool
) -> None:
    bodies = {1: "<p>甲</p>", 2: "<div>甲</div>"}
    batch = [seen(1, bodies[1], fidelity=first), seen(1, bodies[2], fidelity=second)]
    effects = store.write(batch, None) if one_batch else [store.write([one], None)[0] for one in batch]
    assert effects == [NEW, UNCHANGED]
    (stored,) = store.find("20240501000001")
    assert stored.found.document.body == bodies[kept]
    assert stored.found.fidelity == {1: first, 2: second}[kept]


@pytest.mark.parametrize("batches", [[[0, 1, 2]], [[2, 1, 0]], [[1], [0], [2]], [[2], [1], [0]]])
def test_of_two_documents_with_one_content_the_one_published_first_gives_the_body(
    store: Store, batches: list[list[int]]
) -> None:
    bodies = ["<p><b>同文</b></p>", "<p>同文</p>", "<p><i>同文</i></p>"]
    title = document(1).title
    twins = [seen(number + 1, body, title=title) for number, body in enumerate(bodies)]
    undated = seen(0, "<p><u>同文</u></p>", title=title, published=None)
    store.write([undated], None)
    for batch in batches:
        store.write([twins[number] for number in batch], None)
    (holding,) = store.holdings()
    assert holding.speaker == sourced(1, bodies[0], title=title)


def test_new_furniture_of_one_document_leaves_its_body_as_it_was(store: Store) -> None:
    store.write([seen(1, "<p>文</p>")], None)
    store.write([seen(1, "<p><b>文</b></p>")], None)
    assert store.find("20240501000001")[0].found.document.body == "<p>文</p>"


def test_other_content_is_kept_whatever_its_fidelity(store: Store) -> None:
    store.write([seen(1, fidelity=SOURCE)], None)
    assert store.write([seen(1, "<p>新</p>", fidelity=PAGE)], None) == [CHANGED]
    (stored,) = store.find("20240501000001")
    assert (stored.found.document.body, stored.found.fidelity) == ("<p>新</p>", PAGE)


def test_a_document_that_is_gone_is_kept_and_can_return(store: Store) -> None:
    store.write([seen(1), seen(2), seen(3)], None)
    assert store.write([gone(1, 2, 77, at=10)], None) == [Effect.GONE]
    assert store.write([gone(1, 2, 77, at=20), gone(77), gone(3, source="cinic")], None) == [None] * 3
    assert store.find("20240501000001")[0].gone_since == later(10)
    assert set(store.known("finews")) == {sourced(3).address}
    assert store.write([seen(1, at=30)], None) == [UNCHANGED]
    assert store.find("20240501000001")[0].gone_since is None


def test_within_a_batch_a_document_may_go_and_come(store: Store) -> None:
    batch = [
        gone(1),
        seen(1, at=1),
        gone(1, 2, at=2),
        seen(2, at=3),
        gone(2, at=4),
        seen(1, "<p>新</p>", at=5),
    ]
    assert store.write(batch, None) == [None, NEW, Effect.GONE, NEW, Effect.GONE, CHANGED]
    ones = [store.find(sourced(n).source_id)[0].gone_since for n in (1, 2)]
    assert ones == [None, later(4)]
    both = Observation(later(9), sourced(1, "<p>新</p>"), gone=(("finews", sourced(1).source_id),))
    assert store.write([both], None) == [UNCHANGED]
    assert store.find(sourced(1).source_id)[0].gone_since == later(9)


def test_an_imported_document_is_known_at_its_address_once_that_was_asked(store: Store) -> None:
    """So that a crawl that comes upon it asks for it once, and then looks at it as at any other."""
    store.write([imported(1, name="1.txt", address=sourced(1).address)], None)
    assert store.known("finews") == {}
    store.write([Observation(T0, pages=(page(1),))], None)
    assert set(store.known("finews")) == {sourced(1).address}


def test_what_is_known_of_a_source_is_by_address(store: Store) -> None:
    store.write([seen(1), seen(2, fidelity=SOURCE, published=None), seen(3, source="cinic")], None)
    known = store.known("finews")
    assert set(known) == {sourced(1).address, sourced(2).address}
    assert known[sourced(2).address].fidelity is SOURCE
    assert known[sourced(2).address].published is None
    first = known[sourced(1).address]
    assert (first.source_id, first.slug, first.title) == ("20240501000001", "kuaixun", document(1).title)
    assert first.published == document(1).published
    assert (first.content_hash, first.first_seen) == (store.find("20240501000001")[0].content_hash, T0)
    assert store.known("nobody") == {}


def test_a_document_is_found_by_whatever_names_it(store: Store) -> None:
    store.write([seen(1), seen(2)], None)
    (one,) = store.find("20240501000001")
    for text in (
        "finews:20240501000001",
        "https://finews.example/1.html",
        "https://share.example/finews/1",
        one.content_hash,
        one.content_hash[:6].upper(),
    ):
        assert store.find(text) == [one], text
    for text in ("", one.content_hash[:5], "cinic:20240501000001", "%", "2024", "https://finews.example"):
        assert store.find(text) == [], text


def test_no_more_are_found_than_asked_for(store: Store) -> None:
    store.write([seen(1, source=f"source{n}") for n in range(5)], None)
    assert [one.found.source for one in store.find("20240501000001", limit=3)] == [
        f"source{n}" for n in range(3)
    ]


def test_a_batch_may_be_empty_or_of_thousands(store: Store) -> None:
    assert store.write([], None) == []
    assert set(store.write([seen(n) for n in range(2000)], None)) == {NEW}
    assert store.write([gone(*range(2000), at=1), seen(7)], None) == [Effect.GONE, UNCHANGED]
    assert len(store.known("finews")) == 1
    assert len(list(store.holdings())) == 2000
