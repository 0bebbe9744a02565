"""Gzip members: the bytes of one, and what they inflate to, never more in memory than a piece of it."""

import os
import zlib
from collections.abc import Iterable, Iterator

_PIECE = 1 << 16


class Broken(Exception):
    """A member, or the record in it, cannot be read; the text says why."""


def pieces(file: int, offset: int, length: int) -> Iterator[bytes]:
    """The bytes of an open file from an offset on, as many as there are of `length`."""
    end = offset + length
    while offset < end and (piece := os.pread(file, min(_PIECE, end - offset), offset)):
        yield piece
        offset += len(piece)


def inflated(compressed: Iterable[bytes]) -> Iterator[bytes]:
    """What the bytes inflate to, if they are exactly one gzip member whose checksum and length are right.

    Raises `Broken`, at the very end at the latest.
    """
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    for piece in compressed:
        if inflater.eof:
            raise Broken("something stands behind its gzip member")
        waiting, more = piece, True
        while more:
            try:
                data = inflater.decompress(waiting, _PIECE)
            except zlib.error as error:
                raise Broken(f"its gzip member is broken ({str(error).rpartition(': ')[2]})") from error
            if data:
                yield data
            waiting = inflater.unconsumed_tail
            more = bool(waiting) or len(data) == _PIECE  # zlib may hold back what did not fit
        if inflater.unused_data:
            raise Broken("something stands behind its gzip member")
    if not inflater.eof:
        raise Broken("its gzip member does not end")
