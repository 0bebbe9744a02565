"""Names for what goes wrong: each has one, and says whether the site is unwell."""

import pytest
from scrapy import exceptions
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.decoding import BadEncoding, Bomb
from crawler.download_handler import ForeignHost, PrivateAddress, Stopping
from crawler.failures import is_of_the_site, name_of
from crawler.robots import RobotsRefuse, RobotsUnreachable


def unreachable(cause: Exception | None = None) -> RobotsUnreachable:
    error = RobotsUnreachable("robots.txt cannot be read")
    error.__cause__ = cause
    return error


def http(status: int) -> HttpError:
    return HttpError(Response("https://finews.withounder.com/", status=status))


@pytest.mark.parametrize(
    ("error", "name", "of_the_site"),
    [
        (http(404), "http-404", False),
        (http(410), "http-410", False),
        (http(429), "http-429", True),
        (http(500), "http-500", True),
        (http(503), "http-503", True),
        (exceptions.DownloadConnectionRefusedError(), "refused", True),
        (exceptions.CannotResolveHostError(), "no-such-host", True),
        (exceptions.DownloadTimeoutError(), "timeout", True),
        (exceptions.ResponseDataLossError(), "short-body", True),
        (exceptions.DownloadFailedError(), "connection-lost", True),
        (exceptions.DownloadCancelledError(), "too-large", False),
        (exceptions.UnsupportedURLSchemeError(), "scheme", False),
        (ForeignHost(), "foreign-host", False),
        (PrivateAddress(), "private-address", False),
        (Stopping(), "stopped", False),
        (RobotsRefuse(), "robots", False),
        (Bomb(), "bomb", False),
        (BadEncoding(), "bad-encoding", False),
        (exceptions.IgnoreRequest(), "too-many-redirects", False),
        (unreachable(), "robots-unreachable", False),
        (unreachable(http(503)), "robots-unreachable", False),
        (unreachable(exceptions.DownloadTimeoutError()), "robots-unreachable", False),
        (unreachable(Bomb()), "robots-unreachable", False),
        (unreachable(exceptions.DownloadConnectionRefusedError()), "refused", True),
        (unreachable(exceptions.CannotResolveHostError()), "no-such-host", True),
        (unreachable(PrivateAddress()), "private-address", False),
        (unreachable(ForeignHost()), "foreign-host", False),
        (ZeroDivisionError(), "ZeroDivisionError", False),
        (None, "NoneType", False),
    ],
    ids=lambda value: repr(value) if isinstance(value, Exception) else str(value),
)
def test_each_failure_has_its_name(error: Exception | None, name: str, of_the_site: bool) -> None:
    assert name_of(error) == name
    assert is_of_the_site(name) is of_the_site


def test_none_of_scrapys_download_errors_is_forgotten() -> None:
    kinds = [
        kind for name, kind in vars(exceptions).items() if name.endswith("Error") and name != "UsageError"
    ]
    names = {kind.__name__: name_of(kind("")) for kind in kinds}
    assert len(set(names.values())) == len(kinds) > 6, names
    assert names.keys().isdisjoint(names.values())
