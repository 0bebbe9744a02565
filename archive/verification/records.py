"""WARC records as ISO 28500 (WARC 1.1) has them, read without the library that wrote them."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from archive.verification.members import Broken

_VERSION = "WARC/1.1"
_BLANK_LINE = b"\r\n\r\n"
_LONGEST_HEAD = 1 << 20
"""Bytes of a WARC head. Ours have under a thousand, plus an address."""
_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ ([0-9]{1,9})[ \r]")
_STATUS_LINE_BYTES = 64
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)", re.DOTALL)
_DIGEST_BYTES = {"sha1": 20, "sha256": 32}


@dataclass(frozen=True, slots=True)
class Record:
    """What was read of a record; its block was digested and forgotten."""

    fields: Mapping[str, str]
    """The values of its head, by name in lower case."""
    status: int | None
    """Of the HTTP response in it, where it has one."""
    block_digest: str
    """Computed, by the algorithm that its head names; empty where that names none."""
    payload_digest: str
    """Computed over what follows the HTTP head, as captures have it."""
    payload_bytes: int

    def digest(self, name: str) -> str:
        """The digest that a field of its head states, in the form of those above; empty without one."""
        return _stated_digest(self.fields, name)


def read_record(data: Iterable[bytes], *, http: bool) -> Record:
    """Read the one record that the pieces of data hold, an HTTP response in its block if `http`.

    Raises `Broken` where they are not exactly one record of version 1.1, whole.
    """
    stream = _Stream(data)
    fields = _fields(stream.head())
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        raise Broken(f"its Content-Length is {length!r:.40}")
    read = _read_block(stream.take(int(length)), fields, http=http)
    stream.end()
    return read


def _fields(head: bytes) -> Mapping[str, str]:
    """Field names are case-insensitive; one that stands twice is read by none of us the same way."""
    try:
        version, *lines = head.decode().split("\r\n")
    except UnicodeDecodeError as error:
        raise Broken("its head is not UTF-8") from error
    if version != _VERSION:
        raise Broken(f"it begins with {version!r:.40}, not with {_VERSION}")
    fields: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None or field[1].lower() in fields:
            raise Broken(f"its head has the line {line!r:.80}")
        fields[field[1].lower()] = field[2].strip(" \t")
    return fields


def _stated_digest(fields: Mapping[str, str], name: str) -> str:
    """As the algorithm, a colon and hexadecimal digits; the standard leaves it open how they are written."""
    stated = fields.get(name, "")
    if not stated:
        return ""
    algorithm, _, value = stated.lower().partition(":")
    expected = _DIGEST_BYTES.get(algorithm, 0)
    try:
        if len(value) != 2 * expected:
            value = base64.b32decode(value.upper() + "=" * (-len(value) % 8)).hex()
        found = bytes.fromhex(value)
    except ValueError:
        found = b""
    if not expected or len(found) != expected:
        raise Broken(f"its {name} is {stated!r:.90}, no digest that is known here")
    return f"{algorithm}:{found.hex()}"


def _read_block(block: Iterable[bytes], fields: Mapping[str, str], *, http: bool) -> Record:
    algorithm = _stated_digest(fields, "warc-block-digest").partition(":")[0]
    whole = hashlib.new(algorithm or "sha256", usedforsecurity=False)
    payload = hashlib.sha256()
    beginning = held = b""
    in_head, payload_bytes = http, 0
    for piece in block:
        whole.update(piece)
        if in_head:
            beginning = (beginning + piece)[:_STATUS_LINE_BYTES]
            held += piece
            end = held.find(_BLANK_LINE)
            if end < 0:
                held = held[-3:]
                continue
            piece, in_head = held[end + len(_BLANK_LINE) :], False  # noqa: PLW2901 what of it is payload
        payload.update(piece)
        payload_bytes += len(piece)
    if in_head:
        raise Broken("its HTTP head does not end")
    status = _STATUS_LINE.match(beginning)
    if http and status is None:
        raise Broken(f"its HTTP head begins with {beginning[:40]!r}")
    return Record(
        fields=fields,
        status=int(status[1]) if status else None,
        block_digest=f"{algorithm}:{whole.hexdigest()}" if algorithm else "",
        payload_digest=f"sha256:{payload.hexdigest()}",
        payload_bytes=payload_bytes,
    )


class _Stream:
    """Pieces of data, read in order."""

    def __init__(self, data: Iterable[bytes]) -> None:
        self._data = iter(data)
        self._rest = b""

    def head(self) -> bytes:
        """What stands before the first blank line."""
        found = b""
        while (end := found.find(_BLANK_LINE)) < 0:
            piece = next(self._data, b"")
            if not piece or len(found) > _LONGEST_HEAD:
                raise Broken("its head does not end")
            found += piece
        self._rest = found[end + len(_BLANK_LINE) :]
        return found[:end]

    def take(self, length: int) -> Iterator[bytes]:
        """The next so many bytes."""
        while length:
            piece = self._rest or next(self._data, b"")
            if not piece:
                raise Broken(f"its block ends {length} bytes early")
            piece, self._rest = piece[:length], piece[length:]
            length -= len(piece)
            yield piece

    def end(self) -> None:
        """Read on to the end, which is two line ends from here."""
        rest = self._rest
        while len(rest) <= len(_BLANK_LINE) and (piece := next(self._data, b"")):
            rest += piece
        if rest != _BLANK_LINE:
            raise Broken("it does not end with two line ends")
