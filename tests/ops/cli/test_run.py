"""`archive run`: the whole story of one run."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.store import Store
from archive.store.services import Service
from archive.store.slots import Slot
from archive.store.values import Observation, Rejection, RunState
from fixtures.double import NEWS_HOST, Double
from ops.logs.keeping import log_path
from tests.command import Archive
from tests.new_store import new_store

AT = datetime(2022, 1, 22, 15, 20, 32, 123000, tzinfo=UTC)
PAGE = "https://x.test/a'b"
STORY: dict[str, Any] = {
    "hosts": {
        "x.test": {
            "requests": 120,
            "conditional": 10,
            "not_modified": 9,
            "unanswered": 2,
            "bytes": 250_000,
            "most_at_once": 2,
            "delay": 1.5,
            "delay_from": "robots.txt",
            "least_gap": 0.76,
            "median_gap": 1.512,
            "waited": 61.0,
        },
        "y.test": {
            "requests": 1,
            "conditional": 0,
            "not_modified": 0,
            "unanswered": 0,
            "bytes": 100,
            "most_at_once": 1,
            "delay": 1.0,
            "delay_from": "settings",
            "least_gap": None,
            "median_gap": None,
            "waited": 0.0,
        },
    },
    "slowest": [
        {"address": "https://x.test/slow", "seconds": 12.345, "status": 200},
        {"address": "https://x.test/none", "seconds": 9.0, "status": None},
    ],
    "failed": [{"address": PAGE, "reason": "http-503", "detail": "Ignoring \x1b[31m"}],
}
COUNTERS = {"requests": 121, "not_modified": 9, "bytes": 250_100, "new": 3, "failed": 7, "rejected": 1}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "data" / "archive.db")


@pytest.fixture
def run_id(store: Store, tmp_path: Path) -> int:
    """A run of a schedule, in which pages failed and one was rejected."""
    leader = Service("token", "host", 1, "", AT, None)
    store.services.beat(leader, AT, silence=60, is_dead=lambda service: False)
    planned = store.slots.enter("token", Slot("nightly", "finews", AT, "--full"), [], AT)
    assert planned
    lease = store.begin_run(
        "finews",
        "schedule",
        AT,
        "machine-1234abcd",
        4242,
        silence=60,
        is_dead=lambda lease: False,
        planned=planned,
        asked="--full",
    )
    rejection = Rejection("https://x.test/empty", "post", "no-article", "nothing there")
    store.write([Observation(seen_at=AT, rejection=rejection)], planned)
    counters = COUNTERS | {"failed:http-503": 7, "rejected:post-no-article": 1, "lists": 2}
    end = AT + timedelta(minutes=30)
    store.finish_run(planned, RunState.FINISHED, "partial", counters, end, lease, detail="why", story=STORY)
    log_path(tmp_path / "data/logs", planned).parent.mkdir()
    log_path(tmp_path / "data/logs", planned).write_text("{}\n")
    return planned


def test_the_whole_story_is_told(archive: Archive, run_id: int, tmp_path: Path) -> None:
    assert archive("run", str(run_id)).stdout == (
        "run       1\n"
        "source    finews\n"
        "schedule  nightly, for 2022-01-22T15:20:32.123Z\n"
        "trigger   schedule\n"
        "asked     --full\n"
        "state     finished\n"
        "outcome   partial\n"
        "detail    why\n"
        "started   2022-01-22T15:20:32.123Z\n"
        "finished  2022-01-22T15:50:32.123Z (30 min)\n"
        "process   4242 on machine-1234abcd\n"
        "counters  3 new, 0 changed, 0 unchanged, 0 duplicates, 0 gone, 1 rejected, 7 failed\n"
        "requests  121, of these 9 not modified (0.3 MB)\n"
        "others    2 lists\n"
        "reasons   7 failed:http-503, 1 rejected:post-no-article\n"
        f"log       {tmp_path}/data/logs/run-1.jsonl\n"
        "\n"
        "politeness\n"
        "host    requests  conditional  304  at once               delay  least gap  median gap\n"
        "x.test       120           10    9        2  1.5 s (robots.txt)     0.76 s      1.51 s\n"
        "y.test         1            0    0        1                 1 s          -           -\n"
        "x.test asked to wait (Retry-After): 61.0 s in all\n"
        "x.test left 2 requests without an answer\n"
        "\n"
        "slowest\n"
        "   took  status  address\n"
        "12.35 s     200  https://x.test/slow\n"
        " 9.00 s    none  https://x.test/none\n"
        "\n"
        "failed, 1 of 7\n"
        "reason    address\n"
        "http-503  https://x.test/a'b (Ignoring \\x1b[31m)\n"
        "\n"
        "rejected\n"
        "reason      address\n"
        "no-article  https://x.test/empty (nothing there)\n"
        "\n"
        "look next\n"
        "archive log 1 --new\n"
        "archive rejections --run 1\n"
        "archive explain 'https://x.test/a'\"'\"'b'\n"
    )


def test_as_json_nothing_is_left_out(archive: Archive, run_id: int, tmp_path: Path) -> None:
    told = json.loads(archive("run", str(run_id), "--json").stdout)
    assert (told["schedule"], told["slot_at"], told["asked"]) == (
        "nightly",
        "2022-01-22T15:20:32.123Z",
        "--full",
    )
    assert (told["host"], told["pid"]) == ("machine-1234abcd", 4242)
    assert told["log"] == str(tmp_path / "data/logs/run-1.jsonl")
    assert told["story"] == STORY
    assert told["rejections"] == [
        {
            "address": "https://x.test/empty",
            "stage": "post",
            "reason": "no-article",
            "detail": "nothing there",
        }
    ]
    assert told["counters"]["failed:http-503"] == 7


def test_a_run_in_which_all_went_well_is_told_briefly(archive: Archive, store: Store) -> None:
    number = store.start_run("finews", "cli", AT, "host", 42)
    store.finish_run(number, RunState.FINISHED, "complete", {"new": 1, "requests": 2}, AT)
    shown = archive("run", str(number)).stdout
    assert "\n\n" not in shown
    assert "archive" not in shown


def test_a_run_that_goes_on_is_to_be_followed(archive: Archive, store: Store, tmp_path: Path) -> None:
    number = store.start_run("finews", "cli", AT, "host", 42)
    log_path(tmp_path / "data/logs", number).parent.mkdir()
    log_path(tmp_path / "data/logs", number).write_text("{}\n")
    assert archive("run", str(number)).stdout.endswith(f"look next\narchive log {number} --follow\n")


def test_a_run_that_never_began_says_when_it_was_to_and_why_not(archive: Archive, store: Store) -> None:
    number = store.slots.note_overlapped("finews", "cron", AT, "run 7 has the source")
    assert archive("run", str(number)).stdout == (
        f"run      {number}\n"
        "source   finews\n"
        "trigger  cron\n"
        "state    overlapped\n"
        "detail   run 7 has the source\n"
        "planned  2022-01-22T15:20:32.123Z\n"
    )
    told = json.loads(archive("run", str(number), "--json").stdout)
    assert (told["started_at"], told["planned_at"]) == (None, "2022-01-22T15:20:32.123Z")
    assert (told["story"], told["rejections"], told["log"]) == ({}, [], None)


def test_a_crawl_tells_its_own_story(archive: Archive) -> None:
    with Double(posts=6, categories=1, seed=21) as site:
        site.faults.add(host=NEWS_HOST, path="/*/2022/*", status=410)
        mirrors = {"ARCHIVE_MIRRORS": json.dumps(site.mirrors)}
        archive("crawl", env=mirrors)
    told = json.loads(archive("run", "1", "--json").stdout)
    assert sum(host["requests"] for host in told["story"]["hosts"].values()) == told["counters"]["requests"]
    assert {one["reason"] for one in told["story"]["failed"]} == {"http-410"}
    shown = archive("run", "1").stdout
    assert "0 s (loopback)" in shown
    assert "archive explain https://" in shown
