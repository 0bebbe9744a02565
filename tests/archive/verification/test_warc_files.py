"""No byte of a WARC file changes, goes or comes without a finding that names the file, and the place."""

import hashlib
import os
import random
import tracemalloc
import zlib
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.values import Capture
from archive.verification import Finding, Kind, verify_store
from archive.verification.findings import MOST
from archive.verification.warc_files import verify_warc_files
from tests.archive.verification.samples import ANSWERS, Kept, answer, keep, page


def the_one(findings: list[Finding]) -> Finding:
    (finding,) = findings
    assert finding.kind is Kind.DAMAGE
    assert "\n" not in str(finding)
    return finding


def flip(path: Path, offset: int, bits: int = 0xFF) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= bits
    path.write_bytes(data)


def member(kept: Kept, capture: Capture) -> bytes:
    start = capture.warc_offset or 0
    return kept.warc.read_bytes()[start : start + (capture.warc_length or 0)]


def test_what_was_just_written_has_no_findings(kept: Kept) -> None:
    assert len(kept.captures()) == len(ANSWERS)
    assert kept.findings() == []


def test_200_random_bytes_flipped_are_each_found_in_their_record(kept: Kept) -> None:
    path, sound = kept.warc, kept.warc.read_bytes()
    starts = [0, *(capture.warc_offset or 0 for capture in kept.captures())]
    dice = random.Random(20261121)
    for _ in range(200):
        offset = dice.randrange(len(sound))
        path.write_bytes(sound)
        flip(path, offset, dice.randrange(1, 256))
        found = the_one(kept.findings())
        assert found.where == str(path)
        assert found.offset == max(start for start in starts if start <= offset)
        assert "its bytes are not those that were written" in found.what


def test_a_file_cut_anywhere_in_its_last_record_is_found_where_it_ends(kept: Kept) -> None:
    path, sound, last = kept.warc, kept.warc.read_bytes(), kept.captures()[-1]
    assert last.warc_offset is not None
    for size in range(last.warc_offset, len(sound)):
        path.write_bytes(sound[:size])
        ending, record = verify_warc_files(kept.store, kept.folder, lambda name, count: None)
        assert (ending.where, ending.offset) == (str(path), size)
        assert f"{len(sound)} bytes were committed" in ending.what
        assert (record.where, record.offset) == (str(path), last.warc_offset)


def test_a_file_that_is_missing_is_found_with_what_was_in_it(kept: Kept) -> None:
    path, size = kept.warc, kept.warc.stat().st_size
    path.unlink()
    found = the_one([finding for finding in kept.findings() if "missing" in finding.what])
    assert found.where == str(path)
    assert found.what == f"missing; {size} bytes with {len(ANSWERS)} captures were committed to it"


@pytest.mark.parametrize("instead", ["folder", "fifo"])
def test_something_else_in_the_place_of_a_file_is_found_without_waiting(kept: Kept, instead: str) -> None:
    path = kept.warc
    path.unlink()
    if instead == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    assert {finding.where for finding in kept.findings()} == {str(path)}


def test_bytes_behind_what_was_committed_are_a_note_while_the_file_is_open(kept: Kept) -> None:
    path, size = kept.warc, kept.warc.stat().st_size
    with path.open("ab") as file:
        file.write(b"half a record")
    (found,) = kept.findings()
    assert (found.kind, found.where, found.offset) == (Kind.NOTE, str(path), size)
    assert found.what.startswith("13 bytes not committed yet: ")


def test_bytes_behind_what_was_committed_are_damage_in_a_sealed_file(kept: Kept) -> None:
    path, size = kept.warc, kept.warc.stat().st_size
    kept.store.seal_warc(path.name)
    assert kept.findings() == []
    with path.open("ab") as file:
        file.write(b"\0")
    found = the_one(kept.findings())
    assert (found.where, found.offset) == (str(path), size)


@pytest.mark.parametrize("name", ["x.warc.gz", "finews-20261121T120000Z-00000.warc.gz.bak", "空.warc.gz.tmp"])
def test_a_file_that_the_store_does_not_name_is_found(kept: Kept, name: str) -> None:
    (kept.folder / name).write_bytes(b"")
    (kept.folder / "README").write_bytes(b"")
    found = the_one(kept.findings())
    assert found.where == str(kept.folder / name)
    assert "not in the store" in found.what


def test_a_file_begun_and_never_filled_is_a_note(kept: Kept) -> None:
    begun = kept.store.warc_files()[0]
    kept.edit("INSERT INTO warc_file SELECT 'begun.warc.gz', source, 90, 90, head_sha256, 0 FROM warc_file")
    assert begun.length > 90
    for data in (None, b"", bytes(90)):
        if data is not None:
            (kept.folder / "begun.warc.gz").write_bytes(data)
        (found,) = kept.findings()
        assert (found.kind, found.where) == (Kind.NOTE, str(kept.folder / "begun.warc.gz"))


