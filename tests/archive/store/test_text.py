"""Whatever text and time goes in comes out the same, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.documents import Document, Fidelity, SourcedDocument, content_hash
from archive.store import Store
from archive.store.values import Capture, Effect, ImportedFile, Observation, Page, PageKind, Rejection
from tests.archive.store.samples import T0, sourced

_numbers = count()
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
_lines = _texts.map(lambda text: text.replace("\n", " "))
_zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(1000, 1, 2), datetime(8999, 12, 30), timezones=_zones)  # noqa: DTZ001
_documents = st.builds(
    Document,
    title=_texts,
    published=st.none() | _moments.map(lambda moment: moment.replace(microsecond=0)),
    slug=_texts,
    outlet=_lines,
    tags=st.lists(_texts, max_size=4).map(tuple),
    body=_texts,
    link=st.none() | _lines,
    return_url=st.none() | _lines,
)
_many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_many
@given(document=_documents, seen_at=_moments, address=_texts, data=st.binary(max_size=60))
def test_any_document_round_trips(
    store: Store, document: Document, seen_at: datetime, address: str, data: bytes
) -> None:
    code = f"{document.title}{next(_numbers)}"
    found = SourcedDocument("finews", code, address, address, Fidelity.SOURCE, document)
    store.write([Observation(seen_at, found, ImportedFile(code, data))], None)
    (stored,) = store.find(f"finews:{code}")
    # Another document may have brought the same content before, in other markup or white space.
    written, read = stored.found.document, found.document
    assert (written.published, written.slug, written.outlet) == (read.published, read.slug, read.outlet)
    assert (written.tags, written.link, written.return_url) == (read.tags, read.link, read.return_url)
    assert (
        stored.content_hash
        == content_hash(written.title, written.body)
        == content_hash(read.title, read.body)
    )
    assert (stored.found.address, stored.found.share_address) == (address, address)
    assert stored.imported == ImportedFile(code, data)
    assert stored.first_seen == seen_at
    assert stored.first_seen.tzinfo is UTC


@_many
@given(body=_texts, title=_texts)
def test_bodies_and_titles_round_trip(store: Store, body: str, title: str) -> None:
    body, title = f"{body}<p>{next(_numbers)}</p>", f"{title}{next(_numbers)}"
    found = sourced(next(_numbers), body, source="round trip", title=title)
    store.write([Observation(T0, found)], None)
    assert store.find(f"{found.source}:{found.source_id}")[0].found == found


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
def test_what_no_database_can_hold_is_replaced(store: Store, bad: str) -> None:
    text, kept = f"a{bad}b", "a\ufffdb"
    in_document = "\0" if bad == "\0" else "甲"  # a document refuses surrogates itself
    found = SourcedDocument(
        text,
        text,
        text,
        text,
        Fidelity.PAGE,
        sourced(1, f"<p>甲{in_document}乙</p>", tags=(in_document,)).document,
    )
    rejection = Rejection(text, text, text, text)
    capture = Capture(text, T0, 200, text, 1, text, text)
    run = store.start_run(text, text, T0, text, 1)
    batch = [
        Observation(T0, found, ImportedFile(text, b"")),
        Observation(T0, captures=(capture,), rejection=rejection),
        Observation(T0, captures=(capture,)),
    ]
    store.write(batch, run)
    (stored,) = store.find(kept)
    assert (stored.found.source, stored.found.source_id, stored.found.address) == (kept, kept, kept)
    body = stored.found.document.body
    assert stored.content_hash == content_hash(stored.found.document.title, body)
    assert "\0" not in body + stored.text
    assert store.find(text) == [stored]
    assert store.rejections(run)[0].rejection == Rejection(kept, kept, kept, kept)
    assert len(store.captures(text)) == 2
    assert store.run(run).source == kept
    assert store.runs(text)[0].id == run
    assert set(store.known(text)) == {kept}
    assert store.imported([(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")])
    page = Page(text, "a\0b", PageKind.POST, text, T0, None, None, text, text)
    assert store.write([Observation(T0, pages=(page,))], run) == [None]
    assert store.page(text, "a\0b") == Page(kept, kept, PageKind.POST, kept, T0, None, None, kept, kept)
    assert store.write([Observation(T0, forgotten=((text, "a\0b"),), gone=((text, text),))], run) == [
        Effect.GONE
    ]
    assert store.frontier(text, T0) == []
    assert store.payloads([text]) == store.originals([text]) == {}


def test_very_long_text_is_kept(store: Store) -> None:
    body = f"<p>{'涨' * 2_000_000}</p>"
    store.write([Observation(T0, sourced(1, body))], None)
    assert store.find(sourced(1).source_id)[0].found.document.body == body
