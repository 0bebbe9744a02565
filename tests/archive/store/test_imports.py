"""Imported files: what came in leaves as it came until its document changes, and never reverts a crawl."""

import pickle
from dataclasses import replace
from hashlib import sha256

import pytest

from archive.documents import Fidelity, canonical_text
from archive.store import Store, storing
from archive.store.observing import prepared
from archive.store.values import Effect, ImportedFile, Observation
from tests.archive.store.samples import T0, imported, later, page, seen, sourced

CODE = sourced(1).source_id


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def test_a_file_is_kept_byte_for_byte_with_its_document(store: Store) -> None:
    data = bytes(range(256))
    assert store.write([imported(1, name="000_ab.txt", data=data)], None) == [Effect.NEW]
    (stored,) = store.find("000_ab.txt")
    assert (stored.found.source_id, stored.imported) == (CODE, ImportedFile("000_ab.txt", data))
    assert store.imported_names() == {"000_ab.txt"}


def test_the_same_file_again_has_no_effect_at_all(store: Store) -> None:
    store.write([imported(1, "<p>旧</p>", name="a.txt")], None)
    store.write([seen(1, "<p>新</p>", at=5)], None)
    before = store.find(CODE)
    assert store.write([imported(1, "<p>旧</p>", name="a.txt", at=9)], None) == [Effect.UNCHANGED]
    assert store.find(CODE) == before
    assert store.counts().revisions == 2


def test_the_same_file_twice_in_one_batch_is_one_import(store: Store) -> None:
    batch = [imported(1, name="a.txt", at=1), imported(1, name="a.txt", at=2)]
    assert store.write(batch, None) == [Effect.NEW, Effect.UNCHANGED]
    assert store.find(CODE)[0].last_seen == later(1)


def test_a_file_with_other_bytes_takes_the_place_of_the_first(store: Store) -> None:
    store.write([imported(1, "<p>甲</p>", name="a.txt", data=b"1")], None)
    assert store.write([imported(1, "<p>乙</p>", name="a.txt", data=b"2")], None) == [Effect.CHANGED]
    (stored,) = store.find("a.txt")
    assert (stored.found.document.body, stored.imported) == ("<p>乙</p>", ImportedFile("a.txt", b"2"))
    assert store.imported_names() == {"a.txt"}


def _from(path: str, number: int, data: bytes) -> Observation:
    """A sight of a document in a file, which is to be named as it was."""
    seen = imported(number, name=path.rpartition("/")[2], data=data)
    assert seen.imported
    return replace(seen, imported=replace(seen.imported, path=path))


def test_a_name_that_another_document_has_is_not_taken(store: Store) -> None:
    paths = ["a/x/1.md", "b/x/1.md", "c/x/1.md", "x/1.md", "x/1.md"]
    batch = [_from(path, number, b"%d" % number) for number, path in enumerate(paths)]
    assert store.write(batch, None) == [Effect.NEW] * 5
    names = ["1.md", "x/1.md", "c/x/1.md", f"1.md~{_digest(b'3')}", f"1.md~{_digest(b'4')}"]
    assert [store.find(name)[0].imported for name in names] == [
        ImportedFile(name, b"%d" % number) for number, name in enumerate(names)
    ]
    again = [replace(one, seen_at=later(9)) for one in reversed(batch)]
    assert store.write(again, None) == [Effect.UNCHANGED] * 5
    assert store.imported_names() == set(names)
    assert {store.find(name)[0].last_seen for name in names} == {T0}


def test_a_newer_version_has_the_name_that_its_document_had(store: Store) -> None:
    store.write([_from("a/1.md", 1, b"1"), _from("b/1.md", 2, b"2")], None)
    store.write([_from("b/1.md", 2, b"3")], None)
    assert store.imported_file("1.md") == ImportedFile("1.md", b"1")
    assert store.imported_file("b/1.md") == ImportedFile("b/1.md", b"3")


def test_names_that_a_database_cannot_keep_are_cut_short(store: Store) -> None:
    path = "/".join(["f" * 200] * 20) + "/1.md"
    store.write([_from(f"{folder}/{path}", folder, b"%d" % folder) for folder in range(12)], None)
    assert len(store.imported_names()) == 12


