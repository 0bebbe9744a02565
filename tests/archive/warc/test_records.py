"""One answer, one record: framed so that any reader finds its parts again."""

import gzip
import io
import re
import zlib
from datetime import timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from archive.store.values import Answer, Capture, RecordType, Truncated
from archive.warc.records import payload_digest, response, revisit, target_uri, warcinfo
from tests.archive.warc.answers import T0, answer, not_modified


def capture_of(one: Answer, record: RecordType = RecordType.RESPONSE, offset: int = 500) -> Capture:
    return Capture(
        one.address,
        one.fetched_at,
        one.status,
        payload_digest(one.body),
        len(one.body),
        truncated=one.truncated,
        record=record,
        warc_file="finews-20240501T080000Z-00000.warc.gz",
        warc_offset=offset,
    )


def responded(one: Answer) -> bytes:
    return response(one, capture_of(one))


def only_record(member: bytes) -> tuple[ArcWarcRecord, bytes]:
    """As warcio reads it, with every digest checked; and the payload as it was sent."""
    records = [
        (record, record.raw_stream.read())
        for record in ArchiveIterator(io.BytesIO(member), check_digests="raise", verify_http=True)
    ]
    assert len(records) == 1
    return records[0]


def test_a_response_has_these_bytes() -> None:
    assert gzip.decompress(responded(answer())) == (
        b"WARC/1.1\r\n"
        b"WARC-Type: response\r\n"
        b"WARC-Record-ID: <urn:uuid:a68ae5c5-88ba-50aa-9bf5-3f15d8595352>\r\n"
        b"WARC-Target-URI: https://finews.example/1.html\r\n"
        b"WARC-Date: 2024-05-01T08:00:00.250000Z\r\n"
        b"WARC-IP-Address: 192.0.2.7\r\n"
        b"WARC-Payload-Digest: sha256:16de9dfa12664d7331c84ac261051ef5ebe566d03dae3faf5e45825fb04bcdbc\r\n"
        b"WARC-Block-Digest: sha256:5a8a865271ad31d7cbaab64980ecf465e21846af3fbbea0f615e7b0c7b22bd4c\r\n"
        b"Content-Type: application/http; msgtype=response\r\n"
        b"Content-Length: 102\r\n"
        b"\r\n"
        b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: "1"\r\nLast-Modified: Wed\r\n'
        b"Content-Length: 8\r\n\r\n<p>1</p>\r\n\r\n"
    )


def test_a_revisit_has_these_bytes() -> None:
    again = answer(2, b"<p>1</p>", at=60)
    original = capture_of(answer())
    assert gzip.decompress(revisit(again, capture_of(again, RecordType.REVISIT, 900), original)) == (
        b"WARC/1.1\r\n"
        b"WARC-Type: revisit\r\n"
        b"WARC-Record-ID: <urn:uuid:631e8265-d532-5658-871b-4a0dc5c7dd4b>\r\n"
        b"WARC-Target-URI: https://finews.example/2.html\r\n"
        b"WARC-Date: 2024-05-01T08:01:00.250000Z\r\n"
        b"WARC-IP-Address: 192.0.2.7\r\n"
        b"WARC-Refers-To: <urn:uuid:a68ae5c5-88ba-50aa-9bf5-3f15d8595352>\r\n"
        b"WARC-Refers-To-Target-URI: https://finews.example/1.html\r\n"
        b"WARC-Refers-To-Date: 2024-05-01T08:00:00.250000Z\r\n"
        b"WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest\r\n"
        b"WARC-Payload-Digest: sha256:16de9dfa12664d7331c84ac261051ef5ebe566d03dae3faf5e45825fb04bcdbc\r\n"
        b"WARC-Truncated: length\r\n"
        b"WARC-Block-Digest: sha256:6f7ded98317cd57dbfc8c6c06bc0fc8c49219ba1e186de9571a3232b39e88e26\r\n"
        b"Content-Type: application/http; msgtype=response\r\n"
        b"Content-Length: 94\r\n"
        b"\r\n"
        b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: "2"\r\nLast-Modified: Wed\r\n'
        b"Content-Length: 8\r\n\r\n\r\n\r\n"
    )


def test_not_modified_claims_no_payload_of_its_own() -> None:
    one = not_modified()
    member = revisit(one, capture_of(one, RecordType.REVISIT), capture_of(answer()))
    record, payload = only_record(member)
    assert payload == b""
    assert record.rec_headers["WARC-Profile"].endswith("/warc/1.1/revisit/server-not-modified")
    assert record.rec_headers["WARC-Refers-To-Date"] == "2024-05-01T08:00:00.250000Z"
    assert record.rec_headers["WARC-Payload-Digest"] is None
    assert record.rec_headers["WARC-Truncated"] is None
    assert record.http_headers.get_statuscode() == "304"
    assert record.http_headers["Content-Length"] is None


