"""A store as it is after a while, told from the time of the test: what `archive status` and metrics show."""

from datetime import UTC, datetime, timedelta
from typing import Any

from archive.documents import SHANGHAI
from archive.store import Store
from archive.store.services import Service
from archive.store.values import Observation, Rejection, RunState
from scheduler.runs import HOST
from tests.archive.store.samples import sourced

MINUTE = timedelta(minutes=1)


class Filled:
    """Fills a store with what came so many minutes ago."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = datetime.now(UTC).replace(microsecond=0)

    def ago(self, minutes: float) -> datetime:
        return self.now - minutes * MINUTE

    def run(self, minutes: float, outcome: str = "complete", source: str = "finews", **given: Any) -> int:
        """A run that began so many minutes ago, and took half a minute."""
        lease = self.store.begin_run(
            source,
            given.pop("trigger", "cron"),
            self.ago(minutes),
            "host",
            7,
            silence=0,
            is_dead=lambda _: True,
            asked=given.pop("asked", ""),
        )
        state, counters = given.pop("state", RunState.FINISHED), given.pop("counters", {"requests": 2})
        ended = self.ago(minutes - 0.5)
        self.store.finish_run(lease.run_id, state, outcome, counters, ended, lease, **given)
        return lease.run_id

    def regular(self, *, until: float = 5, source: str = "finews") -> list[int]:
        """Good runs, ten minutes apart, up to so many minutes ago."""
        return [self.run(until + 10 * n, source=source) for n in reversed(range(7))]

    def documents(self, count: int, minutes: float, first: int = 1) -> None:
        """New documents, published seven minutes before they were seen, so many minutes ago."""
        at = self.ago(minutes)
        published = (at - 7 * MINUTE).astimezone(SHANGHAI)
        found = [sourced(n, published=published) for n in range(first, first + count)]
        self.store.write([Observation(at, one) for one in found], None)

    def rejections(self, count: int, minutes: float, run_id: int, reason: str = "no-article") -> None:
        """Pages that could not be read."""
        pages = [Rejection(f"https://finews.example/x/{n}.html", "parse", reason) for n in range(count)]
        self.store.write([Observation(self.ago(minutes), rejection=one) for one in pages], run_id)

    def service(self, token: str = "t", listens: str = "127.0.0.1:9317") -> None:
        """A service that gives a sign of life; the first one leads."""
        one = Service(token, HOST, 4711, listens, self.ago(30), None)
        self.store.services.beat(one, self.ago(20), silence=60, is_dead=lambda _: False)