def test_a_name_that_was_given_away_meanwhile_is_not_taken(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write([_from("a/1.md", 1, b"1"), _from("b/1.md", 2, b"2")], None)
    monkeypatch.setattr(storing, "held_names", lambda connection, batch: {})
    batch = [_from("c/1.md", 3, b"3"), _from("b/1.md", 2, b"4"), _from("1.md", 5, b"5")]
    assert store.write(batch, None) == [Effect.NEW, Effect.UNCHANGED, Effect.NEW]
    names = ["1.md", "b/1.md", "c/1.md", f"1.md~{_digest(b'5')}"]
    kept = [file.data for name in names if (file := store.imported_file(name))]
    assert kept == [b"1", b"4", b"3", b"5"]


@pytest.mark.parametrize("data", [b"file", b"other front matter"])
def test_two_names_of_one_document_are_both_kept(store: Store, data: bytes) -> None:
    batch = [imported(1, name="b.txt"), imported(1, name="a.txt", data=data)]
    assert store.write(batch, None) == [Effect.NEW, Effect.UNCHANGED]
    (holding,) = store.holdings()
    assert holding.imported == (ImportedFile("a.txt", data), ImportedFile("b.txt", b"file"))
    assert store.find("b.txt")[0].imported == ImportedFile("a.txt", data)


@pytest.mark.parametrize("fidelity", [Fidelity.PAGE, Fidelity.SOURCE, Fidelity.GENERIC])
def test_an_import_overrules_nothing_that_a_crawl_has_seen(store: Store, fidelity: Fidelity) -> None:
    store.write([seen(1, "<p>新</p>", fidelity=fidelity)], None)
    old = imported(1, "<p>旧</p>", name="a.txt", slug="other", at=5)
    assert store.write([old], None) == [Effect.UNCHANGED]
    (stored,) = store.find(CODE)
    assert stored.found == sourced(1, "<p>新</p>", fidelity=fidelity)
    assert (stored.imported, stored.revisions, stored.last_seen) == (None, 1, later(5))
    (holding,) = store.holdings()
    assert (holding.imported, holding.name) == ((), "a.txt")


def test_an_import_brings_an_address_that_was_missing(store: Store) -> None:
    store.write([seen(1, address="")], None)
    store.write([imported(1, name="a.txt", address="https://finews.example/1.html")], None)
    assert store.find(CODE)[0].found.address == "https://finews.example/1.html"


def test_a_crawl_of_an_imported_document_brings_what_the_file_lacked(store: Store) -> None:
    store.write([imported(1, name="a.txt")], None)
    assert store.known("finews") == {}
    assert store.write([replace(seen(1), pages=(page(1, checked_at=T0),))], None) == [Effect.UNCHANGED]
    assert set(store.known("finews")) == {sourced(1).address}
    assert store.find(CODE)[0].found.fidelity is Fidelity.IMPORT


def test_an_import_does_not_bring_back_what_is_gone(store: Store) -> None:
    store.write([seen(1)], None)
    store.write([Observation(later(1), gone=(("finews", CODE),))], None)
    store.write([imported(1, name="a.txt", at=2)], None)
    assert store.find(CODE)[0].gone_since == later(1)


def test_files_already_imported_are_told_by_name_and_bytes(store: Store) -> None:
    store.write([imported(1, name="a.txt", data=b"1"), imported(2, name="b.txt", data=b"2")], None)
    asked = [("a.txt", _digest(b"1")), ("b.txt", _digest(b"1")), ("c.txt", _digest(b"1"))]
    asked += [(f"{n}.txt", _digest(b"1")) for n in range(2000)]
    assert store.imported(asked) == {("a.txt", _digest(b"1"))}
    assert store.imported([]) == set()
    assert store.imported_digests(["a.txt", "\udc80", "c.txt"]) == {"a.txt": _digest(b"1")}
    assert store.imported_file("b.txt") == ImportedFile("b.txt", b"2")
    assert store.imported_file("c.txt") is None
    assert store.imported([("b.txt", _digest(b"2"))])
    assert not store.imported([("b.txt", _digest(b"1"))])


def test_a_file_without_its_document_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match=r"a\.txt"):
        store.write([seen(1), Observation(T0, imported=ImportedFile("a.txt", b""))], None)
    assert store.counts().documents == 0


def test_a_saved_page_is_kept_and_what_leaves_is_its_document(store: Store) -> None:
    page = replace(imported(1, name="page.html"), imported=ImportedFile("page.html", b"<html>", leaves=False))
    assert store.write([page], None) == [Effect.NEW]
    (holding,) = store.holdings()
    assert (holding.imported, holding.name, store.imported_names()) == ((), "", frozenset())
    assert store.find("page.html")[0].imported == ImportedFile("page.html", b"<html>", leaves=False)
    assert store.write([page], None) == [Effect.UNCHANGED]


def test_authors_and_the_number_of_lost_characters_are_kept(store: Store) -> None:
    found = sourced(1)
    found = replace(found, author="张三", document=replace(found.document, lost=2))
    store.write([replace(seen(1), document=found)], None)
    assert store.find(CODE)[0].found == found


def test_what_was_prepared_elsewhere_is_stored_as_if_it_had_been_here(store: Store) -> None:
    observations = [imported(1, name="a.txt"), seen(2, "<p>a\x00b</p>")]
    text = canonical_text(observations[0].document.document.body)
    batch = [prepared(observations[0], text), prepared(observations[1], "a\x00b")]
    assert batch == [prepared(one) for one in observations]
    assert store.write_prepared(pickle.loads(pickle.dumps(batch)), None) == [Effect.NEW, Effect.NEW]
    assert {text for *_, text in store.contents()} == {text, "a\ufffdb"}
