"""One capture: whether the bytes at its place are its record, and the record says what the store says."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.store.values import Capture, RecordType
from archive.verification.members import Broken, inflated, pieces
from archive.verification.records import Record, read_record

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
SAME_PAYLOAD = f"{_PROFILE}identical-payload-digest"
NOT_MODIFIED = f"{_PROFILE}server-not-modified"
_NOT_PLAIN = re.compile(rb"[^!-;=?-~]")


@dataclass(frozen=True, slots=True)
class Member:
    """What was read at a place of a file."""

    record: Record | None
    """None where there is none to go by."""
    problem: str
    """What is wrong; empty where nothing is."""


def read_member(file: int, offset: int, length: int, sha256: str, *, http: bool) -> Member:
    """Read the record in the gzip member at the place; its bytes should have the digest (hexadecimal)."""
    digest = hashlib.sha256()
    data = _watched(pieces(file, offset, length), digest.update)
    record, problem = None, ""
    try:
        try:
            record = read_record(inflated(data), http=http)
        except Broken as error:
            problem = str(error)
        for _ in data:
            pass  # all bytes count, also those behind what is broken
    except OSError as error:
        return Member(None, f"cannot be read ({error.strerror})")
    if digest.hexdigest() != sha256:
        held = problem or "what they hold can be read"
        return Member(None, f"its bytes are not those that were written: {held}")
    return Member(record, problem)


def differences(record: Record, capture: Capture) -> Iterator[str]:
    """What the record says otherwise than the store, or otherwise than is so. Raises `Broken`."""
    fields = record.fields
    wanted: dict[str, str] = {
        "warc-type": str(capture.record),
        "warc-target-uri": uri_of(capture.address),
        "warc-truncated": str(capture.truncated),
    }
    if fields.get("warc-profile") == SAME_PAYLOAD:
        wanted["warc-truncated"] = "length"  # WARC 1.1, 6.7.2: for the payload that is left out
    for name, value in wanted.items():
        if fields.get(name, "") != value:
            yield f"its {name} is {fields.get(name, '')!r:.200}, in the store {value!r:.200}"
    if time_of(fields.get("warc-date", "")) != capture.fetched_at:
        yield f"its warc-date is {fields.get('warc-date', '')!r:.40}, in the store {capture.fetched_at}"
    if record.status != capture.status:
        yield f"its status is {record.status}, in the store {capture.status}"
    if not record.block_digest or record.digest("warc-block-digest") != record.block_digest:
        yield "its block has not the digest that its head states"
    if capture.record is RecordType.REVISIT:
        yield from _revisit_differences(record, capture)
    else:
        yield from _response_differences(record, capture)


def _response_differences(record: Record, capture: Capture) -> Iterator[str]:
    if record.digest("warc-payload-digest") != record.payload_digest:
        yield "its payload has not the digest that its head states"
    if record.payload_digest != capture.payload_digest:
        yield "its payload has not the digest in the store"
    if record.payload_bytes != capture.payload_bytes:
        yield f"its payload has {record.payload_bytes} bytes, in the store {capture.payload_bytes}"


def _revisit_differences(record: Record, capture: Capture) -> Iterator[str]:
    profile = record.fields.get("warc-profile", "")
    if profile not in {SAME_PAYLOAD, NOT_MODIFIED}:
        yield f"its warc-profile is {profile!r:.90}"
    if record.payload_bytes:
        yield f"a revisit with a payload of its own, of {record.payload_bytes} bytes"
    if profile == SAME_PAYLOAD and record.digest("warc-payload-digest") != capture.payload_digest:
        yield "it names another payload digest than the store"
    if profile == NOT_MODIFIED and capture.status != 304:
        yield f"it says that nothing has changed, with status {capture.status}"


def uri_of(address: str) -> str:
    """The address as a record writes it: printable ASCII without angle brackets, the rest in percent."""
    escaped = _NOT_PLAIN.sub(lambda byte: b"%%%02X" % byte[0][0], address.encode("utf-8", "replace"))
    return escaped.decode()


def time_of(written: str) -> datetime | None:
    """The moment that a WARC date names; None where it is none, or names no zone."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _watched(data: Iterable[bytes], watch: Callable[[bytes], object]) -> Iterator[bytes]:
    for piece in data:
        watch(piece)
        yield piece
