"""`archive doctor` as it is used: before the first run, and in front of what goes wrong."""

import json
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alembic.command
import alembic.script
import pytest
from tenacity import wait_none

from crawler.probes import client
from crawler.sources.recorded import checked
from crawler.sources.registry import BUILT_IN, Sources
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from fixtures.portals.portal import Portal
from ops.doctor import visit
from scheduler import runs
from tests import forked
from tests.command import Archive

LOADED = (alembic.command, alembic.script, forked, runs, visit)
"""Here, once, rather than in every child."""
CINIC = "www.cinic.org.cn"
LIST = f"http://{CINIC}/hy/tx/"


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """What reads pages loads its tables when it reads the first: once, rather than in every child."""
    assert all(page.is_right for page in checked(Sources.load().named("cinic"), BUILT_IN / "cinic"))


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with Double(posts=20) as double:
        yield double


@pytest.fixture
def site(double: Double) -> Double:
    """The double, healthy."""
    double.faults.clear()
    double.robots.clear()
    double.requests.clear()
    return double


@pytest.fixture
def portal() -> Iterator[Portal]:
    """The site whose pages are recorded."""
    with Portal("cinic") as portal:
        yield portal


@dataclass(frozen=True, slots=True)
class Told:
    """What the doctor said, and with which exit code."""

    code: int
    findings: list[dict[str, Any]]

    def levels(self, source: str | None) -> dict[str, str]:
        """The worst level by check."""
        worst = sorted(
            (one for one in self.findings if one["source"] == source), key=lambda one: RANK[one["level"]]
        )
        return {one["check"]: one["level"] for one in worst}

    def one(self, level: str, part: str) -> dict[str, Any]:
        """The finding of that level with these words; each that is not ok says what to do."""
        (found,) = [one for one in self.findings if part in one["what"]]
        assert found["level"] == level
        assert bool(found["do"]) is (level != "ok")
        return found


Doctor = Callable[..., Told]
RANK = {"ok": 0, "warning": 1, "problem": 2}


