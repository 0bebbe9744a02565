"""The client: asks the hosts of one source as politely as a crawl would, and within seconds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from time import monotonic, sleep
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx
from protego import Protego
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_incrementing,
)

from crawler.plan import CrawlPlan
from crawler.probes.body import bounded_body
from crawler.probes.connecting import Deadline, GuardedTransport
from crawler.probes.failure import ProbeFailed, failure_of
from crawler.resolving import is_private
from crawler.rules import MOST_READ, allows

SECONDS = 25.0
"""For everything that is asked of one source."""
_SECONDS_FOR_ANSWER = 10.0
"""From the look-up of the host's name to the end of the body."""
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
"""For each step of it."""
_LEAST_PAUSE = 1.0
"""Seconds between two requests to a live host, whatever is configured."""
_MOST_REDIRECTS = 5
_ATTEMPTS = 3
_WAIT = wait_incrementing(start=0.1, increment=0.2)
"""Before another attempt; a live host has its pause besides."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Probed:
    """What a host answered."""

    address: str
    """Canonical; where redirects led."""
    status: int
    body: bytes
    headers: httpx.Headers

    @property
    def may_pass(self) -> bool:
        """Whether the host is unwell, and does not say for how long."""
        return self.status >= 500 and "Retry-After" not in self.headers


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """A host's robots.txt."""

    address: str
    status: int
    rules: bytes | None
    """None where there are none, so that all may be asked."""


@dataclass(slots=True)
class _Host:
    """What is known of one host."""

    robots: RobotsFile | ProbeFailed | None = None
    pause: float = 0.0
    asked_at: float = float("-inf")


