"""An answer as a record of WARC 1.1 (ISO 28500:2017): one gzip member, the same bytes for the same answer.

A response has no HTTP head as it was sent, only its parsed headers: the head is rebuilt from these, and the
``warcinfo`` record of each file says so. The payload is as it was sent, still compressed.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from ipaddress import ip_address
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from archive.store.values import Answer, Capture, Truncated

_VERSION = "WARC/1.1"
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_DESCRIPTION = (
    "HTTP heads are rebuilt from parsed headers, Content-Length and Transfer-Encoding made to fit; "
    "payloads are the bytes as sent, content coding kept, transfer coding undone; digests are hexadecimal"
)

_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
_NOT_IN_A_NAME = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_IN_A_URI = "".join(map(chr, range(0x21, 0x7F))).translate({ord(bracket): None for bracket in "<>"})
"""What an address keeps as it is: all that is printable, but for the brackets that WARC puts around some."""


@dataclass(slots=True)
class _Head:
    """An HTTP head that warcio writes as it stands: it would percent-encode what is not ASCII."""

    headers_buff: bytes

    def compute_headers_buffer(self, _filter: object) -> None:
        """Nothing is to be computed."""


def payload_digest(body: bytes) -> str:
    """The digest of a payload as captures have it, and as records have it."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def target_uri(address: str) -> str:
    """The address as a record has it: white space, controls and what is not ASCII percent-encoded."""
    return quote(address, safe=_IN_A_URI, errors="replace")


def warc_date(moment: datetime) -> str:
    """The time to the microsecond, in UTC. Raises `ValueError` for a naive one."""
    if moment.utcoffset() is None:
        raise ValueError(f"naive time {moment}: captures have aware times only")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def record_id(capture: Capture) -> str:
    """The id of the record that the capture stands for: it follows from what the store has of it."""
    place = f"{capture.warc_file}:{capture.warc_offset}"
    return _id(place, target_uri(capture.address), warc_date(capture.fetched_at), capture.payload_digest)


def warcinfo(file_name: str, source: str, at: datetime) -> bytes:
    """The record that a file begins with."""
    fields = {
        "software": f"finews-archive/{version('finews-archive')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "robots": "classic",
        "isPartOf": source,
        "description": _DESCRIPTION,
    }
    text = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
    headers = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", _id(file_name, warc_date(at))),
        ("WARC-Filename", file_name),
        ("WARC-Date", warc_date(at)),
    ]
    return _member(headers, text)


def response(answer: Answer, capture: Capture) -> bytes:
    """The record with the whole answer. Of `capture` all is known but the length and the digest of this."""
    head = _head(answer)
    headers = [("WARC-Type", "response"), *_common_headers(answer, capture, head)]
    if answer.truncated is not Truncated.NOT:
        headers.append(("WARC-Truncated", answer.truncated))
    headers.append(("WARC-Payload-Digest", capture.payload_digest))
    return _member(headers, answer.body, head)


def revisit(answer: Answer, capture: Capture, original: Capture) -> bytes:
    """The record with the answer's head alone: its payload is the one of `original`.

    The standard asks for ``WARC-Truncated: length`` where a payload was left out for being known already; a
    304 came without one.
    """
    head = _head(answer)
    headers = [
        ("WARC-Type", "revisit"),
        *_common_headers(answer, capture, head),
        ("WARC-Refers-To", record_id(original)),
        ("WARC-Refers-To-Target-URI", target_uri(original.address)),
        ("WARC-Refers-To-Date", warc_date(original.fetched_at)),
    ]
    if is_not_modified(answer):
        headers.append(("WARC-Profile", f"{_PROFILE}server-not-modified"))
    else:
        headers.append(("WARC-Profile", f"{_PROFILE}identical-payload-digest"))
        headers.append(("WARC-Payload-Digest", capture.payload_digest))
        headers.append(("WARC-Truncated", Truncated.LENGTH))
    return _member(headers, b"", head)


def is_not_modified(answer: Answer) -> bool:
    """Whether the server said that the payload is the one that it sent before."""
    return answer.status == 304 and not answer.body and answer.truncated is Truncated.NOT


def _common_headers(answer: Answer, capture: Capture, head: bytes) -> Iterator[tuple[str, str]]:
    yield "WARC-Record-ID", record_id(capture)
    yield "WARC-Target-URI", target_uri(answer.address)
    yield "WARC-Date", warc_date(answer.fetched_at)
    if ip := _numeric(answer.ip):
        yield "WARC-IP-Address", ip


def _head(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status:03} {_one_line(answer.reason)}"]
    lines += [f"{name}: {_one_line(value)}" for name, value in _fitting_headers(answer)]
    return b"".join(_as_sent(line) + b"\r\n" for line in lines) + b"\r\n"


def _fitting_headers(answer: Answer) -> Iterator[tuple[str, str]]:
    """The headers, so that they are true of the payload as it is kept."""
    for name, value in answer.headers:
        if name.lower() not in {"content-length", "transfer-encoding"}:
            yield _NOT_IN_A_NAME.sub("_", name) or "_", value
    if not is_not_modified(answer):  # there it would be the length of the payload that was not sent
        yield "Content-Length", str(len(answer.body))


def _one_line(value: str) -> str:
    return _CONTROLS.sub(" ", value).strip(" \t")


def _as_sent(line: str) -> bytes:
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode("utf-8", "replace")


def _numeric(ip: str) -> str:
    """The address in its canonical form, without a zone; empty where it is none."""
    try:
        return str(ip_address(ip)).partition("%")[0]
    except ValueError:
        return ""


def _id(*parts: str) -> str:
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, ' '.join(parts))}>"


def _member(headers: list[tuple[str, str]], payload: bytes, head: bytes = b"") -> bytes:
    block = hashlib.sha256(head)
    block.update(payload)
    headers.append(("WARC-Block-Digest", f"sha256:{block.hexdigest()}"))
    out = BytesIO()
    writer = WARCWriter(out, warc_version=_VERSION)
    record = writer.create_warc_record(
        "",
        headers[0][1],
        payload=BytesIO(payload) if payload else None,
        length=len(payload),
        warc_headers=StatusAndHeaders("", headers, protocol=_VERSION),
        http_headers=_Head(head) if head else None,
    )
    writer.write_record(record)
    return out.getvalue()
