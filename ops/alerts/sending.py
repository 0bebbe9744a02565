"""One message to one channel: sent within a time limit, or refused with a reason that may be shown."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from tempfile import TemporaryFile
from urllib.parse import urlsplit

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

from ops.alerts.channels import Message, Post, as_json, post_of, refusal, without_secrets
from ops.alerts.configuration import COMMAND_VARIABLES, ChannelTable

SECONDS = 10.0
"""That a webhook may take for its answer, and a command to end."""
PAUSE = 0.5
"""Seconds before the second attempt, where the first met what may pass at once."""
_ATTEMPTS = 2
_LONGEST_ANSWER = 64 * 1024
_LAST_WORDS = 300


class NotDelivered(Exception):
    """A channel did not take a message; the text says why, and holds no secret."""

    def __init__(self, problem: str, *, may_pass: bool = False) -> None:
        super().__init__(problem)
        self.may_pass = may_pass
        """Whether to try again at once. After a time limit it would take too long, and might tell twice."""


def send(channel: ChannelTable, message: Message) -> str:
    """Have a channel take a message; what it said. Raises `NotDelivered`."""
    if channel.kind == "command":
        return _run(channel, message)
    again = retry_if_exception(lambda error: isinstance(error, NotDelivered) and error.may_pass)
    attempts = Retrying(stop=stop_after_attempt(_ATTEMPTS), wait=wait_fixed(PAUSE), retry=again, reraise=True)
    return attempts(_post, channel, message)


def _post(channel: ChannelTable, message: Message) -> str:
    host = urlsplit(channel.url.get_secret_value()).hostname
    try:
        status, body = asyncio.run(_answer(post_of(channel, message, datetime.now(UTC))))
    except TimeoutError:
        raise NotDelivered(f"{host}: no answer within {SECONDS:g} s") from None
    except Exception as error:  # noqa: BLE001 whatever it is, it must neither be lost nor show the address
        problem = without_secrets(channel, f"{host}: {_reason(error)}")
        raise NotDelivered(problem, may_pass=isinstance(error, httpx.NetworkError)) from None
    if problem := refusal(channel, status, body):
        raise NotDelivered(f"{host}: {problem}", may_pass=status >= 500)
    return f"HTTP {status}"


async def _answer(post: Post) -> tuple[int, bytes]:
    """Status and body, all within the time limit.

    A transport is asked rather than a client: a client would log the address, which holds a key, take proxies
    from the environment and keep cookies. It follows no redirects either.
    """
    headers = {"Content-Type": "application/json; charset=utf-8", "Accept-Encoding": "identity"}
    headers |= {"User-Agent": "finews-archive", "Connection": "close", **post.headers}
    request = httpx.Request("POST", post.url, headers=headers, content=post.body)
    body = b""
    async with asyncio.timeout(SECONDS), httpx.AsyncHTTPTransport(trust_env=False) as transport:
        response = await transport.handle_async_request(request)
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > _LONGEST_ANSWER:
                break
        await response.aclose()
        return response.status_code, body[:_LONGEST_ANSWER]


def _reason(error: BaseException) -> str:
    """What went wrong, by what is at the bottom of it: libraries say little of what they wrap."""
    for one in _behind(error):
        match one:
            case socket.gaierror():
                return "its name cannot be resolved"
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted ({one.verify_message})"
            case OSError(errno=int(number)) if number > 0:
                return os.strerror(number)
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The errors that led to an error, the first of them first."""
    if cause := error.__cause__ or error.__context__:
        yield from _behind(cause)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _behind(one)
    yield error


def _run(channel: ChannelTable, message: Message) -> str:
    """Run a command. Its input and its errors are files: no pipe that it, or its children, could block."""
    told = json.dumps(as_json(message), ensure_ascii=False)
    with TemporaryFile() as given, TemporaryFile() as errors:
        given.write(told.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 it is what the settings say
                channel.command,
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=_environment(message),
                start_new_session=True,
            )
        except OSError as error:
            raise NotDelivered(f"{channel.command[0]}: {error.strerror}") from None
        code = _end_of(process)
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - _LAST_WORDS))
        last = errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    if code is None:
        raise NotDelivered(f"{channel.command[0]}: killed after {SECONDS:g} s")
    if code:
        words = without_secrets(channel, f": {last}" if last else "")
        raise NotDelivered(f"{channel.command[0]}: exit code {code}{words}")
    return "exit code 0"


def _end_of(process: "subprocess.Popen[bytes]") -> int | None:
    """The exit code; None where the time is over, and the command, with all that it began, was killed."""
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def _environment(message: Message) -> dict[str, str]:
    told = (
        message.kind,
        message.rule,
        message.source,
        message.text,
        str(message.run or ""),
        message.outcome,
        message.next,
    )
    return {
        **os.environ,
        **{name: value.replace("\0", "") for name, value in zip(COMMAND_VARIABLES, told, strict=True)},
    }
