"""What an export asks the store for, all of it as it was at one moment."""

import pytest

from archive.documents import Fidelity
from archive.store import Store
from archive.store.selection import Duplicates, Selection
from archive.store.values import Holding, Whereabouts
from tests.archive.store.samples import gone, imported, later, seen, sourced

SAME = {"title": "同题"}
KNOWN = Selection(sources=["finews"], slugs=["kuaixun"], outlets=["东方财富"])


def holdings(store: Store, duplicates: Duplicates = Duplicates.ONE) -> list[Holding]:
    return list(store.holdings(duplicates=duplicates))


def test_holdings_of_some_contents_are_those_of_all(store: Store) -> None:
    store.write([seen(n, f"<p>{n % 4}</p>", **SAME) for n in range(12)], None)
    store.write([imported(20, "<p>甲</p>", name="a.txt"), gone(1, at=1)], None)
    with store.exports.reading() as state:
        for policy in (Duplicates.ONE, Duplicates.ALL):
            every = holdings(store, policy)
            some = {one.content_hash for one in every[::2]}
            found = state.holdings(Selection(), policy, contents=some)
            assert list(found) == [one for one in every if one.content_hash in some]
        assert list(state.holdings(Selection(), Duplicates.ONE, contents=())) == []


def test_nothing_of_what_is_written_meanwhile_is_seen(store: Store) -> None:
    store.write([seen(1)], None)
    with store.exports.reading() as state:
        before = state.change()
        store.write([seen(1, "<p>新</p>"), seen(2)], None)
        assert state.change() == before
        assert state.changed_since(before, 10) == frozenset()
        assert [one.speaker for one in state.holdings(Selection(), Duplicates.ONE)] == [sourced(1)]
        assert len(list(state.selected(Selection()))) == 1
    with store.exports.reading() as state:
        assert len(state.changed_since(before, 3) or ()) == 3  # the new one, the old and the new of the other
        assert state.changed_since(before, 2) is None


def test_contents_are_selected_as_holdings_are(store: Store) -> None:
    store.write([seen(1), seen(2, slug="luwang"), seen(3, at=5), seen(1, source="cinic")], None)
    with store.exports.reading() as state:
        for selection in (Selection(), Selection(slugs=["luwang"]), Selection(since=later(5))):
            expected = {one.content_hash for one in store.holdings(selection)}
            assert set(state.selected(selection)) == expected


def test_of_each_document_its_own_files_leave(store: Store) -> None:
    store.write([imported(n, "<p>同</p>", name=f"{n}.txt", **SAME) for n in (1, 2)], None)
    store.write([seen(3, "<p>同</p>", **SAME)], None)
    names = [[file.name for file in one.imported] for one in holdings(store, Duplicates.ALL)]
    assert names == [["1.txt"], ["2.txt"], []]
    assert [file.name for file in holdings(store)[0].imported] == ["1.txt", "2.txt"]
    store.write([seen(n, "<p>新</p>", **SAME) for n in (1, 2)], None)  # their files are of before
    assert [one.name for one in holdings(store, Duplicates.ALL)] == ["1.txt", "2.txt", ""]


def test_a_content_is_gone_once_all_of_its_documents_are(store: Store) -> None:
    store.write([seen(n, "<p>同</p>", **SAME) for n in (1, 2)], None)
    told = []
    for observation in (gone(1, at=1), gone(2, at=2), seen(2, "<p>同</p>", at=3, **SAME)):
        store.write([observation], None)
        told.append([one.is_gone for one in holdings(store)])
    assert told == [[False], [True], [False]]


def test_whatever_an_export_says_otherwise_of_a_document_has_changed_it(store: Store) -> None:
    told = []
    for observation in (
        seen(1, fidelity=Fidelity.PAGE),
        seen(1, fidelity=Fidelity.PAGE, at=1),
        seen(1, fidelity=Fidelity.SOURCE, at=2),
        gone(1, at=3),
        gone(1, at=4),
        seen(1, at=5),
        seen(1, at=6, outlet="鲁网"),
    ):
        store.write([observation], None)
        told += [one.changed_at for one in holdings(store)]
    assert told == [later(minute) for minute in (0, 0, 2, 3, 3, 5, 6)]


def test_what_became_of_a_document_is_told(store: Store) -> None:
    store.write([seen(1), seen(1, "<p>新</p>", at=4), gone(1, at=9)], None)
    (now,) = holdings(store)
    with store.exports.reading() as state:
        found = state.whereabouts("finews", sourced(1).source_id)
        assert found == Whereabouts(now.content_hash, later(9), later(9))
        assert state.whereabouts("cinic", sourced(1).source_id) is None
        assert state.whereabouts("\0", "\udcff") is None


@pytest.mark.parametrize(
    ("selection", "unknown"),
    [
        (Selection(), []),
        (KNOWN, []),
        (
            Selection(sources=["finews", "cinic"], slugs=["x", "kuaixun", "a"], outlets=[""]),
            ["cinic", "a", "x", ""],
        ),
        (Selection(slugs=["\0"]), ["\0"]),
    ],
)
def test_names_that_no_document_has_are_known(store: Store, selection: Selection, unknown: list[str]) -> None:
    store.write([seen(1)], None)
    assert store.exports.unknown_names(selection) == unknown