def test_two_records_that_changed_places_are_both_found(kept: Kept) -> None:
    one, other = (
        capture
        for capture in kept.captures()
        if capture.address.endswith(("/0.html", "/2.html")) and capture.status == 200
    )
    sound = kept.warc.read_bytes()
    first, second = member(kept, one), member(kept, other)
    kept.warc.write_bytes(sound.replace(first, b"?").replace(second, first).replace(b"?", second, 1))
    assert {finding.offset for finding in kept.findings()} >= {one.warc_offset, other.warc_offset}


def test_a_file_that_is_damaged_all_over_is_not_listed_record_by_record(kept: Kept) -> None:
    keep(kept.store, kept.folder, tuple(answer(number, page(number)) for number in range(100, 150)))
    total = len(kept.captures())
    kept.warc.write_bytes(bytes(kept.warc.stat().st_size))
    *listed, last = kept.findings()
    assert len(listed) == MOST
    assert last.what == f"and {total + 1 - MOST} more"


def replaced(kept: Kept, capture: Capture, data: bytes) -> None:
    """Put another record in the place of the last, and have the store believe that it is the one."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    new = compressor.compress(data) + compressor.flush()
    start = capture.warc_offset or 0
    kept.warc.write_bytes(kept.warc.read_bytes()[:start] + new)
    changes = f"warc_length = {len(new)}, record_sha256 = '{hashlib.sha256(new).hexdigest()}'"
    kept.edit(f"UPDATE capture SET {changes} WHERE warc_offset = {start}")
    kept.edit(f"UPDATE warc_file SET length = {start + len(new)}")


CHANGES = {
    (b"WARC/1.1", b"WARC/1.0"): "begins with 'WARC/1.0'",
    (b"WARC-Type: response", b"WARC-Type: resource"): "its warc-type is 'resource'",
    (b"/8.html", b"/9.html"): "its warc-target-uri is 'https://finews.example/9.html'",
    (b":00.000007Z", b":00.000008Z"): "its warc-date is '2026-11-21T12:15:00.000008Z'",
    (b":00.000007Z", b":00.000007"): "its warc-date is",
    (b"HTTP/1.1 200 OK", b"HTTP/1.1 201 OK"): "its status is 201",
    (b"HTTP/1.1 200 OK", b"HTTP/1.1 OK 200"): "its HTTP head begins with",
    (b"<p>last</p>", b"<p>LAST</p>"): "its payload has not the digest in the store",
    (b"Block-Digest: sha", b"Block-Digest: md5"): "no digest that is known here",
    (b"WARC-Block-Digest: ", b"WARC-Other: "): "its block has not the digest",
    (b"WARC-Payload-Digest: ", b"WARC-Other: "): "its payload has not the digest that its head states",
    (b"Content-Length: ", b"Content-Length: 9"): "its block ends",
    (b"Content-Length: ", b"Content-Length: -"): "its Content-Length is",
    (b"WARC-Date: ", b"WARC-Truncated: length\r\nWARC-Date: "): "its warc-truncated is 'length'",
    (b"WARC-Date: ", b"WARC-Type: response\r\nWARC-Date: "): "its head has the line 'WARC-Type: response'",
    (b"WARC-Date: ", b"\xff: \r\nWARC-Date: "): "its head is not UTF-8",
    (b"</p>\r\n\r\n", b"</p>\r\n"): "it does not end with two line ends",
    (b"</p>\r\n\r\n", b"</p>\r\n\r\nWARC/1.1"): "it does not end with two line ends",
    (b"</p>\r\n\r\n", b""): "its block ends 4 bytes early",
    (b"\r\n\r\n", b""): "",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: repr(b" to ".join(change))[2:-1])
def test_a_record_that_says_otherwise_than_the_store_is_found_with_what_it_says(
    kept: Kept, change: tuple[bytes, bytes]
) -> None:
    last = kept.captures()[-1]
    written = zlib.decompress(member(kept, last), 31)
    assert change[0] in written
    replaced(kept, last, written.replace(*change))
    found = the_one(kept.findings())
    assert (found.where, found.offset) == (str(kept.warc), last.warc_offset)
    assert CHANGES[change] in found.what
    assert last.address in found.what


def test_a_second_gzip_member_in_the_place_of_one_is_found(kept: Kept) -> None:
    last = kept.captures()[-1]
    written = zlib.decompress(member(kept, last), 31)
    replaced(kept, last, written)
    assert kept.findings() == []
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    for tail in (b"\0", compressor.compress(b"") + compressor.flush()):
        new = member(kept, kept.captures()[-1]) + tail
        kept.warc.write_bytes(kept.warc.read_bytes()[: last.warc_offset] + new)
        changes = f"warc_length = {len(new)}, record_sha256 = '{hashlib.sha256(new).hexdigest()}'"
        kept.edit(f"UPDATE capture SET {changes} WHERE warc_offset = {last.warc_offset}")
        kept.edit(f"UPDATE warc_file SET length = {(last.warc_offset or 0) + len(new)}")
        assert "something stands behind its gzip member" in the_one(kept.findings()).what


LAST = "UPDATE capture SET {} WHERE address LIKE '%/8.html'"
EDITS = {
    LAST.format("warc_offset = warc_offset + 1"): "no capture accounts for 1 bytes",
    LAST.format("warc_length = warc_length - 1"): "no capture accounts for 1 committed bytes",
    LAST.format("warc_offset = warc_offset - 1"): "two captures overlap here, by 1 bytes",
    LAST.format("warc_offset = NULL"): "the store has no place in it",
    LAST.format("warc_length = 0"): "the store has no place in it",
    LAST.format("status = 404"): "its status is 200, in the store 404",
    LAST.format("payload_bytes = 7"): "its payload has 11 bytes, in the store 7",
    LAST.format("record = 'revisit'"): "its warc-type is 'response', in the store 'revisit'",
    LAST.format("record = 'nothing'"): "cannot be read to its end: 'nothing'",
    LAST.format("truncated = 'time'"): "its warc-truncated is '', in the store 'time'",
    "UPDATE capture SET record = 'response' WHERE address LIKE '%/7.html'": "its warc-type is 'revisit'",
    "DELETE FROM capture WHERE address LIKE '%/4.html'": "no capture accounts for",
    "DELETE FROM capture WHERE address LIKE '%/8.html'": "no capture accounts for",
    "UPDATE warc_file SET length = length - 1": "the captures end at byte",
    "UPDATE warc_file SET length = length + 1": "no capture accounts for 1 committed byte",
    "UPDATE warc_file SET head_length = head_length - 1": "no capture accounts for 1 b",
    "UPDATE warc_file SET head_sha256 = record_sha256 FROM capture": "the head of the file",
    "UPDATE warc_file SET name = 'x' || name": "does not list the file",
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_store_that_says_otherwise_than_the_file_is_found(kept: Kept, edit: str) -> None:
    path = kept.warc
    kept.edit(edit)
    found = [finding for finding in kept.findings() if EDITS[edit] in finding.what]
    assert found
    assert found[0].kind is Kind.DAMAGE
    assert found[0].where.startswith(str(path.parent)) or "'nothing'" in found[0].what


def test_a_revisit_of_what_is_not_in_the_store_is_found(kept: Kept) -> None:
    revisits = {capture.address: capture for capture in kept.captures() if capture.record == "revisit"}
    assert len(revisits) == 3
    moved = "UPDATE capture SET fetched_at = '2026-11-21 13:00:00'"
    kept.edit(f"{moved} WHERE record = 'response' AND address LIKE '%/1.html'")
    first, second = kept.findings()
    assert "its warc-date" in first.what
    assert second.what == "a revisit of a capture that is not in the store"
    assert second.offset == revisits["https://finews.example/1.html"].warc_offset


def test_what_a_304_refers_to_must_be_in_the_store(kept: Kept) -> None:
    revisit = next(capture for capture in kept.captures() if capture.status == 304)
    moved = "UPDATE capture SET fetched_at = '2026-11-21 13:00:00'"
    kept.edit(f"{moved} WHERE status = 200 AND address LIKE '%/0.html'")
    offsets = [finding.offset for finding in kept.findings() if "revisit of a capture" in finding.what]
    assert offsets == [revisit.warc_offset]


def test_a_304_that_refers_to_itself_is_found(kept: Kept) -> None:
    keep(kept.store, kept.folder, (answer(0, b"", 30, status=304, reason="Not Modified"),))
    last = kept.captures()[-1]
    written = zlib.decompress(member(kept, last), 31)
    original = b"WARC-Refers-To-Date: 2026-11-21T12:00:"
    assert original in written
    replaced(kept, last, written.replace(original, b"WARC-Refers-To-Date: 2026-11-21T12:30:"))
    assert the_one(kept.findings()).what == "a revisit of a capture that is not in the store"


class Committing:
    """A store to which a run commits while it is read."""

    def __init__(self, kept: Kept, when: str) -> None:
        self._kept, self._when = kept, when

    def __getattr__(self, name: str) -> object:
        if name == self._when:
            self._when = ""
            more = tuple(answer(number, page(number), 20) for number in range(200, 203))
            keep(self._kept.store, self._kept.folder, more)
        return getattr(self._kept.store, name)


@pytest.mark.parametrize("when", ["warc_files", "kept_captures", "contents"])
def test_a_run_that_commits_meanwhile_is_no_damage(kept: Kept, when: str) -> None:
    assert list(verify_store(Committing(kept, when), kept.folder)) == []  # type: ignore[arg-type]


def test_an_empty_archive_is_sound(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/archive.db") as store:
        assert list(verify_store(store, tmp_path / "warc")) == []


def test_progress_counts_all_that_was_looked_at(kept: Kept) -> None:
    counted: dict[str, int] = {}

    def count(name: str, more: int) -> None:
        counted[name] = counted.get(name, 0) + more

    list(verify_store(kept.store, kept.folder, count))
    size = kept.warc.stat().st_size
    head = kept.store.warc_files()[0].head_length
    assert counted == {
        "captures": len(ANSWERS),
        "contents": 4,
        "bytes to check": size,
        "bytes": size - head,
    }


def test_memory_does_not_grow_with_a_record(kept: Kept) -> None:
    keep(kept.store, kept.folder, (answer(300, bytes(64 << 20)),))
    tracemalloc.start()
    try:
        assert kept.findings() == []
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
