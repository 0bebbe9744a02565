"""`archive status`: whether all is well, and which command leads on if not."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from scheduler.runs import HOST
from tests.command import Archive
from tests.ops.filled import Filled


def steady(shown: str) -> str:
    """What is shown, without what differs from run to run."""
    shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "TIME UTC", shown)
    shown = re.sub(r"^(disk +).*\n(?: +\S.*\n)*", r"\1DISK\n", shown, flags=re.MULTILINE)
    return shown.replace(HOST, "HOST")


def test_a_current_archive_is_told_on_a_few_lines(archive: Archive, filled: Filled) -> None:
    filled.run(9000)
    filled.regular()
    filled.documents(3, minutes=6)
    shown = archive("status")
    (today,) = re.findall(r"(\d+) +0 +0$", shown.stdout, re.MULTILINE)  # it may be after midnight in China
    assert (shown.returncode, shown.stderr) == (0, "")
    assert steady(shown.stdout) == (
        "all is well                                                 TIME UTC\n"
        "\n"
        "service  none is running; runs of the last day were started by: cron (7)\n"
        "\n"
        "source  state    new ago  good ago  due in  today  rejected  gone\n"
        f"finews  current    6 min     4 min  ~4 min{today:>7}         0     0\n"
        "\n"
        "disk      DISK\n"
        "archived  finews: half within 7 min of being published, 99 % within 7 min\n"
        "alerts    0 incidents open, 0 messages to be sent\n"
    )


def test_the_service_that_leads_is_named_with_its_sign_of_life(archive: Archive, filled: Filled) -> None:
    filled.regular()
    filled.service()
    filled.service("u", listens="")
    shown = steady(archive("status").stdout)
    assert "service  HOST, process 4711, leads since 20 min; heartbeat" in shown
    assert "         1 stands by; health: http://127.0.0.1:9317/healthz\n" in shown
    assert re.search(r"^cinic +never ", shown, re.MULTILINE), "by a service, every source is to be crawled"


def test_a_service_that_has_fallen_silent_is_a_problem(archive: Archive, filled: Filled) -> None:
    filled.regular()
    filled.service()
    with filled.store._database._writing.begin() as connection:
        connection.execute(text("UPDATE service SET renewed_at = datetime('now', '-5 minutes')"))
    shown = archive("status")
    assert shown.returncode == 1
    told = " ".join(shown.stdout.split())
    assert f"problem: the service (process 4711 on {HOST}) has given no sign of life for 5 min" in told


@pytest.mark.parametrize(
    ("outcome", "given", "state", "told", "command"),
    [
        ("nothing-parsed", {}, "layout", "the layout has changed", "archive run 8"),
        (
            "unreachable",
            {"counters": {"failed:robots": 1}},
            "unreachable",
            "its robots.txt refuses us",
            "archive doctor finews",
        ),
    ],
)
def test_what_is_broken_is_told_with_the_command_that_leads_on(
    outcome: str,
    given: dict[str, object],
    state: str,
    told: str,
    command: str,
    archive: Archive,
    filled: Filled,
) -> None:
    filled.regular(until=15)
    filled.run(5, outcome, **given)
    shown = archive("status")
    assert shown.returncode == 1
    assert shown.stdout.startswith("1 problem ")
    assert re.search(rf"^finews +{state} ", shown.stdout, re.MULTILINE)
    problem = shown.stdout[shown.stdout.index("problem: finews: ") :]
    assert told in " ".join(problem.split())
    assert problem.endswith(f"\n    {command}\n")
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_warnings_do_not_count(archive: Archive, filled: Filled) -> None:
    *_, last = filled.regular()
    filled.documents(40, minutes=6)
    filled.rejections(12, minutes=6, run_id=last)
    shown = archive("status")
    assert shown.returncode == 0
    assert shown.stdout.startswith("all is well, 1 warning ")
    told = "12 of 52 pages that came in the last day could not be read, 12 of them for no-article"
    assert f"warning: finews: {told}" in " ".join(shown.stdout.split())
    assert shown.stdout.endswith("    archive rejections --source finews\n")


def test_a_source_that_is_named_is_shown_in_full_and_others_with_all(
    archive: Archive, filled: Filled
) -> None:
    filled.regular()
    filled.documents(3, minutes=6)
    named = archive("status", "finews")
    assert named.returncode == 0
    assert re.search(r"^last good +run 7 \(complete\), \d{4}-.* UTC, 4 min ago$", named.stdout, re.MULTILINE)
    assert re.search(r"^last day +3 new, 0 changed, 0 gone, 0 rejected$", named.stdout, re.MULTILINE)
    assert "still being learned" in named.stdout
    assert "cinic" not in named.stdout
    everything = archive("status", "--all")
    assert re.search(r"^cinic +never ", everything.stdout, re.MULTILINE)
    assert everything.returncode == 0, "nobody has asked for it"
    unknown = archive("status", "nobody")
    assert (unknown.returncode, "unknown source 'nobody'" in unknown.stderr) == (2, True)


def test_as_json_all_of_it_is_told(archive: Archive, filled: Filled) -> None:
    filled.regular(until=15)
    filled.run(5, "unreachable", counters={"failed:timeout": 1, "bytes": 500})
    filled.documents(3, minutes=16)
    filled.service()
    shown = archive("status", "finews", "--json")
    told = json.loads(shown.stdout)
    (source,) = told["sources"]
    assert (shown.returncode, told["is_well"], source["is_well"]) == (1, False, False)
    assert [(one["source"], one["kind"], one["severity"]) for one in told["problems"]] == [
        ("finews", "unreachable", "problem")
    ]
    assert told["problems"][0]["command"] == "archive doctor finews"
    assert (source["state"], source["last_run"], source["last_good_run"]) == ("unreachable", 8, 7)
    assert (source["failures_in_a_row"], source["last_outcome"]) == (1, "unreachable")
    assert source["last_day"]["new"] == 3
    assert source["time_to_archive"] == {"documents": 3, "median": 420.0, "longest": 420.0}
    assert source["rhythm"] == {"learned_by": "learning", "days": 0}
    assert (source["next_due_is_guess"], source["next_due_at"] is None) == (False, False)
    assert [(one["host"], one["leads"]) for one in told["services"]] == [(HOST, True)]
    assert told["runs_started_by"] == {"cron": 8}
    assert told["disk"].keys() == {"free", "database", "warc", "logs", "grows"}
    assert told["disk"]["grows"] == 500


def test_a_broken_source_file_is_a_problem(archive: Archive, filled: Filled, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/mine.toml").write_text('title = "x"\n', encoding="utf-8")
    filled.regular(source="mine")
    shown = archive("status")
    assert shown.returncode == 1
    assert re.search(r"^mine +broken ", shown.stdout, re.MULTILINE)
    assert shown.stdout.endswith("    archive sources check mine\n")


def test_without_a_store_it_says_so_and_makes_none(archive: Archive, tmp_path: Path) -> None:
    shown = archive("status")
    assert (shown.returncode, shown.stderr) == (1, "")
    assert "archive.db: no database;" in " ".join(shown.stdout.split())
    assert shown.stdout.startswith("problem:")
    assert json.loads(archive("status", "--json").stdout)["problems"][0]["kind"] == "empty"
    assert not (tmp_path / "data/archive.db").exists()
    archive("db", "upgrade")
    shown = archive("status")
    assert (shown.returncode, "nothing has been crawled yet" in shown.stdout) == (1, True)


def test_a_store_that_cannot_be_used_is_named(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/archive.db").write_bytes(b"no database\n" * 999)
    shown = archive("status")
    assert shown.returncode == 1
    assert "archive.db: not a database" in " ".join(shown.stdout.split())
    away = {"ARCHIVE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/archive"}
    shown = archive("status", "--json", env=away)
    (problem,) = json.loads(shown.stdout)["problems"]
    assert (shown.returncode, problem["kind"], problem["command"]) == (1, "storage", "archive doctor")
    assert "127.0.0.1:1" in problem["text"]


def test_on_a_terminal_there_are_colours_within_80_columns(
    on_terminal: Callable[..., str], filled: Filled
) -> None:
    filled.regular(until=15)
    filled.run(5, "memory-limit", detail="it took more memory than it may: 1,080 MiB were seen")
    shown = on_terminal("status", env={"COLUMNS": "80"})
    assert "\x1b[1;31mfinews" in shown
    plain = re.sub("\x1b\\[[0-9;]*m", "", shown)
    assert max(map(len, plain.splitlines())) <= 80
    assert re.search(r"^finews +memory-limit ", plain, re.MULTILINE)
