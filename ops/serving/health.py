"""The service's health and metrics over HTTP: `/healthz` and `/metrics`, for machines that watch it."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, TCPServer
from typing import Any

from archive.errors import UsageError

logger = logging.getLogger(__name__)

_AT_ONCE = 4
"""Requests that are answered at a time."""
_TURN = 1.0
"""Seconds that another one waits for its turn, before it is turned away."""
_PATIENCE = 5.0
"""Seconds of silence from whoever asks ..."""
_LONGEST = 20.0
"""... and for all of a request and its answer: one that drips would hold a thread for ever."""
_LOOK = 0.1
_JSON = "application/json; charset=utf-8"
_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service is well, and more about it, as JSON has it."""

    is_well: bool
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exposed:
    """What is told, each asked for anew with every request."""

    health: Callable[[], Health]
    metrics: Callable[[], bytes]
    metrics_type: str = _PLAIN


class HealthServer:
    """Answers at an address such as ``127.0.0.1:9317``, in threads of its own.

    A place that is taken ends nothing: `start` says whether it could be had, and may be called again. Raises
    `UsageError` for an address that is none.
    """

    def __init__(self, listen: str, exposed: Exposed) -> None:
        self._place = place_of(listen)
        self._exposed = exposed
        self._server: _Server | None = None
        self._refusal = ""

    @property
    def address(self) -> str:
        """Where it answers, as ``HOST:PORT``; empty where it does not."""
        return _shown(self._server.server_address) if self._server else ""

    def start(self) -> bool:
        """Answer from now on; whether the place could be had. It is told in the log once, not each time."""
        if self._server is not None:
            return True
        try:
            self._server = _Server(self._place, self._exposed)
        except OSError as error:
            told = f"{_shown(self._place)}: health cannot be asked for there ({error.strerror or error})"
            if told != self._refusal:
                logger.warning("%s; it is tried again", told)
            self._refusal = told
            return False
        self._refusal = ""
        target = self._server.serve_forever
        threading.Thread(target=target, args=(_LOOK,), name="health", daemon=True).start()
        return True

    def stop(self) -> None:
        """Answer no more. What is being answered ends with the process at the latest."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()


def place_of(listen: str) -> tuple[str, int]:
    """Host and port of an address, as ``127.0.0.1:9317``, ``[::1]:9317``, ``:9317``. Raises `UsageError`."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"service_listen: {listen!r:.80} is no HOST:PORT, such as 127.0.0.1:9317")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _shown(place: Any) -> str:
    host, port = place[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Server(TCPServer):
    """A TCP server whose requests are answered by a few threads, none of which it waits for at its end."""

    allow_reuse_address = True
    request_queue_size = 16

    def __init__(self, place: tuple[str, int], exposed: Exposed) -> None:
        self.exposed = exposed
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        super().__init__(place, _Answer)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, once one is free."""
        if not self._free.acquire(timeout=_TURN):
            self.shutdown_request(request)
            return
        target, given = self._answer, (request, client_address)
        threading.Thread(target=target, args=given, name="health request", daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has left, mostly: nothing to shout about."""
        logger.debug("a request for health came to nothing", exc_info=True)

    def _answer(self, request: Any, client_address: Any) -> None:
        end = threading.Timer(_LONGEST, _cut_off, (request,))
        end.daemon = True
        end.start()
        try:
            self.finish_request(request, client_address)
        except Exception:  # noqa: BLE001 as socketserver has it: one request ends no server
            self.handle_error(request, client_address)
        finally:
            end.cancel()
            self.shutdown_request(request)
            self._free.release()


def _cut_off(request: socket.socket) -> None:
    with suppress(OSError):  # it has ended meanwhile
        request.shutdown(socket.SHUT_RDWR)


class _Answer(BaseHTTPRequestHandler):
    """One connection, one request: GET or HEAD."""

    timeout = _PATIENCE
    server_version, sys_version = "finews-archive", ""
    server: BaseServer

    def do_GET(self) -> None:
        """Answer."""
        self._send(*self._told())

    do_HEAD = do_GET  # noqa: N815 http.server's name

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse, in plain text; of methods there are two."""
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self.close_connection = True
        self._send(status, _PLAIN, f"{message or explain or status.phrase}\n".encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 http.server's name
        """Say nothing: health is asked for every few seconds."""

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _told(self) -> tuple[HTTPStatus, str, bytes]:
        path = self.path.partition("?")[0]
        exposed = self._exposed()
        try:
            if path == "/healthz":
                return _health(exposed.health())
            if path == "/metrics":
                return HTTPStatus.OK, exposed.metrics_type, exposed.metrics()
        except Exception:
            logger.exception("%s could not be answered", path)
            return (
                HTTPStatus.INTERNAL_SERVER_ERROR,
                _PLAIN,
                b"an error of ours; the service's log tells more\n",
            )
        return HTTPStatus.NOT_FOUND, _PLAIN, b"there are /healthz and /metrics\n"

    def _exposed(self) -> Exposed:
        assert isinstance(self.server, _Server)  # noqa: S101 for the type checker
        return self.server.exposed


def _health(health: Health) -> tuple[HTTPStatus, str, bytes]:
    told = {"status": "ok" if health.is_well else "unhealthy", **health.detail}
    body = json.dumps(told, ensure_ascii=False).encode() + b"\n"
    return HTTPStatus.OK if health.is_well else HTTPStatus.SERVICE_UNAVAILABLE, _JSON, body
