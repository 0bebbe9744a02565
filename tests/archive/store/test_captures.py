"""Captures whose records are in WARC files: what later ones refer to, and what verification reads."""

import itertools
import tracemalloc
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from archive.store import Store, captures
from archive.store.values import Capture, Observation, RecordType, Truncated
from tests.archive.store.plans import plans_of
from tests.archive.store.samples import T0, capture, seen, warc_file

REVISIT = RecordType.REVISIT
_offsets = itertools.count(300, 10)


def _kept(name: str = "1", at: float = 0, payload: str = "a", **changes: Any) -> Capture:
    """A capture with a record in the WARC file."""
    where = {"warc_file": "finews-1.warc.gz", "warc_offset": next(_offsets), "warc_length": 10}
    digest = f"sha256:{payload * 64}"
    return capture(f"https://finews.example/{name}.html", at, payload_digest=digest, **where | changes)


@pytest.fixture
def ready(store: Store) -> Store:
    store.enter_warc(warc_file())
    return store


def _write(store: Store, *ones: Capture) -> None:
    store.write([Observation(T0, captures=(one,)) for one in ones], None)


def test_the_original_of_a_payload_is_its_earliest_whole_response(ready: Store) -> None:
    original = _kept(at=5, status=404)
    others = [
        _kept(at=6),
        _kept(at=1, record=REVISIT),
        _kept(at=2, truncated=Truncated.LENGTH),
        capture(at=3, payload_digest=original.payload_digest),
        _kept(at=5, status=404),
        _kept(at=4, payload="b", truncated=Truncated.TIME),
    ]
    other = _kept(at=9, payload="c")
    _write(ready, original, *others, other)
    digests = [f"sha256:{letter * 64}" for letter in "abcda"]
    expected = {original.payload_digest: original, other.payload_digest: other}
    assert ready.originals(iter(digests)) == expected
    assert ready.originals([]) == {}
    many = ready.originals([*digests, *(f"sha256:{number:064}" for number in range(2000))])
    assert many == expected


def test_what_a_304_refers_to_is_the_newest_whole_page(ready: Store) -> None:
    newest = _kept(at=5)
    others = [
        _kept(at=4),
        _kept(at=6, status=304, record=REVISIT),
        _kept(at=6, status=404),
        _kept(at=7, truncated=Truncated.DISCONNECT),
        capture(at=8),
        _kept("2", at=1, status=500),
    ]
    revisit = _kept("3", at=3, record=REVISIT)
    _write(ready, newest, *others, _kept("3", at=2), revisit)
    addresses = [f"https://finews.example/{number}.html" for number in range(1500)]
    assert ready.payloads(iter(addresses)) == {one.address: one for one in (newest, revisit)}
    assert ready.payloads([]) == {}


def test_of_two_pages_of_one_moment_that_written_last_is_referred_to(ready: Store) -> None:
    first, second = _kept(), _kept()
    _write(ready, first, second)
    assert ready.payloads([first.address]) == {first.address: second}


@pytest.mark.parametrize("length", [600, 601, 5000])
def test_pages_with_long_addresses_are_referred_to_as_well(ready: Store, length: int) -> None:
    # What cannot be compressed: PostgreSQL's indexes take 2,704 bytes after compression.
    letters = "".join(chr(0x20000 + n * 7919 % 40000) for n in range(length))
    long = replace(_kept(), address=letters)
    _write(ready, _kept(), long)
    assert ready.payloads([letters, "https://finews.example/9.html"]) == {letters: long}


def test_what_a_capture_refers_to_is_found_by_index(sqlite_store: Store) -> None:
    with plans_of(sqlite_store) as plans:
        sqlite_store.originals([f"sha256:{number:064}" for number in range(200)])
        sqlite_store.payloads([f"https://finews.example/{number}.html" for number in range(200)])
        list(sqlite_store.kept_captures())
    steps = [step.partition(" USING ")[2] for step in plans if "capture" in step]
    assert steps == [
        "INDEX ix_capture_payload_digest (payload_digest=?)",
        "INTEGER PRIMARY KEY (rowid=?)",
        "INDEX ix_capture_address_fetched_at (address=?)",
        "INDEX ix_capture_warc_file_warc_offset",
    ]
    # Sorted are the few originals alone, not the captures of an address.
    assert len([step for step in plans if "TEMP B-TREE" in step]) == 1


def test_kept_captures_come_in_the_order_of_the_files(store: Store) -> None:
    names = ["A-2.warc.gz", "a-1.warc.gz", "a-10.warc.gz", "a_1.warc.gz", "b.warc.gz"]
    for name in names[::-1]:
        assert store.enter_warc(warc_file(name))
    ones = [_kept(warc_file=name, warc_offset=offset) for name in names for offset in (9, 80, 2**33)]
    _write(store, *ones[::-1], capture())
    listed = list(store.kept_captures())
    assert [one for _, one in listed] == ones
    assert sorted(number for number, _ in listed) == list(range(1, 16))
    assert [file.name for file in store.warc_files()] == names
    for _ in range(20):  # more often than there are connections
        with closing(store.kept_captures()) as some:
            next(some)


def test_contents_come_in_the_order_of_their_hashes(store: Store) -> None:
    for start in (0, 150):
        store.write([seen(n) for n in range(start, start + 150)], None)
    store.write([seen(1, "<p>新</p>")], None)
    listed = list(store.contents())
    assert len(listed) == 301
    assert [one[0] for one in listed] == sorted(one[0] for one in listed)
    assert (store.find("20240501000001")[0].content_hash, "上证指数第1报", "<p>新</p>", "新") in listed


def test_reading_all_takes_little_memory(ready: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "_AT_ONCE", 10)
    monkeypatch.setattr("archive.store.contents._AT_ONCE", 10)
    long = "涨" * 80_000
    for start in (0, 50):
        numbers = range(start, start + 50)
        ready.write([seen(n, f"<p>{n}</p><p hidden>{long}</p>") for n in numbers], None)
        _write(ready, *(_kept(str(n), etag=long) for n in numbers))
    cursors: list[str] = []
    engine = ready._database._engine
    event.listen(
        engine, "after_cursor_execute", lambda _, cursor, *_rest: cursors.append(type(cursor).__name__)
    )
    tracemalloc.start()
    try:
        counted = [sum(1 for _ in ready.kept_captures()), sum(1 for _ in ready.contents())]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counted == [100, 100]
    assert not ready.url_shown.startswith("postgresql") or cursors.count("ServerCursor") == 2
    assert peak < 12_000_000  # each has 16 MB, and 10 of them have 1.6 MB
