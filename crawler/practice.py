"""What a crawl was like: how politely it asked, what was slow, what failed."""

import heapq
import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Any, Self

_MOST_SLOW = 10
_MOST_FAILED = 20
_MOST_HOSTS = 20
_LONGEST_ADDRESS = 2000
_LONGEST_DETAIL = 300
_STEP = math.log(1.02)
"""Gaps are counted by size, a class 2 % wide: the median is right to 1 %, and 1,400 classes are the most."""
_SHORTEST_GAP, _LONGEST_GAP = 1e-6, 1e6


@dataclass(slots=True)
class _Host:
    """One host, as it was asked. Gaps are seconds between the starts of two consecutive requests."""

    delay: float
    delay_from: str
    requests: int = 0
    conditional: int = 0
    not_modified: int = 0
    unanswered: int = 0
    bytes: int = 0
    at_once: int = 0
    most_at_once: int = 0
    last_begun: float | None = None
    least_gap: float = math.inf
    gaps: Counter[int] = field(default_factory=Counter)
    waited: float = 0.0

    def begin(self, now: float, *, is_conditional: bool) -> None:
        self.requests += 1
        self.conditional += is_conditional
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.last_begun is not None:
            gap = now - self.last_begun
            self.least_gap = min(self.least_gap, gap)
            self.gaps[round(math.log(min(max(gap, _SHORTEST_GAP), _LONGEST_GAP)) / _STEP)] += 1
        self.last_begun = now

    def end(self, status: int | None, size: int) -> None:
        self.at_once -= 1
        self.bytes += size
        self.not_modified += status == 304
        self.unanswered += status is None

    @property
    def median_gap(self) -> float:
        """Of an even number of gaps, the lower of the two in the middle."""
        left = (self.gaps.total() + 1) // 2
        for size in sorted(self.gaps):
            left -= self.gaps[size]
            if left <= 0:
                return max(math.exp(size * _STEP), self.least_gap)
        return 0.0

    def told(self) -> dict[str, Any]:
        has_gaps = self.gaps.total() > 0
        return {
            "requests": self.requests,
            "conditional": self.conditional,
            "not_modified": self.not_modified,
            "unanswered": self.unanswered,
            "bytes": self.bytes,
            "most_at_once": self.most_at_once,
            "delay": self.delay,
            "delay_from": self.delay_from,
            "least_gap": _rounded(self.least_gap) if has_gaps else None,
            "median_gap": _rounded(self.median_gap) if has_gaps else None,
            "waited": _rounded(self.waited),
        }


class Practice:
    """Takes note while a crawl goes on; safe to read from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}
        self._slowest: dict[str, tuple[float, int | None]] = {}
        self._slow_from = 0.0
        """Seconds from which on an address is among the slowest."""
        self._failed: list[dict[str, str]] = []

    def keeps(self, host: str, delay: float, asked_by: str) -> None:
        """The seconds between two requests to a host, and who asks for so many; before the first of them."""
        with self._lock:
            about = self._hosts.setdefault(host, _Host(delay, asked_by))
            about.delay, about.delay_from = delay, asked_by

    def asking(self, host: str, address: str, *, is_conditional: bool) -> "Asking":
        """One request to a host that keeps a delay, for as long as the block lasts."""
        return Asking(self, host, address, is_conditional=is_conditional)

    def waited(self, host: str, seconds: float) -> None:
        """A request was put off for as long as the host's ``Retry-After`` asked for."""
        with self._lock:
            if host in self._hosts:
                self._hosts[host].waited += seconds

    def failed(self, address: str, reason: str, detail: str) -> None:
        """Something failed; the first few are kept."""
        if len(self._failed) >= _MOST_FAILED:
            return
        told = {
            "address": address[:_LONGEST_ADDRESS],
            "reason": reason[:_LONGEST_DETAIL],
            "detail": detail[:_LONGEST_DETAIL],
        }
        with self._lock:
            self._failed.append(told)

    def story(self) -> Mapping[str, Any]:
        """What is known so far, as JSON has it; bounded in size, however long the crawl.

        ``hosts`` by name: requests made, of these conditional ones, answers 304, requests without an answer,
        bytes; the most at one time; the delay to be kept and who asks for it; the gaps between the starts of
        two consecutive requests; all in seconds. ``slowest`` and ``failed`` are lists of addresses.
        """
        with self._lock:
            asked = {name: host for name, host in self._hosts.items() if host.requests}
            most = heapq.nlargest(_MOST_HOSTS, asked, key=lambda name: asked[name].requests)
            slowest = sorted(self._slowest.items(), key=lambda one: -one[1][0])
            return {
                "hosts": {name: asked[name].told() for name in most},
                "slowest": [
                    {"address": address, "seconds": _rounded(seconds), "status": status}
                    for address, (seconds, status) in slowest
                ],
                "failed": list(self._failed),
            }

    def begin(self, host: str, now: float, *, is_conditional: bool) -> None:
        """A request begins."""
        with self._lock:
            self._hosts[host].begin(now, is_conditional=is_conditional)

    def end(self, host: str, address: str, seconds: float, status: int | None, size: int) -> None:
        """A request has ended; without a status where it had no answer."""
        with self._lock:
            self._hosts[host].end(status, size)
            if seconds > self._slow_from:
                self._note_slow(address[:_LONGEST_ADDRESS], seconds, status)

    def _note_slow(self, address: str, seconds: float, status: int | None) -> None:
        before = self._slowest.get(address)
        if before and before[0] >= seconds:
            return
        self._slowest[address] = (seconds, status)
        if len(self._slowest) > _MOST_SLOW:
            del self._slowest[min(self._slowest, key=lambda one: self._slowest[one][0])]
        if len(self._slowest) == _MOST_SLOW:
            self._slow_from = min(taken for taken, _ in self._slowest.values())


class Asking:
    """One request, from its start to the end of the answer's body, or to its failure."""

    __slots__ = ("_address", "_conditional", "_host", "_practice", "_size", "_status", "begun", "took")

    def __init__(self, practice: Practice, host: str, address: str, *, is_conditional: bool) -> None:
        self._practice, self._host, self._address = practice, host, address
        self._conditional = is_conditional
        self._status: int | None = None
        self._size = 0
        self.begun = 0.0
        self.took = 0.0
        """Seconds, once it is over."""

    def answered(self, status: int, size: int) -> None:
        """The answer came, with so many bytes."""
        self._status, self._size = status, size

    def __enter__(self) -> Self:
        self.begun = monotonic()
        self._practice.begin(self._host, self.begun, is_conditional=self._conditional)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.took = monotonic() - self.begun
        self._practice.end(self._host, self._address, self.took, self._status, self._size)


def _rounded(seconds: float) -> float:
    """To the millisecond; what is shorter to three digits."""
    return round(seconds, 3) if seconds >= 0.1 else float(f"{seconds:.3g}")