@pytest.fixture
def doctor(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Run the command; no site is live, so nobody is to be waited for."""
    monkeypatch.setattr(client, "_WAIT", wait_none())

    def run(
        *arguments: str, mirrors: dict[str, str] | None = None, env: dict[str, str] | None = None
    ) -> Told:
        given = {
            "ARCHIVE_MIRRORS": json.dumps(mirrors or {}),
            "ARCHIVE_USER_AGENT": "tests (ops@example.org)",
        }
        done = archive("doctor", "--json", *arguments, env=given | (env or {}))
        assert done.stderr == ""
        told = json.loads(done.stdout)
        assert (told["problems"] > 0) is (done.returncode == 1)
        return Told(done.returncode, told["findings"])

    return run


def closed_port() -> str:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{closed.getsockname()[1]}"


def test_before_the_first_run_all_is_well_and_nothing_is_made(
    archive: Archive, site: Double, portal: Portal, tmp_path: Path
) -> None:
    mirrors = {"ARCHIVE_MIRRORS": json.dumps({**site.mirrors, **portal.mirrors})}
    done = archive("doctor", env=mirrors)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[-1].endswith("checks: no problems, 2 warnings")
    assert [line.split()[1] for line in lines if line.startswith("warning")] == ["store", "service"]
    assert "→ nothing: the first crawl or import makes it." in done.stdout
    for shown in ("reachable, no robots.txt (404)", f"{LIST}: 11 articles", "gives the article's body"):
        assert shown in done.stdout
    assert f"http://{CINIC}/hy/ny/910029.html: gives what was recorded" in done.stdout
    assert f"{max(site.expected_documents())}.html: a document" in done.stdout
    assert len(site.requests) + len(portal.requests) <= 12
    assert list(tmp_path.iterdir()) == []


def test_pages_that_give_nothing_are_told_with_the_rule_and_canaries_with_their_difference(
    doctor: Doctor, site: Double, portal: Portal
) -> None:
    site.faults.add(path="/", body=b"<html><body>maintenance</body></html>")
    site.faults.add(host=SHARE_HOST, path="/NewsData/*", html=True)
    portal.faults.add(path="/hy/tx/", body=b"<html><body>new and beautiful</body></html>")
    portal.edit("910029")
    portal.faults.add(path="/hy/ny/910028.html", redirect="/hy/ny/")
    portal.clock.advance(seconds=5)
    told = doctor(mirrors={**site.mirrors, **portal.mirrors})
    assert told.code == 1
    home = told.one("problem", "https://finews.withounder.com/: the layout has changed")
    assert "no-posts: 37 characters without a section" in home["what"]
    told.one("warning", "the share API does not answer with a body, so pages serve instead: not-json")
    assert told.levels("finews")["newest article"] == "ok"
    changed = told.one("problem", f"{LIST}: the layout has changed")
    assert "list.entry finds nothing: .load-son" in changed["what"]
    assert changed["do"].startswith(f"`archive sources try {LIST}`")
    edited = told.one("warning", "910029.html: gives something else than 910029.md")
    assert [line[:7] for line in edited["lines"]] == ["+<p>（更新"]
    gone = told.one("warning", "910028.html: not on the site any more")
    assert "record another" in gone["do"]


def test_articles_that_give_nothing_and_hosts_that_refuse_are_told(
    doctor: Doctor, site: Double, portal: Portal
) -> None:
    site.robots[NEWS_HOST] = "User-agent: *\nDisallow: /feed.xml\n"
    site.faults.add(path="/*/20*.html", body=b"<html><body>relaunched</body></html>")
    portal.faults.add(path="/robots.txt", status=503, headers={"Date": "Wed, 01 May 2024 12:00:00 GMT"})
    told = doctor(mirrors={**site.mirrors, **portal.mirrors})
    told.one("problem", "feed.xml: robots.txt does not allow it (tests)")
    told.one("ok", f"{NEWS_HOST}: reachable, robots.txt can be read")
    article = told.one("problem", "characters without a post's heading")
    assert article["check"] == "newest article"
    told.one("problem", f"{CINIC}: left alone by crawls: robots.txt answers 503")
    assert [request.path for request in portal.requests] == ["/robots.txt"] * 3
    told.one("ok", "agrees with that of finews.withounder.com")
    alone = doctor("cinic", mirrors=portal.mirrors)
    assert "days ahead of that of www.cinic.org.cn" in alone.one("problem", "this machine's clock")["what"]
    assert alone.levels("finews") == {}


def test_hosts_that_do_not_answer_are_told_and_others_asked(doctor: Doctor, site: Double) -> None:
    site.faults.add(path="/feed.xml", status=500)
    site.faults.add(path="/", behaviour="gzip-bomb")
    told = doctor(mirrors={**site.mirrors, CINIC: closed_port()})
    told.one("problem", f"{CINIC}: left alone by crawls: connection refused")
    told.one("problem", "/: the body is longer than 16 MiB once it is decompressed")
    told.one("problem", "feed.xml: answers 500")


def test_an_archive_in_use_is_looked_at_without_the_network(
    archive: Archive, doctor: Doctor, site: Double, tmp_path: Path
) -> None:
    crawled = archive("crawl", "--limit", "3", env={"ARCHIVE_MIRRORS": json.dumps(site.mirrors)})
    assert crawled.returncode == 0
    site.requests.clear()
    told = doctor("--offline")
    assert told.code == 0
    assert {check for check, level in told.levels(None).items() if level != "ok"} == set()
    assert told.one("ok", "SQLite 3.")["what"].endswith("WAL, can be written to")
    told.one("ok", "the last crawl, of finews (cli), began")
    assert len(site.requests) == 0
    (warc,) = (tmp_path / "data" / "warc").glob("*.warc.gz")
    warc.write_bytes(warc.read_bytes()[:-1])
    gone = subprocess.Popen(["true"])
    gone.wait()
    database = sqlite3.connect(tmp_path / "data" / "archive.db")
    with database:
        database.execute("UPDATE crawl_run SET state = 'running', pid = ?, finished_at = NULL", (gone.pid,))
        database.execute("UPDATE crawl_run SET started_at = datetime('now', '+2 hours') || '.000000'")
    database.close()
    told = doctor("--offline")
    told.one("problem", f"{warc.name} shorter than what the store has of it")
    told.one("warning", f"run 1 (finews) counts as running, but process {gone.pid} on ")
    told.one("warning", "the clock was set back")


@pytest.mark.parametrize(
    ("statement", "level", "part"),
    [
        ("UPDATE alembic_version SET version_num = '0003'", "warning", "older than that of this version"),
        ("UPDATE alembic_version SET version_num = '9999'", "problem", "which this version does not know"),
        ("DROP TABLE alembic_version", "problem", "has tables of another program"),
    ],
)
def test_a_store_of_another_version_is_told_and_left_alone(
    archive: Archive, doctor: Doctor, tmp_path: Path, statement: str, level: str, part: str
) -> None:
    archive("db", "upgrade")
    file = tmp_path / "data" / "archive.db"
    with sqlite3.connect(file) as database:
        database.execute(statement)
    database.close()
    before = file.read_bytes()
    doctor("--offline").one(level, part)
    assert file.read_bytes() == before


def test_what_is_configured_wrongly_is_told(archive: Archive, doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "mine.toml").write_text('title = "x"\n', encoding="utf-8")
    schedules = {"ARCHIVE_SCHEDULES": '{"nobody": {"every": "1h"}}'}
    told = doctor("--offline", env=schedules | {"ARCHIVE_DATABASE_URL": "mysql://a"})
    told.one("problem", "schedule nobody: unknown source 'nobody'")
    assert told.one("problem", "mine.toml: hosts: missing")["source"] == "mine"
    told.one("problem", "mysql://a: not a database for this program")
    (tmp_path / "archive.toml").write_text("data_dir = [\n", encoding="utf-8")
    told = doctor()
    assert [one["check"] for one in told.findings] == ["configuration"]
    told.one("problem", "archive.toml: not TOML")
    (tmp_path / "archive.toml").unlink()
    unknown = archive("doctor", "nobody")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "unknown source 'nobody'; there is: cinic, finews" in unknown.stderr


def test_a_folder_that_cannot_be_written_to_is_told(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x", encoding="utf-8")
    told = doctor("--offline")
    told.one("problem", "data: cannot be written to (it is no folder)")
