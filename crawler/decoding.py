"""Undoing a response's content coding within bounds, with an error of its own for each way that it fails."""

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response


class Bomb(IgnoreRequest):
    """A body that is too long once it is decompressed."""


class BadEncoding(IgnoreRequest):
    """A body that is not in the coding that its header says, or in one that nobody asked for."""


class BoundedDecodingMiddleware(HttpCompressionMiddleware):
    """Scrapy's decompression, which stops at ``DOWNLOAD_MAXSIZE``."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """The response with its body decoded. Raises `Bomb` and `BadEncoding`."""
        # Raised outside of `except`: the libraries' errors hold on to all that was decompressed so far.
        failure: IgnoreRequest | None = None
        try:
            decoded = super().process_response(request, response)
        except IgnoreRequest as error:
            failure = Bomb(str(error))
        except Exception as error:  # noqa: BLE001 whatever the four libraries that decode may raise
            failure = BadEncoding(f"{request.url}: {error}")
        if failure:
            raise failure
        if isinstance(decoded, Response) and decoded.body and decoded.headers.get("Content-Encoding"):
            raise BadEncoding(f"{request.url}: coded as {decoded.headers['Content-Encoding']!r:.60}")
        return decoded
