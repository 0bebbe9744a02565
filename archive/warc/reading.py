"""A record of a WARC file, read by its position."""

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from archive.errors import StoreError
from archive.store.values import Capture

_GZIP = 16 + zlib.MAX_WBITS
_BLANK = b"\r\n\r\n"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands in its file."""

    headers: Headers
    """Of the record itself."""
    status_line: str
    """The first line of the HTTP head."""
    http_headers: Headers
    payload: bytes
    """Still compressed; empty in a revisit, whose payload is in the record that it refers to."""

    def header(self, name: str) -> str:
        """The first value of the record's header; empty where it has none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def read_record(folder: Path, capture: Capture) -> Record:
    """The record of a capture.

    Raises `StoreError`, naming file and offset, where it is not there or not what was written.
    """
    if not capture.warc_file or capture.warc_offset is None or capture.warc_length is None:
        raise StoreError(f"{capture.address}: not kept in a WARC file; crawl it again")
    place = f"{folder / capture.warc_file} at byte {capture.warc_offset}"
    try:
        return _parsed(_block_of(_member(folder / capture.warc_file, capture)))
    except OSError as error:
        raise StoreError(f"{place}: cannot be read ({error.strerror or error}); restore a copy") from error
    except ValueError as error:
        raise StoreError(f"{place}: damaged ({error}); restore a copy") from error


def _member(path: Path, capture: Capture) -> bytes:
    with path.open("rb") as file:
        file.seek(capture.warc_offset or 0)
        data = file.read(capture.warc_length or 0)
    if len(data) != capture.warc_length:
        raise ValueError(f"{len(data)} of {capture.warc_length} bytes are there")
    if hashlib.sha256(data).hexdigest() != capture.record_sha256:
        raise ValueError("its SHA-256 is not the one that the store has")
    return data


def _block_of(member: bytes) -> bytes:
    """What one gzip member holds, and nothing else."""
    inflating = zlib.decompressobj(_GZIP)
    try:
        data = inflating.decompress(member)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflating.eof or inflating.unused_data:
        raise ValueError("its gzip member does not end where the record does")
    return data


def _parsed(data: bytes) -> Record:
    head, _, rest = data.partition(_BLANK)
    version, *lines = head.decode().split("\r\n")
    headers = _headers(lines)
    length = next((value for name, value in headers if name == "Content-Length"), "")
    if version != "WARC/1.1" or not length.isdecimal() or rest[int(length) :] != _BLANK:
        raise ValueError("no record of WARC 1.1, or its length is wrong")
    http_head, _, payload = rest[: int(length)].partition(_BLANK)
    status_line, *http_lines = http_head.decode("latin-1").split("\r\n")
    return Record(headers, status_line, _headers(http_lines), payload)


def _headers(lines: list[str]) -> Headers:
    return tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
