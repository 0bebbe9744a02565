"""Logs of runs: one JSON object a line, whatever is logged."""

import json
import logging
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.errors import StoreUnavailable
from ops.logs import parts as log_parts
from ops.logs.keeping import Keeping, log_path, prune, run_log, service_log


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


def test_a_traceback_is_kept_on_one_line(tmp_path: Path) -> None:
    with run_log(tmp_path / "log", 1, "INFO"):
        try:
            int("reason")
        except ValueError:
            logging.getLogger("x").exception("failed")
    (line,) = lines(tmp_path / "log")
    assert "ValueError: invalid literal" in str(line["exc_info"])
    assert str(line["exc_info"]).count("\n") > 1


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


def test_a_log_goes_on_once_there_is_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_parts, "_REST", 0)
    path, logger = tmp_path / "log", logging.getLogger("x")
    path.symlink_to("/dev/full")
    log = run_log(path, 1, "INFO")
    log.__enter__()
    logger.warning("lost")
    path.unlink()
    logger.warning("kept")
    with pytest.raises(StoreUnavailable, match="breaks off"):
        log.__exit__(None, None, None)
    assert [line["message"] for line in lines(path)] == ["kept"]


def test_a_full_disk_is_left_alone_for_a_while(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/dev/full")
    with suppress(StoreUnavailable), run_log(tmp_path / "log", 1, "INFO"):
        logging.getLogger("x").warning("lost")
        (tmp_path / "log").unlink()
        logging.getLogger("x").warning("lost as well")
    assert not (tmp_path / "log").exists()


def test_half_a_line_of_one_that_was_killed_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"level": "IN')
    with run_log(path, 1, "INFO"):
        logging.getLogger("x").info("whole")
    half, whole = path.read_text(encoding="utf-8").splitlines()
    assert half == '{"level": "IN'
    assert json.loads(whole)["message"] == "whole"


def circle() -> list[object]:
    found: list[object] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    "extra",
    [{"x": float("nan")}, {"x": {"y": float("inf")}}, {"x": {(1, 2): 3}}, {"x": circle()}]
    + [{"x": b"\xff"}, {"x": {1, 2}}, {"x": ValueError("no")}, {"x": object()}, {"x": "\x00\u2028\n"}],
    ids="nan infinity keys circle bytes set error object controls".split(),
)
def test_whatever_is_added_the_line_is_json(tmp_path: Path, extra: dict[str, object]) -> None:
    with run_log(tmp_path / "log", 1, "INFO"):
        logging.getLogger("x").warning("said", extra={**extra, "url": "https://x.test/"})
    text = (tmp_path / "log").read_text(encoding="utf-8")
    assert text.count("\n") == 1
    line = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (line["message"], line["run"], line["url"]) == ("said", 1, "https://x.test/")
    assert "x" in line


def test_a_message_that_cannot_be_put_together_is_logged_nevertheless(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with run_log(tmp_path / "log", 1, "INFO"):
        ours = logging.getLogger().handlers[-1]  # the tests' own handler would raise
        ours.handle(logging.LogRecord("x", logging.WARNING, "", 0, "%d posts", ("many",), None))
    (line,) = lines(tmp_path / "log")
    assert str(line["message"]).startswith("%d posts (cannot be put together: ")
    assert (line["level"], line["logger"], line["run"]) == ("WARNING", "x", 1)
    assert capfd.readouterr() == ("", "")


def test_what_is_added_does_not_replace_what_every_line_has(tmp_path: Path) -> None:
    with run_log(tmp_path / "log", 1, "INFO"):
        logging.getLogger("x").warning("said", extra={"level": "x", "time": "x", "logger": "x"})
    (line,) = lines(tmp_path / "log")
    assert (line["level"], line["logger"]) == ("WARNING", "x")
    assert line["time"] != "x"


def test_the_service_has_a_log_of_its_own_that_says_which_process_and_which_run(tmp_path: Path) -> None:
    with service_log(tmp_path, "INFO"):
        logging.getLogger("scheduler").info("begins")
        logging.getLogger("scheduler").info("run ends", extra={"run": 7})
    first, second = lines(tmp_path / "service.jsonl")
    assert (first["service"], first["run"]) == (os.getpid(), None)
    assert (second["service"], second["run"]) == (os.getpid(), 7)


def test_a_full_disk_does_not_end_the_service(tmp_path: Path) -> None:
    (tmp_path / "service.jsonl").symlink_to("/dev/full")
    with service_log(tmp_path, "INFO"):
        logging.getLogger("x").warning("lost")


def test_a_service_whose_log_cannot_be_written_says_so_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "service.jsonl").mkdir()
    with pytest.raises(StoreUnavailable, match=r"service\.jsonl: the log cannot be written"):
        service_log(tmp_path, "INFO").__enter__()


def logs_of(folder: Path, ages: Mapping[int, float]) -> None:
    """Logs of runs that were written last so many days ago."""
    for run_id, days in ages.items():
        for path in (log_path(folder, run_id), folder / f"run-{run_id}.jsonl.1"):
            path.write_text("{}\n")
            os.utime(path, (time.time() - days * 86_400,) * 2)


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_logs_of_old_runs_are_removed_with_all_their_parts(tmp_path: Path) -> None:
    logs_of(tmp_path, {run_id: 59.5 - run_id for run_id in range(1, 51)})
    others = {"errors.jsonl", "service.jsonl.1", "run-x.jsonl", "run-1.jsonl.gz", "run-1.jsonl.bak"}
    for name in others:
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (0, 0))
    with run_log(log_path(tmp_path, 51), 51, "INFO", Keeping(days=30)):
        pass
    young = {name for run_id in range(30, 51) for name in (f"run-{run_id}.jsonl", f"run-{run_id}.jsonl.1")}
    assert kept(tmp_path) == others | young | {"run-51.jsonl"}


def test_logs_of_the_newest_twenty_runs_stay_however_old(tmp_path: Path) -> None:
    logs_of(tmp_path, dict.fromkeys(range(8, 33), 400))
    prune(tmp_path, 30)
    assert kept(tmp_path) == {f"run-{n}.jsonl{part}" for n in range(13, 33) for part in ("", ".1")}


def test_an_old_log_that_cannot_be_removed_is_named_and_ends_nothing(tmp_path: Path) -> None:
    logs_of(tmp_path, dict.fromkeys(range(1, 25), 400))
    (tmp_path / "run-1.jsonl").unlink()
    (tmp_path / "run-1.jsonl").mkdir()
    os.utime(tmp_path / "run-1.jsonl", (0, 0))
    with run_log(log_path(tmp_path, 25), 25, "INFO"):
        pass
    assert "old logs cannot be removed" in str(lines(log_path(tmp_path, 25))[0]["message"])
