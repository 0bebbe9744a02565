"""From bytes to text, by evidence: what the server says of the charset is not asked."""

import codecs
import re
from contextlib import suppress

from crawler.normalizer.rejected import Reason, Rejected

_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ASCII = re.compile(r"[ -~]")
_CJK = re.compile("[\u2e80-\U0010ffff]+")


def decode(data: bytes) -> str:
    """Text of UTF-8 or, failing that, of GB18030 bytes, which Chinese pages are in whatever they claim.

    UTF-16 is believed where a byte order mark says so. U+0000, which no text column and no reader takes,
    becomes U+FFFD. Raises `Rejected` for what is empty or in none of these.
    """
    if not data.strip():
        raise Rejected(Reason.EMPTY, "no bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _decode_utf16(data) or _decode_gb18030(data, error)
    return text.replace("\0", "\ufffd")


def _decode_utf16(data: bytes) -> str | None:
    """None without the mark; and without any ASCII, which each page, answer and file has: no text at all."""
    if not data.startswith(_BYTE_ORDER_MARKS):
        return None
    with suppress(UnicodeDecodeError):
        text = data.decode("utf-16")
        return text if _ASCII.search(text) else None
    return None


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
