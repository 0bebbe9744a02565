"""How figures are told on a terminal."""

import shlex

import pytest

from archive.store.quality import Grouping
from ops.views.report import command_for, share, sparks


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ([], ""),
        ([0, 0], "··"),
        ([0, 1, 4, 8], "·▁▄█"),
        ([1, 1000], "▁█"),
        ([1, 2, 3, 4, 5, 6], "▃▆█"),  # two days a column
        ([9, 1, 1, 1, 1], "█▂▂"),  # the first column has what is left over
    ],
)
def test_sparks_show_the_highest_full_and_nothing_as_a_dot(counts: list[int], line: str) -> None:
    assert sparks(counts, columns=4 if len(counts) < 5 else 3) == line


@pytest.mark.parametrize(
    ("count", "of", "told"),
    [
        (0, 0, "0.0 %"),
        (0, 9, "0.0 %"),
        (1, 100_000, "<0.1 %"),
        (99_999, 100_000, ">99.9 %"),
        (1, 3, "33.3 %"),
        (3, 3, "100.0 %"),
    ],
)
def test_a_share_never_rounds_something_to_nothing_or_all(count: int, of: int, told: str) -> None:
    assert share(count, of) == told


def test_a_command_that_lists_a_group_keeps_what_else_was_asked_for() -> None:
    asked = "--source finews --source cinic --outlet '鲁 网'"
    assert shlex.split(command_for(Grouping.SOURCE, "a'b; rm -rf", asked))[3:] == [
        *("--source", "a'b; rm -rf"),
        *("--outlet", "鲁 网"),
    ]
    assert command_for(Grouping.OUTLET, "") == "archive report documents --outlet ''"
