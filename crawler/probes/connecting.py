"""Connections of probes: to addresses that were checked, and for no longer than is given."""

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import httpcore
import httpx

from crawler.probes.failure import ProbeFailed, not_resolved
from crawler.resolving import is_public


@dataclass(slots=True)
class Deadline:
    """When what goes on must be over, by the monotonic clock.

    The timeouts of a client are for each read: a server that sends a byte at a time never meets them.
    """

    at: float = inf

    def within(self, timeout: float | None) -> float:
        """Seconds for one step of it. Raises `httpcore.ReadTimeout` where none are left."""
        left = self.at - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("out of time")
        return left if timeout is None else min(left, timeout)


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport, over connections that are guarded; no proxy of the environment is asked.

    `private` names hosts that may lead into the private network: those of mirrors.
    """

    def __init__(self, deadline: Deadline, private: frozenset[str]) -> None:
        # The certificates of the system, as for crawls, not those that come with httpx.
        context = ssl.create_default_context()
        super().__init__(verify=context, trust_env=False)
        # The backend is a parameter of httpcore's pool that httpx's transport does not pass on.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=1, network_backend=_GuardedBackend(deadline, private)
        )


class _GuardedBackend(httpcore.SyncBackend):
    """Connects to the address that was looked up and checked: no second look-up could lead elsewhere."""

    def __init__(self, deadline: Deadline, private: frozenset[str]) -> None:
        self._deadline, self._private = deadline, private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A stream to the host. Raises `ProbeFailed`, and httpcore's errors."""
        address = _looked_up(host, self._deadline.within(timeout))
        if host not in self._private and not is_public(address):
            raise ProbeFailed("private-address", f"{host} leads to {address}, which is not public")
        seconds = self._deadline.within(timeout)
        stream = super().connect_tcp(address, port, seconds, local_address, socket_options)
        return _BoundedStream(stream, self._deadline)


@dataclass(frozen=True, slots=True)
class _BoundedStream(httpcore.NetworkStream):
    """A stream no step of which outlasts the deadline."""

    inner: httpcore.NetworkStream
    deadline: Deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come."""
        return self.inner.read(max_bytes, self.deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send it."""
        self.inner.write(buffer, self.deadline.within(timeout))

    def close(self) -> None:
        """End the connection."""
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same over TLS, with the name that was asked for, whatever address it led to."""
        seconds = self.deadline.within(timeout)
        return _BoundedStream(self.inner.start_tls(ssl_context, server_hostname, seconds), self.deadline)

    def get_extra_info(self, info: str) -> object:
        """What the stream tells of itself."""
        return self.inner.get_extra_info(info)


def _looked_up(host: str, seconds: float) -> str:
    """The host's address, IPv4 where it has one, as crawls use it.

    The system's resolver knows no timeout: it is left behind where it takes too long.
    """
    answers: SimpleQueue[str | OSError | UnicodeError] = SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answers.put(str(min(found, key=lambda one: one[0] != socket.AF_INET)[4][0]))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise not_resolved(host, None) from None
    if isinstance(answer, str):
        return answer
    raise not_resolved(host, answer)
