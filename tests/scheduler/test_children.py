"""Children are real processes: they hang, take memory, crash, and are seen through to their ends."""

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psutil
import pytest

from archive.store.values import Run, RunState
from scheduler.children import Children, Ended, Limits, Stop

MINUTE = f"60 + {os.getpid()} / 1e9"
SLEEPY = f"import time; time.sleep({MINUTE})"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPY}"
GREEDY = "import time\nx = []\nwhile True: x.append(bytearray(b'x' * 2**22)); time.sleep(0.005)"
SUDDEN = "x = bytearray(2**33)"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{SLEEPY}']); {SLEEPY}"
PLENTY = Limits(60, 1 << 33)


def run_number(number: int, code: str = "", pid: int = 0) -> Run:
    moment = datetime.now(UTC)
    return Run(number, "a", "schedule", RunState.RUNNING, "", moment, None, asked=code, pid=pid)


class Watched:
    """Children that run Python code, and the ends that were told."""

    def __init__(self, limits: Limits) -> None:
        self.ends: queue.Queue[Ended] = queue.Queue()
        self.children = Children(lambda run: [sys.executable, "-c", run.asked], limits, self.ends.put)

    def begin(self, code: str, number: int = 1) -> None:
        self.children.begin(run_number(number, code))

    def end(self) -> Ended:
        return self.ends.get(timeout=20)


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    yield
    left = left_over()
    for one in left:
        one.kill()
    assert not left


@pytest.mark.parametrize(("code", "expected"), [("", 0), ("raise SystemExit(6)", 6)])
def test_the_exit_code_is_told(code: str, expected: int) -> None:
    watched = Watched(PLENTY)
    watched.begin(code, 7)
    ended = watched.end()
    assert (ended.run_id, ended.code, ended.stop, ended.was_killed) == (7, expected, None, False)
    assert watched.children.wait(5)


def test_the_last_line_that_it_wrote_is_told() -> None:
    watched = Watched(PLENTY)
    watched.begin(
        "import sys; sys.stderr.write('x' * 9000 + '\\n资金\\n  archive: disk full \\n\\n'); sys.exit(7)"
    )
    ended = watched.end()
    assert (ended.code, ended.last_words) == (7, "archive: disk full")


def test_a_crash_is_told_by_its_signal() -> None:
    watched = Watched(PLENTY)
    watched.begin("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert watched.end().code == -signal.SIGSEGV


def test_a_child_that_hangs_is_asked_to_stop_and_killed_with_what_it_began() -> None:
    watched = Watched(Limits(0.5, PLENTY.memory))
    watched.begin(PARENT)
    ended = watched.end()
    assert (ended.code, ended.stop, ended.was_killed) == (-signal.SIGTERM, Stop.TIME, False)
    wait_until(lambda: not left_over())


def test_a_child_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.children._GRACE", 0.3)
    watched = Watched(Limits(1, PLENTY.memory))
    watched.begin(STUBBORN.replace(SLEEPY, PARENT))
    ended = watched.end()
    assert (ended.code, ended.stop, ended.was_killed) == (-signal.SIGKILL, Stop.TIME, True)


def test_a_child_that_eats_memory_is_stopped_before_it_has_all() -> None:
    watched = Watched(Limits(60, 100 << 20))
    watched.begin(GREEDY)
    ended = watched.end()
    assert ended.stop is Stop.MEMORY or ended.last_words == "MemoryError"  # seen, or refused by the kernel
    assert 50 << 20 < ended.memory < 400 << 20


def test_a_child_that_asks_for_all_memory_at_once_is_refused() -> None:
    watched = Watched(Limits(60, 200 << 20))
    watched.begin(f"import time; time.sleep(0.3)\n{SUDDEN}")
    ended = watched.end()
    assert (ended.code, ended.last_words) == (1, "MemoryError")


def test_children_end_when_the_service_does() -> None:
    watched = Watched(PLENTY)
    for number in (1, 2):
        watched.begin(SLEEPY, number)
    assert watched.children.under_way() == {1, 2}
    watched.children.stop()
    assert watched.children.wait(5)
    assert {watched.end().stop, watched.end().stop} == {Stop.ASKED}
    watched.begin(SLEEPY, 3)
    assert watched.children.under_way() == set()
    stubborn = Watched(PLENTY)
    stubborn.begin(STUBBORN, 4)
    stubborn.children.stop(kill=True)
    assert stubborn.end().was_killed


def left_over() -> list[psutil.Process]:
    """Processes of ours that nobody ended."""
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if one.info["cmdline"] and MINUTE in one.info["cmdline"][-1]]


def begun_elsewhere(code: str) -> int:
    """The number of a process that is not our child."""
    begin = 'setsid "$0" -c "$1" >/dev/null 2>&1 & echo $!'
    done = subprocess.run(
        ["sh", "-c", begin, sys.executable, code], capture_output=True, text=True, check=True
    )
    pid = int(done.stdout)
    wait_until(lambda: psutil.Process(pid).cmdline()[1:] == ["-c", code])
    return pid


def test_a_child_of_another_service_is_seen_through_as_well() -> None:
    watched = Watched(Limits(0.3, PLENTY.memory))
    run = run_number(4, SLEEPY, pid=begun_elsewhere(SLEEPY))
    watched.children.adopt(run)
    watched.children.adopt(run)
    ended = watched.end()
    assert (ended.run_id, ended.code, ended.stop) == (4, None, Stop.TIME)
    assert not psutil.pid_exists(run.pid)
    assert watched.children.wait(5)
    assert watched.ends.empty()


def test_a_process_that_only_has_the_number_of_a_child_is_left_alone() -> None:
    watched = Watched(Limits(0, PLENTY.memory))
    pid = begun_elsewhere(f"{SLEEPY}  # another")
    watched.children.adopt(run_number(5, SLEEPY, pid=pid))
    assert watched.end() == Ended(5, pid, None)
    assert psutil.Process(pid).is_running()
    psutil.Process(pid).kill()
    wait_until(lambda: not left_over())


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_cannot_be_begun_is_told_at_once() -> None:
    children = Children(lambda _: ["/no/such/program"], PLENTY, lambda _: None)
    with pytest.raises(OSError, match="no/such"):
        children.begin(run_number(1))
    assert children.under_way() == set()


def test_one_end_that_cannot_be_taken_keeps_no_other_from_being_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ends: queue.Queue[int] = queue.Queue()

    def take(ended: Ended) -> None:
        ends.put(ended.run_id)
        raise ZeroDivisionError

    children = Children(lambda _: [sys.executable, "-c", ""], PLENTY, take)
    for number in (1, 2):
        children.begin(run_number(number))
    assert {ends.get(timeout=20), ends.get(timeout=20)} == {1, 2}
    assert children.wait(5)
    assert caplog.text.count("ZeroDivisionError") >= 2