def test_the_same_answer_at_the_same_place_gives_the_same_bytes_and_elsewhere_another_id() -> None:
    one = answer()
    assert responded(one) == responded(one)
    assert responded(one)[4:8] == bytes(4), "the time in the gzip header"
    ids = {
        only_record(response(other, capture_of(other, offset=offset)))[0].rec_headers["WARC-Record-ID"]
        for other in (one, answer(2), answer(at=1), answer(body=b"other"))
        for offset in (500, 501)
    }
    assert len(ids) == 8


def test_the_head_is_true_of_the_payload_that_is_kept() -> None:
    body = gzip.compress(b"<p>1</p>", mtime=0)
    sent = (
        ("content-length", "3"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Encoding", "gzip"),
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
    )
    record, payload = only_record(responded(answer(body=body, headers=sent)))
    assert payload == body
    assert record.http_headers.headers == [
        ("Content-Encoding", "gzip"),
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
        ("Content-Length", str(len(body))),
    ]


@pytest.mark.parametrize("why", [why for why in Truncated if why])
def test_a_body_that_is_not_whole_is_marked(why: Truncated) -> None:
    assert only_record(responded(answer(truncated=why)))[0].rec_headers["WARC-Truncated"] == why
    assert only_record(responded(answer()))[0].rec_headers["WARC-Truncated"] is None


def test_times_are_in_utc_and_naive_ones_refused() -> None:
    there = T0.astimezone(timezone(timedelta(hours=8)))
    assert responded(answer(fetched_at=there)) == responded(answer())
    with pytest.raises(ValueError, match="naive time"):
        responded(answer(fetched_at=T0.replace(tzinfo=None)))


@pytest.mark.parametrize(
    ("ip", "written"),
    [
        ("2001:DB8::0:1", "2001:db8::1"),
        ("fe80::1%eth0\r\nX: y", "fe80::1"),
        ("", None),
        ("unknown\r\n", None),
    ],
)
def test_only_a_numeric_address_is_noted(ip: str, written: str | None) -> None:
    assert only_record(responded(answer(ip=ip)))[0].rec_headers["WARC-IP-Address"] == written


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://a.example/x%20y?q=1|2&r=[3]#f", "https://a.example/x%20y?q=1|2&r=[3]#f"),
        ("https://a.example/财 经\r\nX: <y>", "https://a.example/%E8%B4%A2%20%E7%BB%8F%0D%0AX:%20%3Cy%3E"),
    ],
)
def test_an_address_is_written_as_a_uri(address: str, written: str) -> None:
    assert target_uri(address) == written
    assert only_record(responded(answer(address=address)))[0].rec_headers["WARC-Target-URI"] == written


def test_a_file_begins_with_what_it_is() -> None:
    record, fields = only_record(warcinfo("finews-x.warc.gz", "finews", T0))
    assert record.rec_type == "warcinfo"
    assert record.rec_headers["WARC-Filename"] == "finews-x.warc.gz"
    names = [line.partition(": ")[0] for line in fields.decode().splitlines()]
    assert names == ["software", "format", "conformsTo", "robots", "isPartOf", "description"]


HOSTILE = "\r\n\t :\x00\x85\xa0\u2028\ud800;=%<>"
hostile = st.text(st.characters() | st.sampled_from(HOSTILE), max_size=30)
headers = st.lists(st.tuples(hostile | st.just("Content-Encoding"), hostile | st.just("gzip")), max_size=5)


@given(
    path=hostile,
    status=st.integers(-9, 10**6),
    reason=hostile,
    sent=headers,
    body=st.binary(max_size=50) | st.just(b"\r\n\r\nWARC/1.1\r\n"),
    ip=hostile,
)
@example(
    HOSTILE, 200, HOSTILE, [(HOSTILE, HOSTILE), ("", ""), (" x", "\r\n\r\n"), ("财", "经")], b"", HOSTILE
)
def test_nothing_that_a_server_sends_breaks_a_record(
    path: str, status: int, reason: str, sent: list[tuple[str, str]], body: bytes, ip: str
) -> None:
    one = Answer(f"https://a.example/{path}", T0, status, reason, tuple(sent), body, ip=ip)
    member = responded(one)
    inflating = zlib.decompressobj(31)
    record_head, http_head, rest = inflating.decompress(member).split(b"\r\n\r\n", 2)
    assert rest == body + b"\r\n\r\n"
    assert inflating.eof
    assert not inflating.unused_data
    record, payload = only_record(member)
    assert payload == body
    assert len(record_head.split(b"\r\n")) == len(record.rec_headers.headers) + 1 <= 10
    status_line, *lines = http_head.split(b"\r\n")
    assert re.fullmatch(rb"HTTP/1\.1 -?\d+ [^\r\n\0]*", status_line)
    assert all(re.fullmatch(rb"[!-9;-~]+: [^\r\n\0]*", line) for line in lines)
    kept = [name for name, _ in sent if name.lower() not in {"content-length", "transfer-encoding"}]
    assert len(lines) == len(kept) + (status != 304 or body != b"")
    assert len(lines) == len(record.http_headers.headers)
    revisited, rest = only_record(revisit(one, capture_of(one, RecordType.REVISIT), capture_of(one)))
    assert (revisited.rec_type, rest) == ("revisit", b"")
