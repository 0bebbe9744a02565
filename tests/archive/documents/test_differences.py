"""What changed between two texts, told by block and by character."""

from dataclasses import astuple
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.documents import differences
from archive.documents.alignment import Effort
from archive.documents.differences import (
    Change,
    Line,
    Part,
    difference,
    extent,
    hunks,
    only_line,
    parts_between,
)

BLOCKS = st.lists(
    st.sampled_from(["去年收入3亿元。", "去年收入5亿元。", "第二段", "第三段没有变", "尾"]), max_size=9
)


def side(lines: list[Line], other: Change) -> list[str]:
    return [line.text for line in lines if line.change is not other]


def marked(old: str, new: str) -> str:
    marks = {Change.KEPT: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "{{+{}+}}"}
    return "".join(marks[part.change].format(part.text) for part in parts_between(old, new, Effort()))


@given(BLOCKS, BLOCKS, st.sampled_from([0, 20, 10_000]))
def test_both_texts_are_in_it_and_counted(old: list[str], new: list[str], effort: int) -> None:
    lines = difference(old, new, Effort(effort))
    assert side(lines, Change.ADDED) == old
    assert side(lines, Change.REMOVED) == new
    for line in lines:
        assert line.parts == () or "".join(part.text for part in line.parts) == line.text
    found = extent(lines)
    assert found.characters == sum(map(len, new))
    assert found.characters - found.characters_added == sum(map(len, old)) - found.characters_removed
    assert len(new) - len(old) == found.added - found.removed


@given(st.text("一二1á,.！", max_size=12), st.text("一二1á,.！", max_size=12))
def test_the_parts_of_a_block_are_both_of_its_forms(old: str, new: str) -> None:
    parts = parts_between(old, new, Effort())
    assert "".join(part.text for part in parts if part.change is not Change.ADDED) == old
    assert "".join(part.text for part in parts if part.change is not Change.REMOVED) == new
    assert all(one.change is not other.change for one, other in pairwise(parts))


@given(st.text("一二12á,.！\u0301", max_size=12), st.text("一二12á,.！\u0301", max_size=12))
def test_so_are_the_parts_of_a_long_block_in_whole_tokens(old: str, new: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(differences, "_LONG", 3)
        parts = parts_between(old, new, Effort())
    assert "".join(part.text for part in parts if part.change is not Change.ADDED) == old
    assert "".join(part.text for part in parts if part.change is not Change.REMOVED) == new
    assert all(one.change is not other.change for one, other in pairwise(parts))


def test_a_character_in_a_long_block_without_sentences_is_one() -> None:
    old = "甲乙丙丁戊" * 5_000
    for place in (0, 9_999, 25_000):
        parts = parts_between(old, f"{old[:place]}新{old[place:]}", Effort())
        assert [part.text for part in parts if part.change is not Change.KEPT] == ["新"]
    parts = parts_between(f"{old}2021年{old}。", f"{old}2022年{old}。", Effort())
    assert [part.text for part in parts if part.change is not Change.KEPT] == ["2021", "2022"]


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("公司收入3亿元。", "公司收入5亿元。", "公司收入[-3-]{+5+}亿元。"),
        ("2021年增长12.5%", "2022年增长13%", "[-2021-]{+2022+}年增长[-12.5-]{+13+}%"),
        ("央行降准", "央行宣布降准", "央行{+宣布+}降准"),
        ("in March 一", "in May 一", "in [-March-]{+May+} 一"),
        ("甲乙丙丁戊", "甲子丙丑戊", "甲[-乙丙丁-]{+子丙丑+}戊"),
        ("cafe\u0301吧", "cafe吧", "[-cafe\u0301-]{+cafe+}吧"),
    ],
)
def test_characters_are_marked_numbers_and_words_as_a_whole(old: str, new: str, shown: str) -> None:
    assert marked(old, new) == shown


def test_a_rewritten_block_is_told_from_one_in_place_of_another() -> None:
    old = ["去年公司收入3亿元。", "记者从会上获悉。", "尾"]
    new = ["导语在前。", "去年公司收入5亿元。", "完全是另一段话", "尾"]
    assert [(str(line.change), line.text, bool(line.parts)) for line in difference(old, new, Effort())] == [
        ("+", "导语在前。", False),
        ("-", "去年公司收入3亿元。", True),
        ("+", "去年公司收入5亿元。", True),
        ("-", "记者从会上获悉。", False),
        ("+", "完全是另一段话", False),
        (" ", "尾", False),
    ]
    assert astuple(extent(difference(old, new, Effort()))) == (2, 1, 1, 13, 9, 23)
    others = difference(["一一一", "二二二"], ["三三三", "四四四"], Effort())
    assert [str(line.change) for line in others] == ["-", "-", "+", "+"]


def test_a_title_is_rewritten_whatever_is_left_of_it() -> None:
    removed, added = only_line("旧题：增长", "新题：增长", Effort())
    assert removed.parts == (Part(Change.REMOVED, "旧"), Part(Change.KEPT, "题：增长"))
    assert added.parts == (Part(Change.ADDED, "新"), Part(Change.KEPT, "题：增长"))
    assert [line.parts for line in only_line("甲乙丙丁", "一二三四", Effort())] == [(), ()]


def test_a_block_as_long_as_a_book_is_compared_by_its_sentences() -> None:
    sentences = [f"第{n}句话说的是另一件事情。" for n in range(4000)]
    old, new = (
        "".join(sentences),
        "".join([*sentences[:100], "新的一句。", *sentences[102:3000], *sentences[3001:]]),
    )
    changed = [part for part in parts_between(old, new, Effort()) if part.change is not Change.KEPT]
    assert [(str(part.change), part.text) for part in changed] == [
        ("-", "".join(sentences[100:102])),
        ("+", "新的一句。"),
        ("-", sentences[3000]),
    ]


def test_hunks_have_what_stands_around_them_and_join_where_they_meet() -> None:
    old = [f"第{n}段" for n in range(20)]
    new = [*old[:2], "新", *old[2:7], *old[8:16], *old[17:]]
    found = list(hunks(difference(old, new, Effort()), 2))
    places = [
        (one.old_start, one.length(Change.ADDED), one.new_start, one.length(Change.REMOVED)) for one in found
    ]
    assert places == [(0, 4, 0, 5), (5, 5, 6, 4), (14, 5, 14, 4)]
    joined = list(hunks(difference(old, new, Effort()), 3))
    assert [len(one.lines) for one in joined] == [12, 7]
    assert list(hunks(difference(old, old, Effort()), 3)) == []
