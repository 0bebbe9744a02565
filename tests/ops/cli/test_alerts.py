"""`archive alerts`: what is the matter, and who was told."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import crawler.sources.registry  # noqa: F401 loaded once, and not by each command
import ops.alerts.alerts
import ops.overview  # noqa: F401 as above
from archive.store import Store
from archive.store.values import RunState
from tests.command import Archive
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def told(receiver: Receiver) -> dict[str, str]:
    """The environment of a command that tells the receiver."""
    return {"ARCHIVE_ALERT_CHANNELS": json.dumps({"ops": {"kind": "wecom", "url": receiver.url()}})}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
        yield store


def end(store: Store, outcome: str, *, source: str = "finews", trigger: str = "cron", ago: float = 0) -> int:
    at = datetime.now(UTC) - timedelta(minutes=ago)
    number = store.start_run(source, trigger, at - timedelta(minutes=1), "host", os.getpid())
    store.finish_run(number, RunState.FINISHED, outcome, {}, at)
    return number


def test_a_check_tells_what_it_finds_and_what_is_over(
    archive: Archive, store: Store, receiver: Receiver, told: dict[str, str]
) -> None:
    end(store, "nothing-parsed")
    done = archive("alerts", "check", env=told)
    assert done.stdout.splitlines() == [
        "opened: layout-changed of finews",
        "alert to ops: layout-changed of finews: delivered",
        "open incidents: 1; messages not delivered: 0",
    ]
    assert done.returncode == 0
    end(store, "complete")
    assert archive("alerts", "check", env=told).stdout.splitlines()[:2] == [
        "closed: layout-changed of finews",
        "all-clear to ops: layout-changed of finews: delivered",
    ]
    assert [body["text"]["content"].split()[0] for body in receiver.bodies] == ["ALERT", "ALL"]


def test_a_message_that_is_not_delivered_is_told_by_exit_code_3(
    archive: Archive, store: Store, receiver: Receiver, told: dict[str, str]
) -> None:
    end(store, "storage")
    receiver.body = b'{"errcode": 93000, "errmsg": "invalid webhook url"}'
    done = archive("alerts", "check", env=told)
    assert done.returncode == 3
    assert done.stdout.splitlines()[1:] == [
        "alert to ops: storage of finews: not delivered: 127.0.0.1: code 93000: invalid webhook url",
        "open incidents: 1; messages not delivered: 1",
    ]
    assert done.stderr == ""
    waits = archive("alerts", "check", env=told)
    assert (waits.returncode, len(receiver.received)) == (3, 1)
    listed = archive("alerts").stdout.splitlines()
    assert listed[0].split() == [
        "id",
        "rule",
        "source",
        "opened",
        "(UTC)",
        "closed",
        "(UTC)",
        "run",
        "what",
        "told",
    ]
    assert "alert to ops: failed once (127.0.0.1: code 93000: invalid webhook url), again at " in listed[1]
    receiver.body = b'{"errcode": 0}'
    archive("alerts", "test", env=told)
    done = archive("alerts", "check", env=told)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "alert to ops: storage of finews: delivered")


def test_incidents_are_listed_the_open_ones_alone_unless_all_are_wanted(
    archive: Archive, store: Store
) -> None:
    assert archive("alerts").stdout == "no open incidents\n"
    run, now = end(store, "crashed"), datetime.now(UTC)
    store.incidents.open("crashed", "finews", "what was seen", run, now, message="ALERT", channels=["ops"])
    claimed = store.incidents.claim("ops", now, now)
    assert claimed is not None
    store.incidents.delivered(claimed[1], now)
    (incident,) = json.loads(archive("alerts", "--json").stdout)
    assert (incident["rule"], incident["source"], incident["run"]) == ("crashed", "finews", run)
    assert (incident["text"], incident["closed_at"]) == ("what was seen", None)
    (delivery,) = incident["deliveries"]
    assert (delivery["kind"], delivery["channel"], delivery["problem"]) == ("alert", "ops", "")
    assert delivery["delivered_at"]
    store.incidents.close(store.incidents.all_open()[0], "OVER", [], now)
    assert archive("alerts").stdout == "no open incidents; 1 are over: archive alerts --all\n"
    assert len(json.loads(archive("alerts", "--all", "--json").stdout)) == 1


def test_a_channel_can_be_tried(archive: Archive, receiver: Receiver, told: dict[str, str]) -> None:
    done = archive("alerts", "test", env=told)
    shown = f"ops  wecom  http://127.0.0.1:{receiver.port}/…"
    assert done.stdout.startswith(shown)
    assert done.stdout.endswith("  taken (HTTP 200)\n")
    assert done.returncode == 0
    assert "If you can read this" in receiver.bodies[0]["text"]["content"]
    receiver.body = b'{"errcode": 45009, "errmsg": "api freq out of limit"}'
    done = archive("alerts", "test", "ops", env=told)
    assert done.stdout.endswith("  not taken: 127.0.0.1: code 45009: api freq out of limit\n")
    assert done.returncode == 3
    assert "0123456789abcdef" not in done.stdout + done.stderr


def test_what_cannot_be_tried_is_a_matter_of_usage(archive: Archive, told: dict[str, str]) -> None:
    assert archive("alerts", "test").returncode == 2
    done = archive("alerts", "test", "nobody", env=told)
    assert (done.returncode, done.stderr) == (2, "archive: unknown channel 'nobody'; there is: ops\n")


def test_the_rules_in_force_are_listed(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "archive.toml").write_text(
        '[alert_rules.many-rejected]\nstat = "rejected"\ncompare = ">="\nthreshold = 20\nruns = 3\n'
        'sources = ["finews"]\n[alert_rules.disk-low]\nthreshold = 2048\n'
        "[alert_rules.silent]\nenabled = false\n"
    )
    listed = {line.split()[0]: line for line in archive("alerts", "rules").stdout.splitlines()}
    assert "rejected >= 20 in 3 runs" in listed["many-rejected"]
    assert listed["many-rejected"].endswith("finews   own")
    assert "disk_free_mib < 2048" in listed["disk-low"]
    assert "changed" in listed["disk-low"]
    assert "silent" not in listed
    found = {one["rule"]: one for one in json.loads(archive("alerts", "rules", "--json").stdout)}
    assert found["many-rejected"]["sources"] == ["finews"]
    assert found["unreachable"]["runs"] == 3


def test_a_source_that_nobody_crawls_any_more_is_late(archive: Archive, store: Store) -> None:
    for ago in (660, 650, 640, 630, 620):
        end(store, "complete", ago=ago)
    end(store, "complete", source="cinic", trigger="cli", ago=9_000)
    end(store, "complete", source="import", trigger="import", ago=9_000)
    lines = archive("alerts", "check").stdout.splitlines()
    assert [line for line in lines if line.startswith("opened")] == ["opened: late of finews"]
    end(store, "complete")
    assert archive("alerts", "check").stdout.splitlines()[0] == "closed: late of finews"
