"""Paragraphs filled to a width: by columns, and as Chinese is set."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ops.filling import fill
from ops.terminal import safe


def filled(text: str, width: int = 20) -> list[str]:
    return ["".join(piece for piece, _ in line) for line in fill([(text, "")], width)]


@given(st.text("一二，。“”（）ab1 .-é👩🏽あ한\x1b\u202e\u0301", max_size=80), st.integers(20, 30))
def test_no_line_is_wider_and_nothing_but_white_space_is_lost(text: str, width: int) -> None:
    lines = filled(text, width)
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == safe(text).replace(" ", "")


@given(st.lists(st.tuples(st.text("一二 ab，"), st.sampled_from(["", "red", "bold"]))), st.integers(20, 30))
def test_each_character_keeps_its_style(spans: list[tuple[str, str]], width: int) -> None:
    told = [(one, style) for line in fill(spans, width) for text, style in line for one in text if one != " "]
    assert told == [(one, style) for text, style in spans for one in text if one != " "]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("中国电信山东公司年度工作会", ["中国电信山东公司年度", "工作会"]),
        ("中国电信山东公司年度，工作会", ["中国电信山东公司年", "度，工作会"]),
        ("中国电信山东公司年（度）工作会", ["中国电信山东公司年", "（度）工作会"]),
        ("中国电信山东公司与5G-A发展", ["中国电信山东公司与", "5G-A发展"]),
        ("the market is up by 3 percent", ["the market is up by", "3 percent"]),
        ("见https://finews.withounder.com/a", ["见", "https://finews.witho", "under.com/a"]),
        ("一二三四五六七八九👩\u200d👧👩\u200d👧", ["一二三四五六七八九👩\u200d👧", "👩\u200d👧"]),
        ("e\u0301" * 21, ["e\u0301" * 20, "e\u0301"]),
        ("", [""]),
    ],
    ids=["wide", "comma", "bracket", "latin", "words", "address", "emoji", "marks", "empty"],
)
def test_lines_break_where_a_reader_expects_it(text: str, lines: list[str]) -> None:
    assert filled(text) == lines


def test_what_could_steer_a_terminal_is_written_out_before_it_is_measured() -> None:
    lines = filled("\x1b[31m\u202e" * 9)
    assert not re.search("[\x1b\u202e]", "".join(lines))
    assert {len(line) for line in lines[:-1]} == {20}
