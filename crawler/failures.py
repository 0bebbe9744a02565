"""Names for what can go wrong with a request, to count by."""

from scrapy import exceptions
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.download_handler import ForeignHost

_NAMES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.DownloadConnectionRefusedError, "refused"),
    (exceptions.CannotResolveHostError, "no-such-host"),
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.DownloadCancelledError, "too-large"),
    (exceptions.ResponseDataLossError, "short-body"),
    (exceptions.DownloadFailedError, "connection-lost"),
    (exceptions.UnsupportedURLSchemeError, "scheme"),
    (ForeignHost, "foreign-host"),
    (exceptions.IgnoreRequest, "robots"),
)


def name_of(error: BaseException | None) -> str:
    """A short name: ``http-503``, ``timeout``, ``short-body`` …; the error's class where none is known."""
    if isinstance(error, HttpError):
        return f"http-{error.response.status}"
    for kind, name in _NAMES:
        if isinstance(error, kind):
            return name
    return type(error).__name__
