"""Schedules are data: lengths of time, cron expressions, zones; what is wrong is told by name."""

import json
from datetime import timedelta

import pytest

from archive.errors import UsageError
from crawler.sources.registry import Sources
from ops.configuration.schedules import ScheduleSettings, length_of, schedules_of
from ops.configuration.settings import Settings


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("1h30m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        (" 1d2h3m4s ", timedelta(days=1, hours=2, minutes=3, seconds=4)),
    ],
)
def test_a_length_of_time_is_read_as_it_is_written(text: str, length: timedelta) -> None:
    assert length_of(text) == length


@pytest.mark.parametrize("text", ["", "10", "0s", "m10", "10 minutes", "-5m", "9999d", "1m1h"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time"):
        length_of(text)


def test_without_any_each_source_is_crawled_as_often_as_it_says() -> None:
    found = {one.name: one for one in schedules_of({}, Sources.load())}
    assert found["finews"].every == timedelta(minutes=10)
    assert found["cinic"].source == "cinic"


def test_a_schedule_says_all_that_there_is_to_say() -> None:
    table = ScheduleSettings(
        source="cinic", cron="30 3 * * 0", timezone="Europe/Berlin", jitter="5m", full=True
    )
    (found,) = schedules_of({"weekly": table}, Sources.load())
    assert (found.name, found.source, found.cron, found.zone) == (
        "weekly",
        "cinic",
        "30 3 * * 0",
        "Europe/Berlin",
    )
    assert (found.cron, found.jitter, found.asked) == ("30 3 * * 0", timedelta(minutes=5), "--full")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"every": "10m", "cron": "* * * * *"}, "either every or cron"),
        ({}, "either every or cron"),
        ({"every": "ten"}, "'ten' is no length of time"),
        ({"every": "10m", "timezone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone"),
        ({"every": "10m", "timezone": "../../etc/passwd"}, "is no time zone"),
        ({"every": "10m", "evry": 1}, "evry"),
        ({"every": "10m", "full": "perhaps"}, "full"),
    ],
)
def test_a_table_that_cannot_be_is_told_by_its_place(
    table: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_SCHEDULES", json.dumps({"finews": table}))
    with pytest.raises(UsageError) as raised:
        Settings.load()
    assert str(raised.value).startswith("ARCHIVE_SCHEDULES")
    assert "finews" in str(raised.value)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            {"source": "nowhere", "every": "10m"},
            "schedule s: unknown source 'nowhere'; there is",
        ),
        ({"source": "cinic", "cron": "61 * * * *"}, "schedule s: '61 * * * *' is no cron expression"),
        ({"source": "cinic", "every": "10m", "jitter": "10m"}, "schedule s: jitter of 10m is not less"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(table: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as raised:
        schedules_of({"s": ScheduleSettings(**table)}, Sources.load())  # type: ignore[arg-type]
    assert words in str(raised.value)
