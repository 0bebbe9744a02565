"""What the doctor makes of facts: ok, a warning, a problem, and what to do."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.store.services import Service
from archive.store.values import Lease, Run, RunState, WarcFile
from crawler.mirrors import Mirrors
from crawler.plan import USER_AGENT
from crawler.sources.recorded import Checked
from crawler.sources.source import FINEWS
from ops.doctor import clock, configuration, folders
from ops.doctor.canaries import difference
from ops.doctor.captures import captures_finding
from ops.doctor.disk import Room, disk_finding
from ops.doctor.findings import Finding, Level, length
from ops.doctor.service import Newest, dead_runs, run_findings, service_finding
from scheduler.runs import HOST

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
GIB = 1 << 30
SITE = "finews.withounder.com"


def levels(findings: Iterable[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


def service(silent: float = 1, *, leads: bool = True) -> Service:
    return Service("token", "alpha", 7, "", NOW, NOW if leads else None, silent)


def run(number: int = 1, *, host: str = "alpha", pid: int = 1, ago: timedelta = timedelta(0)) -> Run:
    return Run(number, "finews", "cron", RunState.RUNNING, "", NOW - ago, None, host=host, pid=pid)


def lease(number: int = 1, *, silent: float = 1) -> dict[str, Lease]:
    return {"finews": Lease("finews", "token", number, "alpha", 1, NOW, silent)}


@pytest.mark.parametrize(
    ("free", "total", "files", "per_day", "level"),
    [
        (50, 100, (900_000, 1_000_000), 0, Level.OK),
        (50, 100, (0, 0), 0, Level.OK),  # btrfs has no fixed number of files
        (4.9, 50, (900_000, 1_000_000), 0, Level.WARNING),
        (40, 1000, (900_000, 1_000_000), 0, Level.WARNING),
        (0.4, 10, (900_000, 1_000_000), 0, Level.PROBLEM),
        (50, 100, (40_000, 1_000_000), 0, Level.WARNING),
        (50, 100, (500, 1_000_000), 0, Level.PROBLEM),
        (50, 100, (0, 0), 5, Level.WARNING),  # ten days
    ],
)
def test_a_disk_is_full_soon_before_it_is_full(
    free: float, total: float, files: tuple[int, int], per_day: float, level: Level
) -> None:
    room = Room(Path("/srv"), 1, int(free * GIB), int(total * GIB), *files)
    found = disk_finding(room, per_day * GIB)
    assert found.level is level
    assert bool(found.do) is (level is not Level.OK)
    assert ("lasts about 10 days" in found.what) is (per_day > 0)


@pytest.mark.parametrize(
    ("ahead", "level", "told"),
    [
        (29, Level.OK, "agrees with that of"),
        (-31, Level.WARNING, "31 seconds ahead of that of"),
        (299, Level.WARNING, "5 minutes behind that of"),
        (86_400, Level.PROBLEM, "24 hours behind that of"),
    ],
)
def test_a_clock_that_is_off_is_told(ahead: float, level: Level, told: str) -> None:
    found = clock.hosts_finding({SITE: ahead})
    assert (found.level, told in found.what) == (level, True)


def test_one_host_that_agrees_tells_that_the_others_are_wrong() -> None:
    assert clock.hosts_finding({"a.example": 4000, "b.example": -3}).level is Level.OK
    assert clock.hosts_finding({}).level is Level.WARNING


def test_a_run_from_the_future_tells_that_the_clock_was_set_back() -> None:
    (found,) = clock.ledger_findings(NOW + timedelta(hours=3), NOW)
    assert "a run began 3 hours from now" in found.what
    assert list(clock.ledger_findings(NOW, NOW)) == []
    assert list(clock.ledger_findings(None, NOW)) == []


MOUNTS = "/dev/vda / ext4 rw 0 0\nfiler:/a /srv/the\\040archive nfs4 rw 0 0\n/dev/vdb /srv ext4 rw 0 0\n"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/srv/the archive/data/archive.db", ("nfs4", "/srv/the archive")),
        ("/srv/archive.db", ("ext4", "/srv")),
        ("/srv2/archive.db", ("ext4", "/")),
    ],
)
def test_a_database_on_another_machine_is_told(file: str, expected: tuple[str, str]) -> None:
    assert folders.mount_of(Path(file), MOUNTS) == expected
    found = levels(folders.network_findings(Path(file), MOUNTS))
    assert found == ([Level.WARNING] if expected[0] == "nfs4" else [])


def test_folders_are_tried_and_none_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    asked = [tmp_path, tmp_path / "data" / "warc", tmp_path / "file" / "logs"]
    found = {one.level: one.what for one in folders.folder_findings(asked)}
    assert found[Level.PROBLEM] == f"{tmp_path / 'file'}: cannot be written to (it is no folder)"
    assert f"{tmp_path / 'data' / 'warc'}: not there yet" in found[Level.OK]
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_root_is_told_of_what_is_somebody_elses(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 4711, -1)
    (found,) = folders.owner_findings([tmp_path, tmp_path / "absent"], 0)
    assert (found.level, "and this is root" in found.what) == (Level.WARNING, True)


def test_files_that_cannot_be_used_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # root may do all
    (found,) = folders.owner_findings([tmp_path], os.geteuid())
    assert (found.level, "may not read and write it" in found.what) == (Level.PROBLEM, True)


@pytest.mark.parametrize(
    ("services", "newest", "level", "told"),
    [
        (
            [service(), service(leads=False)],
            [],
            Level.OK,
            "leads since 2024-05-01 12:00 UTC, 1 more stand by",
        ),
        ([service(leads=False)], [], Level.WARNING, "none leads"),
        ([service(31)], [], Level.PROBLEM, "has been silent for 31 seconds"),
        ([], [], Level.WARNING, "nothing was crawled yet"),
        ([], [timedelta(minutes=19)], Level.OK, "the last crawl, of finews (cron), began 19 minutes ago"),
        ([], [timedelta(minutes=21)], Level.WARNING, "began 21 minutes ago"),
    ],
)
def test_something_must_have_crawls_begin(
    services: list[Service], newest: list[timedelta], level: Level, told: str
) -> None:
    runs = [Newest(run(ago=ago), timedelta(minutes=10)) for ago in newest]
    found = service_finding(services, runs, NOW)
    assert (found.level, told in found.what) == (level, True)
    assert ("archive schedule run" in found.do) is (level is not Level.OK and "none leads" not in told)


def test_runs_whose_process_is_gone_are_told() -> None:
    here = run(1, host=HOST, pid=os.getpid())  # of a container before us
    there, living = run(2), run(3)
    assert dead_runs([here, there, living], lease(2, silent=61)) == {1, 2}
    found = list(run_findings([here, there, living], lease(2, silent=61), frozenset({1, 2})))
    assert levels(found) == [Level.WARNING, Level.WARNING, Level.OK]
    assert "run 2 (finews) counts as running and holds finews" in found[1].what
    assert found[2].what == "1 under way"
    assert list(run_findings([], {}, frozenset())) == []


def test_warc_files_must_have_what_is_committed(tmp_path: Path) -> None:
    head = "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13"  # of 1234 hexadecimal
    (tmp_path / "a").write_bytes(b"x" * 100)

    def file(name: str, length: int, *, sealed: bool = True) -> WarcFile:
        return WarcFile(name, "finews", length, 10, head, sealed)

    assert captures_finding(tmp_path, [file("a", 100), file("b", 10, sealed=False)]).level is Level.OK
    for wrong, told in ((file("a", 101), "a shorter than"), (file("b", 11), "b missing")):
        found = captures_finding(tmp_path, [file("a", 100), wrong])
        assert (found.level, told in found.what) == (Level.PROBLEM, True)
    assert "does not begin as it was begun" in captures_finding(tmp_path, [file("a", 99, sealed=False)]).what


def test_live_sites_are_told_who_asks() -> None:
    (found,) = configuration.agent_findings(USER_AGENT, [FINEWS], Mirrors())
    assert found.level is Level.WARNING
    assert list(configuration.agent_findings("us (+https://example.org)", [FINEWS], Mirrors())) == []
    here = Mirrors(dict.fromkeys(FINEWS.hosts, "http://127.0.0.1:1"))
    assert list(configuration.agent_findings(USER_AGENT, [FINEWS], here)) == []


def test_a_mirror_for_a_misspelled_host_is_told() -> None:
    bases = {"finews.withouder.com": "http://a", SITE: "http://b", "www.example.org": "http://c"}
    found = list(configuration.mirror_findings(bases, FINEWS.hosts))
    assert levels(found) == [Level.WARNING, Level.OK]
    assert found[0].do.startswith(f"is {SITE} meant?")
    assert found[1].what == f"mirrors: {SITE} from http://b"


def test_a_difference_is_shown_from_where_it_begins() -> None:
    same = "如出一辙" * 30
    assert difference(f"a\n{same}旧闻{same}\nz", f"a\n{same}新闻{same}\nz\nmore") == (
        f"-…{same[-12:]}旧闻{same[:66]}…",
        f"+…{same[-12:]}新闻{same[:66]}…",
        "+more",
    )
    assert difference("a\n", "a") == ()


@pytest.mark.parametrize(
    ("seconds", "told"), [(119, "119 seconds"), (120, "2 minutes"), (9000, "2 hours"), (172_800, "2 days")]
)
def test_lengths_of_time_are_for_people(seconds: float, told: str) -> None:
    assert length(seconds) == told


def test_recorded_pages_that_come_out_otherwise_are_told(tmp_path: Path) -> None:
    right, wrong = Checked(tmp_path / "a.html"), Checked(tmp_path / "b.html", "something else", ("-x",) * 9)
    (found,) = configuration.recorded_findings("mine", tmp_path, [right, wrong])
    assert (found.level, len(found.lines)) == (Level.PROBLEM, 6)
    assert "`archive sources check mine`" in found.do
    assert levels(configuration.recorded_findings("mine", tmp_path, [right])) == [Level.OK]
    assert levels(configuration.recorded_findings("mine", tmp_path, [])) == [Level.WARNING]
