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


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2022-01-22", "2022-01-23T00:00:00+08:00"),
        ("20220122", "2022-01-23T00:00:00+08:00"),
        ("2022-W03-6", "2022-01-23T00:00:00+08:00"),
        ("2022-01-22T09:00", "2022-01-22T09:00:00+08:00"),
        ("2022-01-22t09:00", "2022-01-22T09:00:00+08:00"),
        ("2022-01-22_09:00Z", "2022-01-22T17:00:00+08:00"),
        ("20220122T0900", "2022-01-22T09:00:00+08:00"),
    ],
)
def test_a_day_is_part_of_what_ends_with_it_and_a_time_is_not(text: str, until: str) -> None:
    assert selected(until=text).published_until == datetime.fromisoformat(until)


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01", "9999-12-31T23:59:59-12:00", "2022-13-01"])
def test_a_time_that_is_none_is_refused_by_the_name_of_its_option(text: str) -> None:
    with pytest.raises(UsageError, match="--until"):
        moment("--until", text)
