"""Logs of runs: one JSON object a line, whatever is logged."""

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.errors import StoreUnavailable
from ops.log_view import log_lines, readable
from ops.logs import run_log


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_line_has_time_level_logger_message_run_and_what_was_added(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "run-7.jsonl"
    with run_log(path, 7, "INFO"):
        logging.getLogger("crawler.x").info("kept %s", "一", extra={"url": "https://x.test/", "status": 404})
        logging.getLogger("crawler.x").debug("not kept")
    (line,) = lines(path)
    assert list(line) == ["time", "level", "logger", "message", "run", "url", "status"]
    assert (line["level"], line["logger"], line["message"], line["run"]) == (
        "INFO",
        "crawler.x",
        "kept 一",
        7,
    )
    assert (line["url"], line["status"]) == ("https://x.test/", 404)
    assert str(line["time"]).endswith("Z")
    assert len(str(line["time"])) == len("2022-01-22T15:20:32.123Z")
    assert datetime.fromisoformat(str(line["time"])).tzinfo


def test_nothing_logged_can_make_a_line_of_its_own(tmp_path: Path) -> None:
    with run_log(tmp_path / "log", 1, "INFO"):
        added = {"spider": object(), "at": datetime(2022, 1, 1, tzinfo=UTC), "path": "\udcff"}
        logging.getLogger("x").warning("a\nb\u2028c", extra=added)
    text = (tmp_path / "log").read_text(encoding="utf-8")
    assert text.count("\n") == 1
    assert json.loads(text)["message"] == "a\nb\u2028c"
    assert "spider" not in text


def test_a_traceback_is_kept(tmp_path: Path) -> None:
    with run_log(tmp_path / "log", 1, "INFO"):
        try:
            int("reason")
        except ValueError:
            logging.getLogger("x").exception("failed")
    assert "ValueError: invalid literal" in str(lines(tmp_path / "log")[0]["exc_info"])


def test_afterwards_logging_is_as_before(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    with run_log(tmp_path / "log", 1, "DEBUG"):
        assert root.level == logging.DEBUG
    assert (root.level, list(root.handlers)) == before


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text("")
    with (
        pytest.raises(StoreUnavailable, match="log cannot be written"),
        run_log(tmp_path / "file/x", 1, "INFO"),
    ):
        pass


def test_a_log_that_can_be_written_no_more_holds_nothing_up_and_is_named_once_at_the_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    path.symlink_to("/dev/full")
    log = run_log(path, 1, "INFO")
    log.__enter__()
    for number in range(3):
        logging.getLogger("x").warning("line %d", number)
    told = re.escape(f"{path}: the log breaks off (No space left on device); ")
    with pytest.raises(StoreUnavailable, match=told):
        log.__exit__(None, None, None)
    assert capfd.readouterr() == ("", "")


def test_what_ended_a_run_is_told_rather_than_that_its_log_broke_off(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/dev/full")
    log = run_log(tmp_path / "log", 1, "INFO")
    log.__enter__()
    logging.getLogger("x").warning("line")
    assert not log.__exit__(KeyError, KeyError("first"), None)


def test_a_log_that_breaks_off_is_shown_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"level": "INFO", "message": "whole"}\nno JSON\n[1]\n{"level": "INFO", "mess')
    assert list(log_lines(path, "WARNING")) == ["no JSON", "[1]"]
    assert [readable(line) for line in log_lines(path, "DEBUG")][1:] == ["no JSON", "[1]"]


def test_a_line_that_comes_in_two_pieces_is_shown_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"level": "IN')
    looks = 0

    def goes_on() -> bool:
        nonlocal looks
        looks += 1
        if looks == 2:
            with path.open("a") as file:
                file.write('FO"}\n')
        return looks < 3

    assert list(log_lines(path, "DEBUG", goes_on)) == ['{"level": "INFO"}']
