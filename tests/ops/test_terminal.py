"""Text is shown as text."""

import json

import pytest

from ops.terminal import safe, write_fields, write_json, write_table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("新闻 [red] :smile:", "新闻 [red] :smile:"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b31m", "\\x9b31m"),
        ("a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u2028b", "a\\u2028b"),
        ("\udcff", "\\udcff"),
    ],
)
def test_what_could_steer_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_columns_are_aligned_by_the_width_of_their_characters(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(["name", "n"], [["鲁网新闻", "1"], ["a", "22"]], ["n"])
    assert capsys.readouterr().out == "name       n\n鲁网新闻   1\na         22\n"


def test_json_is_the_same_value_without_raw_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"标题": "\x1b\x9b\u2028\u202e\x7f\n\udcff"}
    write_json(value)
    shown = capsys.readouterr().out
    assert json.loads(shown) == value
    assert "标题" in shown
    assert not any(character in shown for character in "\x1b\x9b\u2028\u202e\x7f\udcff")


def test_fields_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    write_fields([("a", "1"), ("long", ""), ("bc", "2")])
    assert capsys.readouterr().out == "a   1\nbc  2\n"
