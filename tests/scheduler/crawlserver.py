"""Crawls that take a moment, as processes that outlive the service which has them begin."""

import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.errors import SourceBusy
from archive.store import Store
from archive.store.values import Run, RunState
from scheduler.runs import HOST
from tests.in_child import in_child


@dataclass(slots=True)
class CrawlServer:
    """A process that forks a crawl for each number written to it: services are killed, it is not.

    Forked from a service itself, a child could inherit a lock that another thread holds.
    """

    url: str
    _writing: int = -1
    _pid: int = 0

    def start(self) -> None:
        reading, self._writing = os.pipe()

        def serve() -> None:
            os.close(self._writing)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            while number := os.read(reading, 8):
                in_child(lambda number=number: self._crawl(int(number)))  # type: ignore[misc]

        self._pid = in_child(serve)
        os.close(reading)

    def close(self) -> None:
        os.close(self._writing)
        os.waitpid(self._pid, 0)

    def begin(self, run: Run) -> None:
        os.write(self._writing, f"{run.id:8}".encode())

    def adopt(self, run: Run) -> None:
        """It goes on by itself."""

    def under_way(self) -> set[int]:
        return set()

    def stop(self, *, kill: bool = False) -> None:
        """They are over before one could."""

    def wait(self, seconds: float) -> bool:
        return True

    def _crawl(self, number: int) -> None:
        with Store.open(self.url) as store:
            source = store.run(number).source
            moment = datetime.now(UTC)
            try:
                lease = store.begin_run(
                    source,
                    "schedule",
                    moment,
                    HOST,
                    os.getpid(),
                    silence=60,
                    is_dead=lambda _: False,
                    planned=number,
                )
            except SourceBusy:  # another service had it begin as well
                return
            counters = {"begun": store.run(number).counters.get("begun", 0) + 1}
            store.finish_run(number, RunState.FINISHED, "complete", counters, datetime.now(UTC), lease)
