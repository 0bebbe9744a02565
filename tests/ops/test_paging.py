"""Long output on a terminal goes through the reader's pager, and nothing is lost where that does not work."""

import os
import pty
import signal
import sys
import time
from collections.abc import Callable

import pytest

from ops.paging import paged, pager_environment, pager_of
from ops.terminal import write_spans

LINES = 3000


@pytest.fixture
def on_terminal() -> Callable[..., tuple[str, int]]:
    """Write a long text at a terminal, in a child; what is seen there, and the exit code."""

    def run(keys: bytes = b"", lines: int = LINES, pause: float = 0, **environment: str) -> tuple[str, int]:
        pid, terminal = pty.fork()
        if not pid:
            _write(lines, pause, environment)
        seen = b""
        try:
            while piece := os.read(terminal, 65536):
                seen += piece
                if keys and seen.endswith((b":", b"\x1b[K")):  # the prompt of less
                    os.write(terminal, keys)
                    keys = b""
        except OSError:  # Linux: the terminal's other side is closed
            pass
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        return seen.decode(), os.waitstatus_to_exitcode(status)

    return run


def _write(lines: int, pause: float, environment: dict[str, str]) -> None:
    code = 70
    try:
        signal.alarm(60)
        sys.stdin, sys.stdout, sys.stderr = (open(fd, "w" if fd else "r", closefd=False) for fd in range(3))  # noqa: SIM115
        os.environ.update({"TERM": "xterm", "PAGER": "", "LESS": "FRX", "LINES": "24", "COLUMNS": "80"})
        os.environ.pop("NO_COLOR", None)
        os.environ.update(environment)
        with paged():
            time.sleep(pause)
            for number in range(lines):
                write_spans([(f"新闻{number} ", "red"), ("\x1b[2J\u202e", "")])
        sys.stdout.write("behind\n")
        sys.stdout.flush()
        code = 0
    finally:
        os._exit(code)


@pytest.mark.parametrize("pager", ["", "cat", "there-is-no-such-pager -R", "'", "A=b there-is-none"])
def test_without_a_pager_all_is_shown_as_it_is(
    on_terminal: Callable[..., tuple[str, int]], pager: str
) -> None:
    seen, code = on_terminal(PAGER=pager)
    lines = seen.splitlines()
    assert lines[0] == "\x1b[31m新闻0 \x1b[0m\\x1b[2J\\u202e"
    assert (len(lines), lines[-1], code) == (LINES + 1, "behind", 0)


def test_a_pager_gets_all_of_it_and_its_own_options(on_terminal: Callable[..., tuple[str, int]]) -> None:
    seen, code = on_terminal(PAGER="sed -n '$p' | tr -d '\\033'")
    assert seen.splitlines() == [f"[31m新闻{LINES - 1} [0m\\x1b[2J\\u202e", "behind"]
    assert code == 0


@pytest.mark.parametrize("pager", ["head -n 1", "true", "sh -c 'exit 3'"])
def test_a_reader_who_leaves_early_does_no_harm(
    on_terminal: Callable[..., tuple[str, int]], pager: str
) -> None:
    seen, code = on_terminal(PAGER=pager)
    assert seen.splitlines()[-1] == "behind"
    assert len(seen.splitlines()) <= 2
    assert code == 0


def test_a_reader_who_has_left_before_anything_was_written_does_no_harm(
    on_terminal: Callable[..., tuple[str, int]],
) -> None:
    assert on_terminal(lines=1, pause=0.3, PAGER="true") == ("behind\r\n", 0)


@pytest.mark.parametrize("less", ["FRX", "-i"], ids=["as usual", "with options of the reader's"])
def test_less_shows_colours_and_no_escapes_and_is_left_by_a_key(
    on_terminal: Callable[..., tuple[str, int]], less: str
) -> None:
    seen, code = on_terminal(keys=b"q", PAGER="less", LESS=less)
    assert "\x1b[31m新闻0" in seen
    assert "新闻2999" not in seen
    assert "ESC" not in seen
    assert ("\\x1b[2J" in seen, "\u202e" in seen) == (True, False)
    assert (seen.splitlines()[-1].endswith("behind"), code) == (True, 0)


def test_less_ends_at_once_where_all_fits_on_the_screen(on_terminal: Callable[..., tuple[str, int]]) -> None:
    seen, code = on_terminal(lines=3, PAGER="less")
    assert "新闻2" in seen
    assert code == 0


def test_ctrl_c_is_for_the_pager(on_terminal: Callable[..., tuple[str, int]]) -> None:
    # The pager is gone when the program goes on, and not before.
    seen, code = on_terminal(lines=1, PAGER="cat > /dev/null; kill -INT $PPID; sleep 0.2; echo read")
    assert (seen.splitlines(), code) == (["read", "behind"], 0)


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({"TERM": "xterm", "PAGER": "less -S", "PATH": os.environ["PATH"]}, "less -S"),
        ({"TERM": "xterm", "PATH": os.environ["PATH"]}, "less"),
        ({"TERM": "xterm", "PATH": "/nowhere"}, None),
        ({"TERM": "dumb", "PAGER": "less", "PATH": os.environ["PATH"]}, None),
        ({"PAGER": "less", "PATH": os.environ["PATH"]}, None),
        ({"TERM": "xterm", "PAGER": " ", "PATH": os.environ["PATH"]}, None),
    ],
    ids=["the reader's", "the usual", "none there", "dumb", "no terminal named", "none wanted"],
)
def test_the_pager_is_the_readers_or_less(environment: dict[str, str], command: str | None) -> None:
    assert pager_of(environment) == command


def test_the_environment_of_a_pager_is_the_readers_with_colours_let_through() -> None:
    assert pager_environment({}) == {"LESS": "FRX", "LV": "-c", "LESSCHARSET": "utf-8"}
    own = {"LESS": "-P prompt", "LV": "-x", "LESSCHARSET": "latin1", "HOME": "/h"}
    assert pager_environment(own) == {**own, "LESS": "-R -P prompt"}


def test_what_is_no_terminal_gets_no_pager(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", "tr a-z A-Z")
    monkeypatch.setenv("TERM", "xterm")
    with paged():
        write_spans([("plain", "red")])
    assert capfd.readouterr().out == "plain\n"
