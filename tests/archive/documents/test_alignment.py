"""What two sequences have in common: true, the most there is, and found without endless search."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.documents.alignment import Effort, Run, aligned

SHORT = st.text("一二三", max_size=12)


def assert_common(old: Sequence[str], new: Sequence[str], runs: Sequence[Run]) -> None:
    """Of each run both have the items, and none touches or crosses the one before."""
    end = None
    for run in runs:
        assert run.length > 0
        assert old[run.old : run.old + run.length] == new[run.new : run.new + run.length]
        if end is not None:
            assert run.old >= end[0]
            assert run.new >= end[1]
            assert run[:2] != end
        end = (run.old + run.length, run.new + run.length)
    assert end is None or (end[0] <= len(old) and end[1] <= len(new))


def longest_common(old: str, new: str) -> int:
    """The length of the longest common subsequence, by the textbook."""
    row = [0] * (len(new) + 1)
    for one in old:
        before = row
        row = [0]
        for place, other in enumerate(new):
            row.append(before[place] + 1 if one == other else max(before[place + 1], row[-1]))
    return row[-1]


@given(SHORT, SHORT)
def test_as_much_is_found_as_there_is(old: str, new: str) -> None:
    runs = aligned(old, new, Effort())
    assert_common(old, new, runs)
    assert sum(run.length for run in runs) == longest_common(old, new)


@given(st.lists(st.sampled_from("abcdefgh")), st.lists(st.sampled_from("abcdefgh")), st.integers(0, 90))
def test_what_little_effort_finds_is_true(old: list[str], new: list[str], effort: int) -> None:
    assert_common(old, new, aligned(old, new, Effort(effort)))
    assert_common(old, new, aligned(old, new, Effort(effort), is_anchored=True))


def test_what_each_has_once_holds_its_place() -> None:
    # A search would spend all that there is on what stands before and behind it.
    kept = [f"第{n}段" for n in range(1000)]
    old = [*(f"旧{n}" for n in range(2000)), *kept, *(f"旧{n}" for n in range(2000, 3000))]
    new = [*(f"新{n}" for n in range(1000)), *kept, *(f"新{n}" for n in range(1000, 3000))]
    assert aligned(old, new, Effort(20_000), is_anchored=True) == [Run(2000, 1000, 1000)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("".join(f"x{chr(0x4E00 + n)}" for n in range(3000)), "x" * 3000, id="every other"),
        pytest.param("一" * 9000 + "二", "三" + "一" * 8000, id="all the same"),
        pytest.param("一二三四五" * 2000, "五四三二一" * 2000, id="turned round"),
    ],
)
def test_strangers_cannot_have_it_search_for_ever(old: str, new: str) -> None:
    effort = Effort(200_000)
    assert_common(old, new, aligned(old, new, effort))
    assert effort.left > -200_000
