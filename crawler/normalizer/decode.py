"""From bytes to text, by evidence: what the server says of the charset is not asked."""

from contextlib import suppress

from crawler.normalizer.rejected import Reason, Rejected


def decode(data: bytes) -> str:
    """Text of UTF-8 or, failing that, of GB18030 bytes, which Chinese pages are in whatever they claim.

    U+0000, which no text column and no reader takes, becomes U+FFFD. Raises `Rejected` for what is
    empty or in neither.
    """
    if not data.strip():
        raise Rejected(Reason.EMPTY, "no bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _decode_gb18030(data, error)
    return text.replace("\0", "\ufffd")


def _decode_gb18030(data: bytes, no_utf8: UnicodeDecodeError) -> str:
    """Nearly any bytes can be read as GB18030: text that is mostly sound UTF-8 is damaged, not Chinese."""
    as_utf8 = data.decode("utf-8", "replace")
    damaged = as_utf8.count("\ufffd")
    sound = sum(character > "\u2e7f" for character in as_utf8) - damaged
    if damaged > sound:
        with suppress(UnicodeDecodeError):
            return data.decode("gb18030")
    raise Rejected(
        Reason.UNDECODABLE, f"{no_utf8.reason} at byte {no_utf8.start}, and no GB18030"
    ) from no_utf8