@dataclass(slots=True)
class Probes:
    """Questions to the hosts of one plan's source, all within `SECONDS`; not for several threads.

    Canonical addresses are fetched from where their mirrors are, of hosts of the source alone, and of private
    hosts only where mirrors name them. `now` is aware, in UTC.
    """

    plan: CrawlPlan
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    skews: dict[str, float] = field(default_factory=dict)
    """By host, by how many seconds its clock is ahead of ours, as it last said."""
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _deadline: Deadline = field(default_factory=Deadline)
    _end: float = field(default_factory=lambda: monotonic() + SECONDS)
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(
            transport=GuardedTransport(self._deadline, self.plan.mirrors.hosts),
            headers={"User-Agent": self.plan.user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"},
            timeout=_TIMEOUT,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def page(self, address: str) -> Probed:
        """What a canonical address answers, whatever its status. Raises `ProbeFailed`.

        The rules of its host are read first, and obeyed.
        """
        return self._followed(address, self._check_rules)

    def robots(self, address: str) -> RobotsFile:
        """The robots.txt of the host of an address, asked for once. Raises `ProbeFailed`.

        As for crawls, a host whose rules cannot be read is left alone.
        """
        parts = urlsplit(address)
        host = self._host(parts.hostname or "")
        if host.robots is None:
            try:
                host.robots = self._read_robots(f"{parts.scheme}://{parts.hostname}/robots.txt")
                host.pause = self._crawl_delay(host.robots)
            except ProbeFailed as failure:
                host.robots = failure
        if isinstance(host.robots, ProbeFailed):
            raise host.robots
        return host.robots

    def asked_pause(self, address: str) -> float:
        """Seconds between two requests, as the rules of an address' host ask; 0 where they do not."""
        return self._host(urlsplit(address).hostname or "").pause

    def _read_robots(self, address: str) -> RobotsFile:
        answer = self._followed(address, lambda _address: None)
        if answer.status >= 500 or answer.status == 429:
            raise ProbeFailed("robots-unreachable", f"robots.txt answers {answer.status}")
        rules = answer.body[:MOST_READ] if answer.status < 400 else None
        return RobotsFile(address, answer.status, rules or None)

    def _check_rules(self, address: str) -> None:
        robots = self.robots(address)
        if robots.rules and not allows(robots.rules, address, self.plan.user_agent):
            raise ProbeFailed("robots", f"robots.txt does not allow it ({self.plan.user_agent.split()[0]})")

    def _crawl_delay(self, robots: RobotsFile) -> float:
        text = (robots.rules or b"").decode("utf-8-sig", errors="ignore")
        return float(Protego.parse(text).crawl_delay(self.plan.user_agent) or 0)

    def _followed(self, address: str, check: Callable[[str], None]) -> Probed:
        for _ in range(_MOST_REDIRECTS + 1):
            self._check_host(address)
            check(address)
            answer = self._persistently(address)
            if answer.status not in _REDIRECTS or "Location" not in answer.headers:
                return answer
            host = urlsplit(address).hostname or ""
            address = urljoin(address, self.plan.mirrors.canonical(answer.headers["Location"], host))
        raise ProbeFailed("too-many-redirects", f"redirected more than {_MOST_REDIRECTS} times")

    def _check_host(self, address: str) -> None:
        try:
            parts = urlsplit(address)
            is_usual = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme))
        except ValueError:
            raise ProbeFailed("foreign-host", f"redirects to {address!r:.100}, which is no address") from None
        host = parts.hostname or ""
        if host not in self.plan.site.hosts or parts.scheme not in _DEFAULT_PORTS or not is_usual:
            hosts = ", ".join(sorted(self.plan.site.hosts))
            raise ProbeFailed("foreign-host", f"leads to {address:.100}, which is not on {hosts}")
        if host not in self.plan.mirrors.bases and is_private(host):
            raise ProbeFailed("private-address", f"{host} is not public")

    def _persistently(self, address: str) -> Probed:
        """The answer; asked for again where a connection failed, or the host was unwell."""

        def last(state: RetryCallState) -> Probed:
            if state.outcome is None:
                raise AssertionError("no attempt was made")
            answer: Probed = state.outcome.result()
            return answer

        retry = retry_if_exception(lambda error: isinstance(error, ProbeFailed) and error.is_passing)
        retrying = Retrying(
            retry=retry | retry_if_result(lambda answer: answer.may_pass),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_WAIT,
            retry_error_callback=last,
        )
        return retrying(self._asked, address)

    def _asked(self, address: str) -> Probed:
        host = urlsplit(address).hostname or ""
        self._wait_for_turn(host)
        self._deadline.at = min(self._end, monotonic() + _SECONDS_FOR_ANSWER)
        before = self.now()
        try:
            url = self.plan.mirrors.address(address)
            with self._client.stream("GET", url, headers={"Host": host}) as response:
                self._note_clock(host, response.headers, before)
                coding = response.headers.get("Content-Encoding", "")
                body = bounded_body(response.iter_raw(), coding)
                return Probed(address, response.status_code, body, response.headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise failure_of(error) from None

    def _wait_for_turn(self, name: str) -> None:
        """Keep the pause between two requests to a live host; a mirror on this machine needs none."""
        host = self._host(name)
        if not self.plan.mirrors.is_loopback(name):
            wait = host.asked_at + max(_LEAST_PAUSE, self.plan.pause, host.pause) - monotonic()
            self._check_time(wait)
            sleep(max(0.0, wait))
        self._check_time(0)
        host.asked_at = monotonic()

    def _check_time(self, wait: float) -> None:
        if monotonic() + wait >= self._end:
            raise ProbeFailed("out-of-time", f"the {SECONDS:.0f} seconds for one source were over")

    def _note_clock(self, host: str, headers: httpx.Headers, before: datetime) -> None:
        """What the host's clock said, the age of an answer that was kept on its way included."""
        after = self.now()
        try:
            said = parsedate_to_datetime(headers["Date"])
            age = int(headers.get("Age", "0"))
        except (KeyError, ValueError):
            return
        if said.tzinfo is not None:
            self.skews[host] = (said - before).total_seconds() - (after - before).total_seconds() / 2 + age

    def _host(self, name: str) -> _Host:
        return self._hosts.setdefault(name, _Host())
