"""The ledger, for people and for programs."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.services import Service
from archive.store.slots import Passed, Slot
from archive.store.values import RunState
from tests.new_store import new_store

Archive = Callable[..., "subprocess.CompletedProcess[str]"]
ARCHIVE = Path(sys.executable).parent / "archive"
FIELDS = ["id", "source", "trigger", "state", "outcome", "started_at", "finished_at", "counters"]
COUNTERS = ["requests", "not_modified", "new", "changed", "unchanged", "duplicates", "gone", "rejected"] + [
    "failed",
    "bytes",
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with two runs: one that ended, one that goes on."""
    store = new_store(tmp_path / "data" / "archive.db")
    begun = datetime(2022, 1, 22, 15, 20, 32, 123000, tzinfo=UTC)
    first = store.start_run("finews", "cli", begun, "host", 42)
    counters = {
        "requests": 7,
        "new": 3,
        "failed": 2,
        "failed:http-500": 2,
        "rejected": 1,
        "rejected:empty": 1,
    }
    store.finish_run(first, RunState.FINISHED, "partial", counters, begun.replace(second=40))
    store.start_run("cinic", "schedule", begun, "host", 43)
    return store


def test_runs_as_json_have_the_promised_fields(archive: Archive, store: Store) -> None:
    second, first = json.loads(archive("runs", "--json").stdout)
    assert [name for name in first if name in FIELDS] == FIELDS
    assert first["started_at"] == "2022-01-22T15:20:32.123Z"
    assert first["finished_at"] == "2022-01-22T15:20:40.123Z"
    assert (first["id"], first["source"], first["trigger"]) == (1, "finews", "cli")
    assert (first["state"], first["outcome"]) == ("finished", "partial")
    assert {name: first["counters"][name] for name in COUNTERS} == {
        **dict.fromkeys(COUNTERS, 0),
        "requests": 7,
        "new": 3,
        "failed": 2,
        "rejected": 1,
    }
    assert (second["state"], second["outcome"], second["finished_at"]) == ("running", "", None)
    assert set(COUNTERS) <= second["counters"].keys()


def test_runs_of_an_empty_store_are_an_empty_list(archive: Archive) -> None:
    assert json.loads(archive("runs", "--json").stdout) == []
    assert archive("runs").stdout == "no runs yet\n"


def test_runs_in_a_pipe_are_aligned_lines(archive: Archive, store: Store) -> None:
    assert archive("runs").stdout == (
        "id  source  outcome  started (UTC)      took  new  changed  rejected  failed\n"
        " 2  cinic   running  2022-01-22 15:20      -    0        0         0       0\n"
        " 1  finews  partial  2022-01-22 15:20  8.0 s    3        0         1       2\n"
    )
    assert len(archive("runs", "--source", "finews").stdout.splitlines()) == 2
    assert len(archive("runs", "--limit", "1").stdout.splitlines()) == 2


BEGUN = datetime(2022, 1, 22, 15, 0, tzinfo=UTC)


def pass_over(store: Store, schedule: str, state: RunState, *minutes: int) -> None:
    """Enter slots of a schedule of finews that had no run."""
    leader = Service("token", "host", 1, "", BEGUN, None)
    store.services.beat(leader, BEGUN, silence=60, is_dead=lambda service: False)
    slots = [Slot(schedule, "finews", BEGUN + timedelta(minutes=one)) for one in minutes]
    store.slots.pass_over("token", [Passed(slot, state, "nobody was there") for slot in slots], BEGUN)


def test_planned_times_without_a_run_stand_between_the_runs_one_row_for_those_alike(
    archive: Archive, store: Store
) -> None:
    pass_over(store, "finews", RunState.MISSED, 30, 40, 50)
    pass_over(store, "finews", RunState.COALESCED, 60)
    pass_over(store, "nightly", RunState.MISSED, 70)
    pass_over(store, "finews", RunState.MISSED, 70, 1500)
    for minutes in (80, 90):
        store.slots.enter("token", Slot("finews", "finews", BEGUN + timedelta(minutes=minutes)), [], BEGUN)
    assert archive("runs").stdout.splitlines()[1:-2] == [
        " 11  finews  planned    2022-01-22 16:30",
        " 10  finews  planned    2022-01-22 16:20",
        "8-9  finews  2 missed   2022-01-22 16:10  to 01-23 16:00",
        "  7  finews  missed     2022-01-22 16:10",
        "  6  finews  coalesced  2022-01-22 16:00",
        "3-5  finews  3 missed   2022-01-22 15:30        to 15:50",
    ]


def test_as_json_each_planned_time_is_listed_and_none_has_begun(archive: Archive, store: Store) -> None:
    pass_over(store, "finews", RunState.MISSED, 30, 40)
    second, first, begun, _ = json.loads(archive("runs", "--json").stdout)
    assert (first["state"], first["outcome"], first["schedule"]) == ("missed", "", "finews")
    assert (first["started_at"], first["detail"]) == (None, "nobody was there")
    assert first["slot_at"] == first["planned_at"] == "2022-01-22T15:30:00.000Z"
    assert second["slot_at"] == "2022-01-22T15:40:00.000Z"
    assert set(COUNTERS) <= first["counters"].keys()
    assert (begun["schedule"], begun["slot_at"], begun["planned_at"]) == (None, None, None)
    assert begun["started_at"]


def test_a_run_that_found_its_source_busy_never_began(archive: Archive, store: Store) -> None:
    store.slots.note_overlapped("finews", "cron", BEGUN, "run 1 has it", "--full")
    found = json.loads(archive("runs", "--json").stdout)[0]
    assert (found["state"], found["started_at"], found["slot_at"]) == ("overlapped", None, None)
    assert (found["planned_at"], found["asked"]) == ("2022-01-22T15:00:00.000Z", "--full")


def test_the_limit_counts_runs_that_began(archive: Archive, store: Store) -> None:
    pass_over(store, "finews", RunState.MISSED, 30, 40, 50)
    assert [one["id"] for one in json.loads(archive("runs", "--json", "--limit", "1").stdout)] == [5, 4, 3, 2]


def test_runs_on_a_terminal_are_a_table_in_colour_if_that_is_wanted(
    on_terminal: Callable[..., str], store: Store
) -> None:
    assert "\x1b[1m" in on_terminal("runs")
    plain = on_terminal("runs", env={"NO_COLOR": "1", "COLUMNS": "80"})
    assert "\x1b[3" not in plain
    assert max(len(re.sub("\x1b\\[[0-9;]*m", "", line)) for line in plain.splitlines()) <= 80


@pytest.mark.parametrize(
    "arguments", [["runs", "--limit=1000", "--json"], ["runs", "--limit=1000"], ["runs"]]
)
def test_a_reader_that_leaves_early_is_no_error(
    store: Store, environment: dict[str, str], arguments: list[str]
) -> None:
    for _ in range(300):
        store.start_run("finews", "cli", datetime.now(UTC), "host", 42)
    process = subprocess.Popen(
        [ARCHIVE, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 0


def test_db_upgrade_creates_a_database_and_says_so(archive: Archive, tmp_path: Path) -> None:
    expected = f"{tmp_path / 'data/archive.db'}: up to date, with 0 documents, 0 contents\n"
    assert archive("db", "upgrade").stdout == expected
    assert archive("db", "upgrade").stdout == expected
