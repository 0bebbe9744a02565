"""Documents read again from what is kept: what of them is new, and what stays as it was seen."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from archive.documents import Fidelity, SourcedDocument
from archive.errors import LeaseLost
from archive.store import Store
from archive.store.selection import EVERYTHING
from archive.store.values import Effect, Lease, Observation, Rejection, Reread, Stored
from tests.archive.store.changes import last_change, restated_since
from tests.archive.store.samples import capture, gone, imported, later, rejected, seen, sourced, warc_file

OLD, NEW = "<p>收盘第1段。</p>", "<p>收盘第1段</p>"
AT = later(1000)


def stored(store: Store, number: int = 1, source: str = "finews") -> Stored:
    (found,) = store.find(f"{source}:20240501{number:06}")
    return found


def reread(
    found: SourcedDocument, instead_of: str, *, body_differs: bool = False, files: tuple[str, ...] = ()
) -> Observation:
    return Observation(later(0), found, reread=Reread(AT, instead_of, body_differs, files))


def record(store: Store) -> dict[str, Any]:
    """The place of a record, for a capture."""
    store.enter_warc(warc_file("f.warc.gz"))
    return {"warc_file": "f.warc.gz", "warc_offset": 1, "warc_length": 2}


def run(store: Store) -> Lease:
    return store.begin_run("finews", "reprocess", later(900), "here", 1, silence=60, is_dead=lambda _: False)


def test_what_was_read_again_is_another_revision_but_was_not_seen_again(store: Store) -> None:
    store.write([seen(at=0), seen(at=5)], None)
    store.write([gone(1, at=9)], None)
    before = stored(store)
    changed = replace(sourced(body=NEW, title="改"), normalizer="2", address="https://elsewhere.example/")
    lease = run(store)
    assert store.write([reread(changed, before.content_hash)], lease.run_id, lease) == [Effect.CHANGED]
    after = stored(store)
    assert (after.found.document.title, after.found.document.body) == ("改", NEW)
    assert (after.found.normalizer, after.found.address) == ("2", before.found.address)
    assert (after.first_seen, after.last_seen, after.gone_since) == (later(0), later(5), later(9))
    revisions = store.history.revisions(after.id)
    assert [(one.seen_at, one.run_id) for one in revisions] == [(later(0), None), (AT, lease.run_id)]
    (holding,) = store.holdings()
    assert holding.changed_at == AT


def test_what_changes_nothing_but_the_version_is_no_change_of_the_corpus(store: Store) -> None:
    store.write([seen(at=0)], None)
    before, change = stored(store), last_change(store)
    lease = run(store)
    store.rereading.note_normalizer({before.id: (before.content_hash, "2")}, lease)
    store.rereading.note_normalizer({before.id: ("0" * 64, "3")}, lease)
    assert stored(store).found.normalizer == "2"
    assert (last_change(store), stored(store).revisions) == (change, 1)
    store.release(lease)
    with pytest.raises(LeaseLost):
        store.rereading.note_normalizer({before.id: (before.content_hash, "4")}, lease)


def test_a_look_that_finds_the_same_notes_the_newer_version(store: Store) -> None:
    store.write([seen(at=0)], None)
    change = last_change(store)
    newer = replace(sourced(), normalizer="2")
    assert store.write([Observation(later(5), newer)], None) == [Effect.UNCHANGED]
    assert stored(store).found.normalizer == "2"
    assert last_change(store) == change


def test_metadata_that_is_read_otherwise_is_no_revision_and_exported(store: Store) -> None:
    store.write([seen(at=0)], None)
    before, change = stored(store), last_change(store)
    found = sourced(outlet="新华社")
    assert store.write([reread(found, before.content_hash)], None) == [Effect.UNCHANGED]
    after = stored(store)
    assert (after.found.document.outlet, after.revisions) == ("新华社", 1)
    assert restated_since(store, change) == {after.content_hash}
    (holding,) = store.holdings()
    assert holding.changed_at == AT


@pytest.mark.parametrize("body_differs", [True, False])
def test_a_documents_own_markup_gives_way_to_todays(store: Store, body_differs: bool) -> None:
    store.write([seen(body="<p><b>收盘</b></p>")], None)
    before, change = stored(store), last_change(store)
    store.write([reread(sourced(body="<p>收盘</p>"), before.content_hash, body_differs=body_differs)], None)
    after = stored(store)
    assert after.content_hash == before.content_hash
    assert after.found.document.body == ("<p>收盘</p>" if body_differs else "<p><b>收盘</b></p>")
    assert (last_change(store) > change) is body_differs


@pytest.mark.parametrize("fidelity", [Fidelity.SOURCE, Fidelity.PAGE])
def test_another_documents_markup_is_kept(store: Store, fidelity: Fidelity) -> None:
    first = sourced(2).document.published
    best = replace(sourced(2, "<p><b>收盘</b></p>", title="同"), fidelity=fidelity)
    best = replace(best, document=replace(best.document, published=first and first - timedelta(days=1)))
    store.write([Observation(later(0), best), seen(1, "<p>收盘</p>", title="同")], None)
    before = stored(store, 1)
    again = sourced(1, "<p><i>收盘</i></p>", title="同")
    store.write([reread(again, before.content_hash, body_differs=True)], None)
    assert stored(store, 1).found.document.body == "<p><b>收盘</b></p>"


def test_markup_of_less_fidelity_replaces_none(store: Store) -> None:
    source = replace(sourced(body="<p><b>收盘</b></p>"), fidelity=Fidelity.SOURCE)
    store.write([Observation(later(0), source)], None)
    before = stored(store)
    store.write([reread(sourced(body="<p>收盘</p>"), before.content_hash, body_differs=True)], None)
    assert stored(store).found.document.body == "<p><b>收盘</b></p>"


def test_what_others_have_changed_meanwhile_is_left_as_it_is(store: Store) -> None:
    store.write([seen(body=OLD)], None)
    before = stored(store)
    store.write([seen(body="<p>更正</p>", at=5)], None)
    contents = store.counts().contents
    assert store.write([reread(sourced(body=NEW), before.content_hash)], None) == [None]
    assert stored(store).found.document.body == "<p>更正</p>"
    assert store.counts().contents == contents


def test_a_page_that_can_be_read_now_is_a_document_since_it_came(store: Store) -> None:
    store.write([rejected(1, at=3)], None)
    assert store.write([reread(replace(sourced(), normalizer="2"), "")], None) == [Effect.NEW]
    after = stored(store)
    assert (after.first_seen, after.last_seen, after.found.normalizer) == (later(0), later(0), "2")
    assert [one.seen_at for one in store.history.revisions(after.id)] == [later(0)]
    (holding,) = store.holdings()
    assert holding.changed_at == AT  # an export since then has it
    assert store.write([reread(sourced(body=NEW), "")], None) == [None]  # it is there by now
    assert stored(store).found.document.body == OLD


def test_what_was_read_again_is_not_counted_as_changed_at_its_source(store: Store) -> None:
    store.write([seen(at=0)], None)
    lease = run(store)
    store.write([reread(sourced(body=NEW), stored(store).content_hash)], lease.run_id, lease)
    assert store.statistics.tallies(later(100))["finews"].changed == 0
    store.write([seen(body=OLD, at=1100)], None)
    assert store.statistics.tallies(later(100))["finews"].changed == 1


def test_a_file_that_is_read_otherwise_leaves_as_it_came_nevertheless(store: Store) -> None:
    store.write([imported(1, OLD, name="a.md"), imported(2, OLD, name="b.md")], None)
    for number, files in ((1, ("a.md",)), (2, ())):
        before = stored(store, number)
        again = replace(sourced(number, NEW), fidelity=Fidelity.IMPORT)
        store.write([reread(again, before.content_hash, files=files)], None)
    assert [file.name for one in store.holdings() for file in one.imported] == ["a.md"]


def test_documents_come_in_batches_with_all_that_is_kept_of_them(store: Store) -> None:
    store.write([imported(1, OLD, name="a.md"), seen(2), seen(3), seen(4, source="cinic")], None)
    store.write([seen(1, NEW, at=3)], None)
    door = store.rereading
    assert door.sources(EVERYTHING) == {"cinic": 1, "finews": 3}
    first = door.documents("finews", EVERYTHING, 0, 2)
    (last,) = door.documents("finews", EVERYTHING, first[-1].id, 2)
    assert door.documents("finews", EVERYTHING, last.id, 2) == []
    assert [one.standing.found.source_id[-1] for one in (*first, last)] == ["1", "2", "3"]
    assert first[0].standing.found.document.body == NEW
    assert [(one.file.name, one.is_fresh) for one in first[0].files] == [("a.md", False)]
    assert first[1].text == "收盘第2段。"
    assert first[1].precedence.endswith("finews 20240501000002")


def test_captures_are_those_of_runs_of_the_source_with_a_record(store: Store) -> None:
    kept = record(store)
    address = "https://finews.example/1.html"
    for source in ("finews", "web"):
        lease = store.begin_run(source, "t", later(0), "h", 1, silence=60, is_dead=lambda _: False)
        captures = (capture(address, **kept), capture(address, status=304, **kept), capture(address))
        rejection = Rejection(address, "post", "no-article")
        store.write([Observation(later(0), captures=captures, rejection=rejection)], lease.run_id, lease)
    door = store.rereading
    (one,) = door.retrieved("finews", [address])[address]
    assert (one.capture.status, one.original) == (200, one.capture)
    (told,) = door.rejections("finews", [address])[address]
    assert (told.stage, told.reason) == ("post", "no-article")
    assert door.numbered("finews", [told.capture_id or 0]) == {}  # it has no record


def test_rejected_pages_are_those_with_a_record_at_the_stages_asked_for(store: Store) -> None:
    kept = record(store)
    lease = run(store)
    observations = [
        Observation(
            later(n), captures=(capture(f"https://finews.example/{n}.html", **kept),), rejection=rejection
        )
        for n, rejection in enumerate(
            [
                Rejection("https://finews.example/0.html", "post", "r"),
                Rejection("https://finews.example/1.html", "list", "r"),
                Rejection("https://finews.example/2.html", "article", "r"),
            ]
        )
    ]
    store.write([*observations, observations[0], rejected(7)], lease.run_id, lease)
    door, stages = store.rereading, {"post", "article"}
    assert door.rejecting(stages) == {"finews": 2}
    (first,) = door.rejected_pages("finews", stages, "", 1)
    assert first.endswith("/0.html")
    assert [one[-6:] for one in door.rejected_pages("finews", stages, first, 9)] == ["2.html"]
    store.write([seen(2)], None)
    assert door.known_at("finews", ["https://finews.example/2.html", first]) == {
        "https://finews.example/2.html"
    }
    store.write([seen(0, source="cinic", address="https://finews.example/0.html")], None)
    assert door.rejecting(stages) == {"finews": 1}  # what is a document by now is none of them
    assert door.known_ids("finews", ["20240501000002", "x"]) == {"20240501000002"}
