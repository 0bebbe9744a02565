"""Names for what can go wrong with a request, to count by."""

from scrapy import exceptions
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.decoding import BadEncoding, Bomb
from crawler.download_handler import ForeignHost, PrivateAddress, Stopping
from crawler.robots import RobotsRefuse, RobotsUnreachable

_NAMES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.DownloadConnectionRefusedError, "refused"),
    (exceptions.CannotResolveHostError, "no-such-host"),
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.DownloadCancelledError, "too-large"),
    (exceptions.ResponseDataLossError, "short-body"),
    (exceptions.DownloadFailedError, "connection-lost"),
    (exceptions.UnsupportedURLSchemeError, "scheme"),
    (ForeignHost, "foreign-host"),
    (PrivateAddress, "private-address"),
    (Stopping, "stopped"),
    (RobotsRefuse, "robots"),
    (RobotsUnreachable, "robots-unreachable"),
    (Bomb, "bomb"),
    (BadEncoding, "bad-encoding"),
    (exceptions.IgnoreRequest, "too-many-redirects"),  # the one that is left of Scrapy's own
)
_OF_THE_HOST = frozenset({"refused", "no-such-host", "private-address", "foreign-host"})
"""Whatever was asked for first, its robots.txt included: the host itself cannot be asked."""
_OF_THE_SITE = frozenset({"refused", "no-such-host", "timeout", "short-body", "connection-lost"})


def name_of(error: BaseException | None) -> str:
    """A short name: ``http-503``, ``timeout``, ``short-body`` …; the error's class where none is known."""
    if isinstance(error, HttpError):
        return f"http-{error.response.status}"
    if isinstance(error, RobotsUnreachable) and error.__cause__:
        cause = name_of(error.__cause__)
        return cause if cause in _OF_THE_HOST else "robots-unreachable"
    return next((name for kind, name in _NAMES if isinstance(error, kind)), type(error).__name__)


def is_of_the_site(name: str) -> bool:
    """Whether a failure says that the site is unwell, rather than one page of it."""
    return name in _OF_THE_SITE or name == "http-429" or name.startswith("http-5")
