"""A receiver of webhooks on a port of its own: what it was sent, and how it is to answer."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Answers as it is told to; `path` is what a channel's address ends in, a key and all."""

    def __init__(self, port: int = 0) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        """Path, headers (lower case) and body of every request, also of those that were refused."""
        self.status, self.body, self.delay = 200, b'{"code": 0, "errcode": 0}', 0.0
        self.headers: dict[str, str] = {}
        self.is_endless = False
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def url(self, path: str = "/hook/0123456789abcdef") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def bodies(self) -> list[Any]:
        """What was sent, as JSON."""
        return [json.loads(body) for _, _, body in self.received]

    @property
    def kinds(self) -> list[str]:
        return [body["kind"] for body in self.bodies]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append((self.path, headers, body))
                time.sleep(receiver.delay)
                self.send_response(receiver.status)
                length = str(10**12 if receiver.is_endless else len(receiver.body))
                for name, value in {"content-length": length, **receiver.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(receiver.body)
                while receiver.is_endless:
                    self.wfile.write(receiver.body)

            do_GET = do_POST  # noqa: N815 what a redirect would become

            def log_message(self, *_: object) -> None:
                pass

            def handle(self) -> None:
                with suppress(ConnectionError):  # the sender did not wait
                    super().handle()

        return Handler


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    receiver = Receiver(port)
    try:
        yield receiver
    finally:
        receiver.close()
