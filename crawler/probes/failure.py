"""How a probe fails: by the names that runs count by, and in words."""

import os
import socket
import ssl

import httpx


class ProbeFailed(Exception):
    """No answer that could be used. `name` is as in the counters of a run, `detail` for people."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail

    @property
    def is_passing(self) -> bool:
        """Whether the same question may well be answered a moment later."""
        return self.name in {"refused", "connection-lost"}


def failure_of(error: Exception) -> ProbeFailed:
    """The failure that an error of httpx stands for."""
    if isinstance(error, httpx.TimeoutException):
        what = "no connection" if isinstance(error, httpx.ConnectTimeout) else "no whole answer"
        return ProbeFailed("timeout", f"{what} in time")
    if (cause := _cause_in(error)) is not None:
        return _failure_of_connection(cause)
    if "complete message body" in str(error):  # h11's words, for which there is no class
        return ProbeFailed("short-body", "the answer ended before it was whole")
    told = str(error).rstrip(".") or type(error).__name__
    return ProbeFailed("connection-lost", f"{told[:1].lower()}{told[1:100]}")


def _failure_of_connection(cause: OSError) -> ProbeFailed:
    if isinstance(cause, ssl.SSLError):
        told = getattr(cause, "verify_message", "") or cause.reason or str(cause)
        return ProbeFailed("tls", f"no safe connection: {told}")
    if isinstance(cause, ConnectionRefusedError):
        return ProbeFailed("refused", "connection refused")
    told = os.strerror(cause.errno) if cause.errno else str(cause)
    return ProbeFailed("connection-lost", told.lower())


def not_resolved(host: str, error: OSError | UnicodeError | None) -> ProbeFailed:
    """A name that leads nowhere; None where the name server said nothing in time."""
    if error is None:
        return ProbeFailed("no-such-host", f"{host}: the name server does not answer")
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return ProbeFailed("no-such-host", f"{host}: cannot be looked up just now ({error.strerror})")
    return ProbeFailed("no-such-host", f"{host}: there is no such host ({getattr(error, 'strerror', error)})")


def _cause_in(error: BaseException | None) -> OSError | None:
    """What the system or TLS said: the libraries keep it as the cause of theirs."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error
