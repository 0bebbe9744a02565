"""The ledger of WARC files: how much of each is committed."""

from dataclasses import replace

import pytest

from archive.errors import StoreError
from archive.store import Store
from archive.store.values import Capture, Observation, WarcFile
from tests.archive.store.samples import T0, capture, rejected, warc_file

FIRST, SECOND = warc_file("finews-1.warc.gz"), warc_file("finews-2.warc.gz")


def _kept(file: WarcFile, offset: int, length: int = 50) -> Capture:
    return capture(warc_file=file.name, warc_offset=offset, warc_length=length)


def _lengths(store: Store) -> list[int]:
    return [file.length for file in store.warc_files()]


def test_a_file_comes_out_as_it_went_in(store: Store) -> None:
    other = warc_file("a.warc.gz", source="cinic", length=2**40, sealed=True)
    assert [store.enter_warc(file) for file in (FIRST, other)] == [True, True]
    assert store.warc_files() == [other, FIRST]
    assert store.warc_files("cinic") == [other]
    assert store.warc_files("nobody") == []


def test_a_name_is_taken_once(store: Store) -> None:
    assert store.enter_warc(FIRST)
    assert not store.enter_warc(replace(FIRST, source="cinic", head_sha256="0" * 64))
    assert store.warc_files() == [FIRST]


def test_what_is_committed_of_a_file_reaches_to_the_end_of_its_last_record(store: Store) -> None:
    for file in (FIRST, SECOND):
        store.enter_warc(file)
    page = replace(rejected(1), captures=(_kept(FIRST, 400), _kept(FIRST, 450, 70)))
    store.write([page, Observation(T0, captures=(_kept(FIRST, 300, 100), capture()))], None)
    assert _lengths(store) == [520, 300]
    store.write([Observation(T0, captures=(_kept(SECOND, 2**33, 2**32), _kept(FIRST, 350)))], None)
    assert _lengths(store) == [520, 2**33 + 2**32]


def test_captures_are_stored_with_the_length_of_their_file_or_not_at_all(store: Store) -> None:
    store.enter_warc(FIRST)
    with pytest.raises(StoreError, match=r"finews-2\.warc\.gz: not among the WARC files of the store; enter"):
        store.write([Observation(T0, captures=(_kept(FIRST, 300), _kept(SECOND, 300)))], None)
    assert _lengths(store) == [300]
    assert store.captures(capture().address) == []


def test_a_file_is_sealed_and_stays_so(store: Store) -> None:
    store.enter_warc(FIRST)
    for _ in range(2):
        store.seal_warc(FIRST.name)
    assert store.warc_files() == [replace(FIRST, sealed=True)]
    with pytest.raises(StoreError, match=r"finews-2\.warc\.gz: not among the WARC files"):
        store.seal_warc(SECOND.name)


def test_only_a_file_without_captures_is_dropped(store: Store) -> None:
    for file in (FIRST, SECOND):
        store.enter_warc(file)
    store.write([Observation(T0, captures=(_kept(FIRST, 300),))], None)
    for _ in range(2):
        store.drop_warc(SECOND.name)
    with pytest.raises(StoreError, match=r"finews-1\.warc\.gz: holds captures .* seal it instead"):
        store.drop_warc(FIRST.name)
    assert store.warc_files() == [replace(FIRST, length=350)]
