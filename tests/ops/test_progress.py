"""Progress where there is no terminal: a line now and then, and one at the end."""

import pytest

from ops.progress import Progress


class Hand:
    """A clock that a test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_line_comes_every_five_seconds_and_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    now = Hand()
    with Progress("crawl finews", ("found", "fetched", "stored", "rejected"), now) as progress:
        for second in range(1, 13):
            now.seconds = second
            progress({"found": 50, "fetched": second * 2, "stored": second, "rejected": 1})
    out, told = capsys.readouterr()
    assert out == ""
    assert told.splitlines() == [
        "crawl finews: 50 found, 10 fetched, 5 stored, 1 rejected, 2/s",
        "crawl finews: 50 found, 20 fetched, 10 stored, 1 rejected, 2/s",
        "crawl finews: 50 found, 24 fetched, 12 stored, 1 rejected, 2/s",
    ]


def test_nothing_is_told_where_nothing_was_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("export", ("read", "written")):
        pass
    assert capsys.readouterr().err == ""


def test_on_a_terminal_there_is_a_bar_with_the_counts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    with Progress("crawl [red]", ("found", "fetched", "stored", "rejected")) as progress:
        progress({"found": 50, "fetched": 25, "stored": 20, "rejected": 1})
    shown = capsys.readouterr().err
    assert "crawl [red]" in shown
    assert "50 found, 25 fetched, 20 stored, 1 rejected" in shown


@pytest.mark.parametrize("ends", [True, False])
def test_a_terminal_tells_how_much_longer_where_the_end_is_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    with Progress("import", ("found", "fetched"), ends=ends) as progress:
        progress({"found": 50, "fetched": 25})
    assert ("still" in capsys.readouterr().err) == ends
