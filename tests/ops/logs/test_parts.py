"""Rotation: a log never grows without end, and whoever writes or reads meanwhile loses no line."""

import json
import logging
import multiprocessing
from pathlib import Path

import pytest

from ops.logs.keeping import Keeping, run_log, service_log
from ops.logs.parts import OLDER_PARTS, LogFile, older_parts
from ops.logs.view import begins_later, log_lines

SMALL = Keeping(most_bytes=1000)
logger = logging.getLogger("crawler.test")


def messages(path: Path) -> list[str]:
    return [json.loads(line)["message"] for line in log_lines(path)]


def say(count: int, begin: int = 0) -> list[str]:
    said = [f"line {number}" for number in range(begin, begin + count)]
    for message in said:
        logger.info(message)
    return said


def test_a_log_that_grows_is_rotated_and_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "run-7.jsonl"
    with run_log(path, 7, "INFO", SMALL):
        said = say(30)
    assert list(older_parts(path)) == [1, 2, 3]
    assert messages(path) == said
    assert all(part.stat().st_size < 1200 for part in tmp_path.iterdir())


def test_only_the_newest_parts_are_kept_and_under_their_own_numbers(tmp_path: Path) -> None:
    path = tmp_path / "run-7.jsonl"
    with run_log(path, 7, "INFO", SMALL):
        said = say(100)
    parts = list(older_parts(path))
    assert len(parts) == OLDER_PARTS
    assert parts == list(range(parts[0], parts[0] + OLDER_PARTS))
    assert parts[0] > 1
    assert begins_later(path)
    shown = messages(path)
    assert shown == said[-len(shown) :]
    assert 30 < len(shown) < 50


def test_a_log_that_is_opened_again_goes_on_and_is_rotated_then(tmp_path: Path) -> None:
    said = []
    for number in range(4):
        with service_log(tmp_path, "INFO", SMALL):
            said += say(5, number * 5)
    assert list(older_parts(tmp_path / "service.jsonl"))
    assert messages(tmp_path / "service.jsonl") == said


def test_the_parts_are_those_with_a_number_alone(tmp_path: Path) -> None:
    for name in ("log.10", "log.2", "log.gz", "log.1.gz", "log.", "other.1", "log.٣", "xlog.5"):
        (tmp_path / name).write_text("")
    assert {number: path.name for number, path in older_parts(tmp_path / "log").items()} == {
        2: "log.2",
        10: "log.10",
    }
    assert older_parts(tmp_path / "nowhere" / "log") == {}


def test_a_log_that_somebody_removes_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "run-7.jsonl"
    with run_log(path, 7, "INFO"):
        logger.info("lost")
        path.unlink()
        path.parent.rmdir()
        logger.info("kept")
    assert messages(path) == ["kept"]


def test_a_reader_that_follows_loses_nothing_however_often_the_log_is_rotated(tmp_path: Path) -> None:
    path, said, rounds = tmp_path / "log", [], iter(range(5))

    def goes_on() -> bool:
        number = next(rounds)
        said.extend(say(number * 8, len(said)))  # up to three rotations between two looks
        return number < 4

    with run_log(path, 7, "INFO", SMALL), pytest.MonkeyPatch.context() as patch:
        patch.setattr("ops.logs.view._POLL", 0)
        shown = [json.loads(line)["message"] for line in log_lines(path, goes_on=goes_on)]
    assert len(said) == 80
    assert shown == said


def write(path: Path, name: str, count: int) -> None:
    """For a process: lines, each longer than a buffer."""
    file = LogFile(path, 300_000)
    file.setFormatter(logging.Formatter("%(message)s"))
    for number in range(count):
        record = logging.LogRecord("x", logging.INFO, "", 0, f"{name}{number} {'x' * 9000}", None, None)
        file.emit(record)
    assert file.failure is None


def test_processes_that_write_one_log_rotate_it_together(tmp_path: Path) -> None:
    path, fork = tmp_path / "service.jsonl", multiprocessing.get_context("fork")
    writers = [fork.Process(target=write, args=(path, name, 40)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    written = [line.split() for line in log_lines(path)]
    assert all(text == "x" * 9000 for _, text in written)
    for name in "abc":
        own = [first for first, _ in written if first[0] == name]
        assert own == [f"{name}{number}" for number in range(40)]


def test_one_that_stood_by_while_another_rotated_goes_on_in_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "service.jsonl"
    first, second = (LogFile(path, 1000) for _ in range(2))
    for number in range(45):  # so that the last file has room
        first.emit(logging.LogRecord("x", logging.INFO, "", 0, f"{number} {'x' * 100}", None, None))
    second.emit(logging.LogRecord("x", logging.INFO, "", 0, "second", None, None))
    first.close()
    second.close()
    assert path.read_text().endswith("second\n")
    assert path.stat().st_size <= 1200


def test_of_two_that_find_a_log_too_long_one_rotates_it(tmp_path: Path) -> None:
    path = tmp_path / "service.jsonl"
    first, second = (LogFile(path, 1000) for _ in range(2))
    for file in (first, second):  # the second found it too long before the first had rotated it
        assert file._file is not None
        file._rotate(file._file)
    assert list(older_parts(path)) == [1]
    first.close()
    second.close()
