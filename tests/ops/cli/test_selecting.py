"""Options select documents, and a selection is told as the options that ask for it."""

import shlex
from datetime import UTC, datetime

import pytest

from archive.documents import SHANGHAI, Fidelity
from archive.errors import UsageError
from archive.store.selection import Selection
from ops.cli.selecting import as_typed, moment, selected


def test_options_become_a_selection() -> None:
    assert selected() == Selection()
    chosen = selected(
        ["finews"], ["luwang"], ["鲁网", "报"], [Fidelity.PAGE], from_="2022-01-22", query="央行"
    )
    assert chosen == Selection(
        sources=["finews"],
        slugs=["luwang"],
        outlets=["鲁网", "报"],
        fidelities=[Fidelity.PAGE],
        published_from=datetime(2022, 1, 22, tzinfo=SHANGHAI),
        query="央行",
    )


def test_a_selection_is_told_so_that_a_shell_takes_it() -> None:
    until = datetime(2022, 1, 22, 4, tzinfo=UTC)
    hostile = "a'b; $(rm) \n -x"
    told = as_typed(Selection(outlets=[hostile, ""], published_until=until, query=hostile))
    assert shlex.split(told) == [
        *("--outlet", hostile, "--outlet", ""),
        *("--until", "2022-01-22T12:00:00+08:00", "--query", hostile),
    ]
    assert as_typed(Selection()) == ""


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2022-01-23", "2022-01-22"),
        ("2022-01-22T12:00", "2022-01-22T12:00"),
        ("2022-01-22T12:00", "2022-01-22T03:59Z"),
        ("2022-01-23T00:00", "2022-01-22"),
    ],
)
def test_a_time_that_ends_before_it_begins_is_refused(first: str, last: str) -> None:
    with pytest.raises(UsageError, match=f"--from {first} is not before --until {last}"):
        selected(from_=first, until=last)
    assert selected(from_="2022-01-22T23:59", until="2022-01-22").published_until


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01", "9999-12-31T23:59:59-12:00", "2022-13-01"])
def test_a_time_that_is_none_is_refused_by_the_name_of_its_option(text: str) -> None:
    with pytest.raises(UsageError, match="--until"):
        moment("--until", text)
