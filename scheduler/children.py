"""Crawls as child processes: begun, watched, stopped in good order, killed where they will not stop."""

import logging
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import IO

import psutil

from archive.store.values import Run

logger = logging.getLogger(__name__)

_LOOK = 0.2
"""Seconds between two looks at a child."""
_GRACE = 12.0
"""Seconds that a child which was asked to stop has for it; a crawl needs 10 at the most."""
_LAST_WORDS = 4096
"""Bytes of what a child printed last."""
_HARD_LIMIT = 1.25
"""Times its limit at which the kernel refuses a child more memory: one that takes it faster than we look."""


class Stop(StrEnum):
    """Why a child was stopped."""

    TIME = "time"
    MEMORY = "memory"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take."""

    seconds: float
    memory: int
    """Bytes that it, and its own children, have in memory."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended."""

    run_id: int
    pid: int
    code: int | None
    """Its exit code, below zero the number of the signal that ended it; None of one that was not our own."""
    stop: Stop | None = None
    """Why we had it stop, if we did."""
    was_killed: bool = False
    """It did not stop when it was asked to."""
    took: float = 0.0
    """Seconds."""
    memory: int = 0
    """Bytes at the most, as far as was seen."""
    last_words: str = ""
    """The last line that it wrote to standard error."""


OnEnd = Callable[[Ended], None]


class Children:
    """The crawls under way. `command` says how a run is begun; `on_end` hears of each end, in a thread.

    A child has a session of its own: what ends this process, by a signal to its group or otherwise, does not
    end the crawl, which the next service finds in the ledger and takes care of (`adopt`).
    """

    def __init__(
        self,
        command: Callable[[Run], Sequence[str]],
        limits: Limits,
        on_end: OnEnd,
    ) -> None:
        self._command, self._limits, self._on_end = command, limits, on_end
        self._children: dict[int, _Child] = {}
        self._lock = threading.RLock()  # a signal may interrupt whoever has it
        self._is_over = False

    def begin(self, run: Run) -> None:
        """Begin a run; none once they were asked to stop. Raises `OSError` where no process can be had."""
        with self._lock:
            if not self._is_over:
                self._begin(run)

    def _begin(self, run: Run) -> None:
        words = TemporaryFile()  # noqa: SIM115 closed when the child has ended
        try:
            process = subprocess.Popen(  # noqa: S603 this very program
                list(self._command(run)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=words,
                start_new_session=True,
            )
        except BaseException:
            words.close()
            raise
        most = int(self._limits.memory * _HARD_LIMIT)
        with suppress(OSError, AttributeError):  # gone already, or a system without it
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (most, most))
        self._watch(_Child(run.id, self._limits, psutil.Process(process.pid), process, words))

    def adopt(self, run: Run) -> None:
        """Take care of a running child of a service that is gone.

        A process of that number which is not it, since numbers are used again, is left alone: the child has
        ended.
        """
        with self._lock:
            is_ours = run.id in self._children
        if is_ours:
            return
        if process := _doing(run.pid, self._command(run)):
            self._watch(_Child(run.id, self._limits, process))
        else:
            self._on_end(Ended(run.id, run.pid, None))

    def under_way(self) -> set[int]:
        """The numbers of the runs that are watched."""
        with self._lock:
            return set(self._children)

    def stop(self, *, kill: bool = False) -> None:
        """Ask all to stop, or end them at once."""
        with self._lock:
            self._is_over = True
            children = list(self._children.values())
        for child in children:
            child.stop(Stop.ASKED, kill=kill)

    def wait(self, seconds: float) -> bool:
        """Wait for all to end; whether they have."""
        until = monotonic() + seconds
        while self.under_way() and monotonic() < until:
            sleep(_LOOK / 4)
        return not self.under_way()

    def _watch(self, child: "_Child") -> None:
        with self._lock:
            self._children[child.run_id] = child
        threading.Thread(
            target=self._see_through, args=(child,), name=f"run-{child.run_id}", daemon=True
        ).start()

    def _see_through(self, child: "_Child") -> None:
        try:
            self._on_end(child.see_through())
        except Exception:  # the others are to be watched on
            logger.exception("how run %s ended was not taken", child.run_id, extra={"run": child.run_id})
        finally:
            with self._lock:
                self._children.pop(child.run_id, None)


class _Child:
    """One child process, from its beginning to its end."""

    def __init__(
        self,
        run_id: int,
        limits: Limits,
        process: psutil.Process,
        popen: "subprocess.Popen[bytes] | None" = None,
        words: IO[bytes] | None = None,
    ) -> None:
        self.run_id = run_id
        self._limits, self._process, self._popen, self._words = limits, process, popen, words
        self._began = monotonic()
        self._stop: Stop | None = None
        self._kill_at = float("inf")
        self._was_killed = self._is_over = False
        self._memory = 0

    def see_through(self) -> Ended:
        """Watch it until it has ended."""
        while not self._has_ended():
            self._memory = max(self._memory, memory := _memory_of(self._process))
            if memory > self._limits.memory:
                self.stop(Stop.MEMORY)
            elif self.took > self._limits.seconds:
                self.stop(Stop.TIME)
            if monotonic() > self._kill_at:
                self._kill()
        was_killed = self._was_killed
        if self._stop:
            self._kill()  # what it began, and left
        self._is_over = True  # its number may be another's from now on
        return Ended(
            self.run_id,
            self._process.pid,
            self._popen.returncode if self._popen else None,
            self._stop,
            was_killed,
            self.took,
            self._memory,
            self._last_words(),
        )

    @property
    def took(self) -> float:
        """Seconds since it was begun, or adopted."""
        return monotonic() - self._began

    def stop(self, why: Stop, *, kill: bool = False) -> None:
        """Ask it to stop, once; kill it if it does not, or at once."""
        if self._is_over:
            return
        if self._stop is None:
            self._stop, self._kill_at = why, monotonic() + _GRACE
            with suppress(psutil.Error):  # which makes sure that the number is still its own
                self._process.send_signal(signal.SIGTERM)
        if kill:
            self._kill()

    def _kill(self) -> None:
        self._was_killed = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # its session's group: what it began ends with it

    def _has_ended(self) -> bool:
        try:
            if self._popen:
                self._popen.wait(timeout=_LOOK)
            else:
                self._process.wait(timeout=_LOOK)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            return False
        except psutil.Error:
            return True
        return True

    def _last_words(self) -> str:
        if self._words is None:
            return ""
        with self._words as words:
            size = words.seek(0, os.SEEK_END)
            words.seek(max(0, size - _LAST_WORDS))
            lines = words.read().decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _doing(pid: int, command: Sequence[str]) -> psutil.Process | None:
    """The process, if it was begun by the command line; its program may be written otherwise."""
    with suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        return process if process.cmdline()[1:] == list(command[1:]) else None
    return None


def _memory_of(process: psutil.Process) -> int:
    """Bytes that a process and its children have in memory; 0 where that cannot be known."""
    with suppress(psutil.Error, OSError):
        total = int(process.memory_info().rss)
        for child in process.children(recursive=True):
            with suppress(psutil.Error, OSError):
                total += int(child.memory_info().rss)
        return total
    return 0
