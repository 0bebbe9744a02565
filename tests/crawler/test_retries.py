"""``Retry-After``, as RFC 9110 writes it and as servers do."""

from datetime import UTC, datetime

import pytest
from scrapy.http import Response

from crawler.retries import retry_after

NOW = datetime(2022, 1, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", 0), ("Sat, 22 Jan 2022 12:00:30 GMT", 30), ("Sat, 22 Jan 2022 11:00:00 GMT", 0)]
    + [(" 120 ", 120), ("31536000", 31_536_000), ("9" * 400, 999_999_999)]
    + [("Saturday, 22-Jan-22 12:00:30 GMT", 30), ("Sat, 22 Jan 2022 20:00:30 +0800", 30)]
    + [("Fri, 31 Dec 9999 23:59:59 GMT", 251_759_447_999)]
    + [("", 0), ("soon", 0), ("-5", 0), ("1e9", 0), ("1.5", 0), ("٣٠", 0), ("\xff\xfe", 0)]
    + [("Sat, 99 Jan 2022 12:00:30 GMT", 0), ("Sat, 22 Jan 2022 12:00:30", 0), ("22 Jan 99999 12:00 GMT", 0)],
)
def test_the_wait_is_read_in_seconds_or_as_a_date(value: str, seconds: float) -> None:
    assert retry_after(Response("http://x/", status=503, headers={"Retry-After": value}), NOW) == seconds


def test_without_the_header_there_is_no_wait() -> None:
    assert retry_after(Response("http://x/", status=503), NOW) == 0
