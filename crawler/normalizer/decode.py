"""From bytes to text, by evidence: what the server says of the charset is not asked."""

import codecs
import re
from contextlib import suppress

from crawler.normalizer.rejected import Reason, Rejected

_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(rb"""<meta[^<>]{0,200}?charset\s{0,9}=\s{0,9}["']?([-\w]{1,40})""", re.IGNORECASE)
_HEAD = 4096
"""Bytes in which a page says what it is in; browsers look into the first 1,024."""
_CODECS = {
    **dict.fromkeys((b"big5", b"big5-hkscs", b"big5hkscs", b"x-x-big5"), "big5hkscs"),
    **dict.fromkeys((b"windows-1252", b"cp1252", b"iso-8859-1", b"latin1"), "cp1252"),
}
_CHINESE = re.compile(rb"[\x80-\xff]{4}")
"""What no western text has: Chinese pages claim to be in ISO-8859-1, too."""
_PAIR = re.compile(rb"[\x81-\xfe](?:([\x40-\x7e])|[\x80-\xff])")
_ASCII = re.compile(r"[ -~]")
_CJK = re.compile("[\u2e80-\U0010ffff]+")


def decode(data: bytes) -> str:
    """Text of UTF-8 or, failing that, of GB18030 bytes, which Chinese pages are in whatever they claim.

    UTF-16 is believed where a byte order mark says so, Big5 and Windows-1252 where the page does and all
    bytes are sound in it. U+0000, which no text column and no reader takes,
    becomes U+FFFD. Raises `Rejected` for what is empty or in none of these.
    """
    if not data.strip():
        raise Rejected(Reason.EMPTY, "no bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _decode_utf16(data) or _decode_declared(data) or _decode_gb18030(data, error)
    return text.replace("\0", "\ufffd")


def _decode_utf16(data: bytes) -> str | None:
    """None without the mark; and without any ASCII, which each page, answer and file has: no text at all."""
    if not data.startswith(_BYTE_ORDER_MARKS):
        return None
    with suppress(UnicodeDecodeError):
        text = data.decode("utf-16")
        return text if _ASCII.search(text) else None
    return None


def _decode_declared(data: bytes) -> str | None:
    """None where the page names no such charset, or is in another."""
    declared = _DECLARED.search(data, 0, _HEAD)
    codec = _CODECS.get(declared[1].lower()) if declared else None
    if codec is None or not _bears_out(data, codec):
        return None
    with suppress(UnicodeDecodeError):
        return data.decode(codec)
    return None


def _bears_out(data: bytes, codec: str) -> bool:
    """Whether no Chinese page of the mainland, which claim to be in anything, looks like the bytes.

    Of the characters of Big5 four in ten have a second byte below 0x80, of those of GB2312 none.
    """
    if codec == "cp1252":
        return _CHINESE.search(data) is None
    pairs = _PAIR.findall(data)
    return len(pairs) < 10 * sum(map(len, pairs))


def _decode_gb18030(data: bytes, no_utf8: UnicodeDecodeError) -> str:
    """Nearly any bytes can be read as GB18030: text that is mostly sound UTF-8 is damaged, not Chinese."""
    as_utf8 = data.decode("utf-8", "replace")
    damaged = as_utf8.count("\ufffd")
    sound = sum(run.end() - run.start() for run in _CJK.finditer(as_utf8)) - damaged
    if damaged > sound:
        with suppress(UnicodeDecodeError):
            return data.decode("gb18030")
    raise Rejected(
        Reason.UNDECODABLE, f"{no_utf8.reason} at byte {no_utf8.start}, and no GB18030"
    ) from no_utf8
