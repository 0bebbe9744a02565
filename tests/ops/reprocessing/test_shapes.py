"""What one rule has changed has one shape, whatever document it is of; diffs show little but the change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.reprocessing.diffs import diff_of_lines, diff_of_value
from ops.reprocessing.shapes import MUCH, markup_shapes, text_shapes, time_shape, tokens, value_shapes

T0 = datetime(2022, 1, 22, 8, tzinfo=UTC)
PARAGRAPH = "今年的订单比去年同期多出不少，公司说。" * 20


@pytest.mark.parametrize(
    ("before", "after", "shapes"),
    [
        ("甲\n责任编辑：张三\n乙", "甲\n乙", ["- 责任编辑：…"]),
        ("甲\n责任编辑：李四（实习）", "甲", ["- 责任编辑：…"]),
        ("甲\n乙", "甲\n第12页\n乙", ["+ 第0页"]),
        (f"甲\n{PARAGRAPH}", "甲", [f"- {PARAGRAPH[:12]}…"]),
        ("收盘 3,021.5 点，涨", "收盘 3021.5 点，涨", ["without “,”"]),
        (
            f"{PARAGRAPH}《白皮书》{PARAGRAPH}",
            f"{PARAGRAPH}白皮书{PARAGRAPH}",
            ["without “《”", "without “》”"],
        ),
        ("abcdefghijkl", "abXdeYfZgWhijkl", ["a line rewritten"]),
        ("甲甲甲", "乙乙乙乙", ["- 甲甲甲", "+ 乙乙乙乙"]),
    ],
)
def test_a_change_of_text_is_told_by_what_went_and_what_came(
    before: str, after: str, shapes: list[str]
) -> None:
    assert text_shapes(before, after) == shapes


@pytest.mark.parametrize(
    ("before", "after", "shapes"),
    [
        ('<p>甲 <a href="1">乙</a></p>', '<p>甲 <a href="2">乙</a></p>', ["<a> otherwise"]),
        ("<p>甲</p><p>乙</p>", "<p>甲</p>\n<p>乙</p>", ["+ white space"]),
        ("<div><p>甲</p></div>", "<p>甲</p>", ["- <div>"]),
        ("<p>甲</p><!-- 1 -->", "<p>甲</p>", ["- a comment"]),
        ("<p>甲&amp;乙</p>", "<p>甲&乙</p>", ["text otherwise"]),
    ],
)
def test_a_change_of_markup_is_told_by_tags(before: str, after: str, shapes: list[str]) -> None:
    assert markup_shapes(before, after) == shapes


@pytest.mark.parametrize(
    ("before", "after", "shapes"),
    [
        ("标题_新浪财经", "标题", ["without “_新浪财经”"]),
        ("另一个标题_新浪财经", "另一个标题", ["without “_新浪财经”"]),
        ("", "新华社", ["found"]),
        ("新华社", "", ["lost"]),
        ("2022年报", "2023年报", ["“0” otherwise"]),
    ],
)
def test_a_change_of_a_value_is_told_by_the_part_that_changed(
    before: str, after: str, shapes: list[str]
) -> None:
    assert value_shapes(before, after) == shapes


@pytest.mark.parametrize(
    ("apart", "shape"),
    [(8, "8 h later"), (-8, "8 h earlier"), (0.5, "less than a day later"), (-49, "days earlier")],
)
def test_times_are_told_by_how_far_they_are_apart(apart: float, shape: str) -> None:
    assert time_shape(T0, T0 + timedelta(hours=apart)) == shape
    assert (time_shape(None, T0), time_shape(T0, None)) == ("found", "lost")


@given(st.text(), st.text())
def test_whatever_differs_has_a_shape_and_a_diff(before: str, after: str) -> None:
    if before == after:
        return
    assert all(text_shapes(before, after))
    assert text_shapes(before, after)
    assert markup_shapes(before, after)
    assert value_shapes(before, after)
    assert "".join(tokens(before)) == before
    lines = diff_of_lines(before.split("\n"), after.split("\n"))
    assert lines
    assert len(lines) <= 25


def test_a_diff_of_long_lines_shows_them_around_what_has_changed() -> None:
    old, new = f"{PARAGRAPH}甲{PARAGRAPH}", f"{PARAGRAPH}乙{PARAGRAPH}"
    minus, plus = diff_of_value("title", old, new)
    assert minus.startswith("-title: …")
    assert "甲" in minus
    assert "乙" in plus
    assert max(map(len, (minus, plus))) < 100
    head, context, gone, came = diff_of_lines([PARAGRAPH, old], [PARAGRAPH, new])
    assert head.startswith("@@")
    assert len(context) < 100
    assert (gone[0], came[0]) == ("-", "+")
    assert max(map(len, (gone, came))) < 100


def test_a_long_diff_is_cut_and_says_so() -> None:
    lines = diff_of_lines([], [f"{n}" for n in range(100)])
    assert lines[-1] == " … 77 more lines"


@pytest.mark.timeout(20)
def test_what_would_take_minutes_to_compare_is_not() -> None:
    old, new = ["<p>", "甲", "</p>"] * 3000, ["</p>", "<p>", "乙"] * 2900
    assert diff_of_lines(old, new) == ("-9000 lines", "+8700 lines")
    assert markup_shapes("".join(old), "".join(new)) == [MUCH]
    rewritten = "".join(f"<p>{n} </p>" for n in range(5000))
    assert markup_shapes(rewritten, rewritten.replace(" ", "")) == ["text otherwise"]
    assert text_shapes("\n".join("ab" * 3000), "\n".join("ba" * 2500)) == [MUCH]
