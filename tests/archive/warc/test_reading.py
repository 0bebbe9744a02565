"""A record read by its position: the one that was written, or an error that names the place."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from archive.errors import StoreError
from archive.store import Store
from archive.store.values import Capture
from archive.warc import read_record
from tests.archive.warc.answers import answer, committed
from tests.archive.warc.conftest import OpenFiles


@pytest.fixture
def kept(store: Store, open_files: OpenFiles) -> Sequence[Capture]:
    return committed(store, open_files().keep([answer(1), answer(2), answer(3)]))


def test_a_record_is_read_as_the_store_has_it(store: Store, folder: Path, kept: Sequence[Capture]) -> None:
    (capture,) = store.captures(answer(2).address)
    record = read_record(folder, capture)
    assert record.payload == answer(2).body
    assert record.header("WARC-Payload-Digest") == capture.payload_digest
    assert record.header("WARC-Nothing") == ""


def test_every_changed_byte_is_found_and_the_place_named(folder: Path, kept: Sequence[Capture]) -> None:
    capture = kept[1]
    path = folder / capture.warc_file
    whole = path.read_bytes()
    begin = capture.warc_offset or 0
    place = f"{re.escape(str(path))} at byte {begin}: damaged"
    for at in range(begin, begin + (capture.warc_length or 0)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(StoreError, match=place):
            read_record(folder, capture)
        assert read_record(folder, kept[0]).payload
    path.write_bytes(whole[: begin + 10])
    with pytest.raises(StoreError, match=rf"{place} \(10 of \d+ bytes are there\)"):
        read_record(folder, capture)
    path.unlink()
    with pytest.raises(StoreError, match=rf"at byte {begin}: cannot be read \(No such file"):
        read_record(folder, capture)


@pytest.mark.parametrize(
    ("plain", "behind", "why"),
    [
        (b"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n", b"", "no record of WARC 1.1"),
        (b"WARC/1.1\r\nContent-Length: 1\r\n\r\n\r\n\r\n", b"", "its length is wrong"),
        (b"WARC/1.1\r\nContent-Type: x\r\n\r\n\r\n\r\n", b"", "its length is wrong"),
        (b"WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n", b"x", "does not end where"),
        (b"", b"", "header check|incorrect"),
    ],
)
def test_what_is_no_record_is_told_even_where_its_digest_is_right(
    folder: Path, kept: Sequence[Capture], plain: bytes, behind: bytes, why: str
) -> None:
    deflating = zlib.compressobj(wbits=31)
    member = (deflating.compress(plain) + deflating.flush() if plain else b"plain text") + behind
    (folder / "x.warc.gz").write_bytes(member)
    place = {"warc_file": "x.warc.gz", "warc_offset": 0, "warc_length": len(member)}
    capture = replace(kept[0], **place, record_sha256=sha256(member).hexdigest())  # type: ignore[arg-type]
    with pytest.raises(StoreError, match=why):
        read_record(folder, capture)


def test_a_capture_that_was_not_kept_is_told(folder: Path, kept: Sequence[Capture]) -> None:
    with pytest.raises(StoreError, match=r"https://finews.example/1.html: not kept in a WARC file"):
        read_record(folder, replace(kept[0], warc_file=""))
