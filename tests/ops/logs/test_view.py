"""Logs as they are read: chosen, whole, in order, and readable whatever stands in them."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.logs.view import Choice, log_lines, readable


def written(path: Path, *records: dict[str, Any] | str) -> Path:
    lines = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def shown(path: Path, choice: Choice) -> list[str]:
    return [json.loads(line)["message"] for line in log_lines(path, choice)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return written(
        tmp_path / "log",
        {"level": "INFO", "message": "ask: due", "url": "https://x.test/Emnews/"},
        {"level": "WARNING", "message": "failed: http-500", "url": "https://x.test/luwang/", "status": 500},
        {"level": "ERROR", "message": "标题 Größe", "reason": "no-article"},
    )


def test_lines_are_chosen_by_level(log: Path) -> None:
    assert shown(log, Choice("WARNING")) == ["failed: http-500", "标题 Größe"]
    assert shown(log, Choice("ERROR")) == ["标题 Größe"]
    assert shown(log, Choice("CRITICAL")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("HTTP-500", ["failed: http-500"]), ("GRÖSSE", ["标题 Größe"]), ("NO-ARTICLE", ["标题 Größe"])]
    + [("status=500", ["failed: http-500"]), ("标题", ["标题 Größe"]), ("nowhere", []), ("INFO", [])]
    + [("x.test", ["ask: due", "failed: http-500"])],
)
def test_lines_are_chosen_by_text_in_message_and_what_else_they_say(
    log: Path, text: str, found: list[str]
) -> None:
    assert shown(log, Choice(text=text)) == found


def test_lines_are_chosen_by_address(log: Path) -> None:
    assert shown(log, Choice(url="/emnews/")) == ["ask: due"]
    assert shown(log, Choice(url="/luwang/", text="500")) == ["failed: http-500"]
    assert shown(log, Choice(url="http-500")) == []


def test_broken_lines_are_shown_as_they_are(tmp_path: Path) -> None:
    broken = ["no JSON", "[1]", "", '{"level": "INFO", "mess', "[" * 100_000]
    log = written(tmp_path / "log", {"level": "INFO", "message": "whole"}, *broken)
    assert list(log_lines(log, Choice("ERROR"))) == broken
    assert list(map(readable, log_lines(log, Choice("ERROR")))) == broken
    assert list(log_lines(log, Choice(text="no json"))) == ["no JSON"]


def test_bytes_that_are_no_text_are_shown_as_far_as_they_can_be(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b'{"message": "a\xffb"}\n\xe4\xb8\n')
    assert list(log_lines(tmp_path / "log")) == ['{"message": "a�b"}', "�"]


def test_a_log_that_breaks_off_is_shown_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text('{"level": "INFO", "message": "whole"}\n{"level": "INFO", "mess')
    assert list(log_lines(path)) == ['{"level": "INFO", "message": "whole"}']


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

    assert list(log_lines(path, goes_on=goes_on)) == ['{"level": "INFO"}']


def test_a_part_that_leads_nowhere_does_not_hold_up_the_reader(tmp_path: Path) -> None:
    log = written(tmp_path / "log", {"level": "INFO", "message": "whole"})
    (tmp_path / "log.1").symlink_to(tmp_path / "nowhere")
    (tmp_path / "log.2").mkdir()
    assert list(log_lines(log)) == ['{"level": "INFO", "message": "whole"}']


def test_a_log_is_read_as_a_stream(tmp_path: Path) -> None:
    log = written(tmp_path / "log", *({"level": "INFO", "message": str(number)} for number in range(1000)))
    lines = log_lines(log)
    assert json.loads(next(lines))["message"] == "0"
    with log.open("a") as file:
        file.write('{"level": "INFO", "message": "more"}\n')
    assert json.loads(list(lines)[-1])["message"] == "more"
