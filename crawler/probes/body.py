"""A body within bounds, as it was sent and as it unfolds."""

import zlib
from collections.abc import Iterable

from crawler.probes.failure import ProbeFailed
from crawler.settings import FIXED

MOST_BYTES: int = FIXED["DOWNLOAD_MAXSIZE"]
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def bounded_body(pieces: Iterable[bytes], coding: str, most: int = MOST_BYTES) -> bytes:
    """The body, its content coding undone. Raises `ProbeFailed` for one that is too long or unsound."""
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return b"".join(_within(pieces, most))
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise ProbeFailed("bad-encoding", f"the body is coded as {coding!r:.40}, which was not asked for")
    return _decompressed(_within(pieces, most), most)


def _within(pieces: Iterable[bytes], most: int) -> Iterable[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise ProbeFailed("too-large", f"the body is longer than {most >> 20} MiB")
        yield piece


def _decompressed(pieces: Iterable[bytes], most: int) -> bytes:
    decompressor, body, came = zlib.decompressobj(_GZIP_OR_ZLIB), bytearray(), False
    for piece in pieces:
        came = True
        try:
            body += decompressor.decompress(piece, most - len(body) + 1)
        except zlib.error as error:
            raise ProbeFailed("bad-encoding", f"the body is not compressed as it says ({error})") from None
        if len(body) > most:
            raise ProbeFailed("bomb", f"the body is longer than {most >> 20} MiB once it is decompressed")
    if came and not decompressor.eof:
        raise ProbeFailed("short-body", "the answer ended before it was whole")
    return bytes(body)
