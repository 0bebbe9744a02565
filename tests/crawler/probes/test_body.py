"""Bodies: whole and plain, or a failure; never longer than is taken."""

import gzip
import zlib
from collections.abc import Iterator

import pytest

from crawler.probes.body import bounded_body
from crawler.probes.failure import ProbeFailed

TEXT = "新闻".encode() * 10


def pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + 7] for start in range(0, len(data), 7))


@pytest.mark.parametrize(
    ("coding", "sent"),
    [("", TEXT), ("Identity", TEXT), ("gzip", gzip.compress(TEXT)), ("deflate", zlib.compress(TEXT))],
    ids=["plain", "identity", "gzip", "deflate"],
)
def test_a_body_is_taken_up_to_its_bound_however_it_is_coded(coding: str, sent: bytes) -> None:
    assert bounded_body(pieces(sent), coding, len(TEXT)) == TEXT
    with pytest.raises(ProbeFailed) as failed:
        bounded_body(pieces(sent), coding, len(TEXT) - 1)
    assert failed.value.name == ("too-large" if sent == TEXT else "bomb")


def test_no_more_is_read_of_one_that_is_too_long() -> None:
    endless = iter(lambda: b"x", b"")
    with pytest.raises(ProbeFailed):
        bounded_body(endless, "", 10)


def test_a_body_that_is_not_there_is_empty() -> None:
    assert bounded_body(iter([]), "gzip") == b""
