"""A disk that is full, a database that is locked, a folder that cannot be written: exit code 7, one line, and
the next crawl ends where one that nothing had happened to would."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.store import Store
from archive.verification import Kind, verify_store
from fixtures.double import Double
from tests.command import ARCHIVE, run_command
from tests.crawler.archived import Archived, archived_in
from tests.forked import crawl

POSTS, BEGUN = 40, 10
Faulty = Callable[..., str]
"""Crawls with the installed command; its one line on standard error."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A site, an archive that has some of it, and what it will be once it has all."""

    site: Double
    data: Path
    whole: Archived


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    some, all_ = (tmp_path_factory.mktemp(name) for name in ("some", "all"))
    with Double(posts=POSTS, categories=4, seed=5, twins=2) as site:
        assert crawl(all_, site.mirrors).code == 0
        assert crawl(some, site.mirrors, limit=BEGUN).counters["new"] == BEGUN
        yield Begun(site, some, archived_in(all_, all_ / "seeds"))


@pytest.fixture
def data(begun: Begun, tmp_path: Path) -> Path:
    return shutil.copytree(begun.data, tmp_path / "data")


@pytest.fixture
def environment_of_site(begun: Begun, environment: dict[str, str]) -> dict[str, str]:
    return environment | {"ARCHIVE_MIRRORS": json.dumps(begun.site.mirrors)}


@pytest.fixture
def faulty(environment_of_site: dict[str, str], tmp_path: Path) -> Faulty:
    def run(*prefix: str, data: Path, env: dict[str, str] | None = None) -> str:
        environment = environment_of_site | {"ARCHIVE_DATA_DIR": str(data), **(env or {})}
        if prefix:
            command = [*prefix, ARCHIVE, "crawl"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        else:
            done = run_command(("crawl",), environment, tmp_path)
        return the_one_line(done.returncode, done.stdout, done.stderr)

    return run


def the_one_line(code: int, out: str, told: str) -> str:
    """What a command says that a storage fault has ended."""
    assert (code, out) == (7, ""), told
    (line,) = told.splitlines()
    assert line.startswith("archive: /")
    return line


def assert_intact(data: Path, least: int = BEGUN) -> None:
    """What was committed before is there, and nothing is damaged."""
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        findings = list(verify_store(store, data / "warc"))
        assert [one for one in findings if one.kind is Kind.DAMAGE] == []
        assert store.counts().documents >= least


def assert_made_up_for(begun: Begun, data: Path) -> None:
    """The next crawl makes of it what it would have been."""
    crawled = crawl(data, begun.site.mirrors)
    assert crawled.code == 0, crawled
    assert archived_in(data, data.parent / "seeds") == begun.whole


class SmallDisk:
    """A disk of a few MB; where none may be mounted, a limit on the size of files stands in for it."""

    def __init__(self, at: Path) -> None:
        at.mkdir()
        self.data = at / "data"
        self.prefix: Sequence[str] = ()
        self._filler = at / "filler"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", at], capture_output=True, check=False
        )
        self.is_mounted = mounted.returncode == 0

    def leave(self, room: int) -> None:
        """Fill it up, so that no more bytes than these go in."""
        if self.is_mounted:
            free = shutil.disk_usage(self.data).free
            self._filler.write_bytes(bytes(free - room))
        else:
            largest = max(path.stat().st_size for path in self.data.rglob("*"))
            self.prefix = ("prlimit", f"--fsize={largest + room // 10}")

    def clear(self) -> None:
        """Make room again."""
        self._filler.unlink(missing_ok=True)
        self.prefix = ()

    def unmount(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", self.data.parent], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    try:
        yield disk
    finally:
        disk.unmount()


@pytest.mark.parametrize("room", [0, 60_000, 130_000, 260_000])
def test_a_full_disk(room: int, begun: Begun, disk: SmallDisk, faulty: Faulty) -> None:
    shutil.copytree(begun.data, disk.data)
    disk.leave(room)
    line = faulty(*disk.prefix, data=disk.data)
    assert str(disk.data) in line
    told = ("disk full; free some space", "No space left on device", "fails to read or write; check its room")
    assert any(one in line for one in told)
    disk.clear()
    assert_intact(disk.data)
    assert_made_up_for(begun, disk.data)


@pytest.fixture
def impatient(tmp_path: Path) -> dict[str, str]:
    """An environment in which the command waits for locks for a moment only: a sitecustomize sees to it."""
    folder = tmp_path / "impatient"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "from archive.store import Store\nStore.open.__func__.__kwdefaults__['patience'] = 0.1\n"
    )
    return {"PYTHONPATH": str(folder)}


def test_a_database_that_another_program_has_locked(
    begun: Begun, data: Path, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Store.open.__func__.__kwdefaults__, "patience", 0.1)
    with closing(sqlite3.connect(data / "archive.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        line = faulty(data=data)
    assert f"{data}/archive.db: locked by another program; end that one, or try again" in line
    assert_intact(data)
    assert_made_up_for(begun, data)


def test_a_database_that_another_program_locks_in_the_middle_of_a_crawl(
    begun: Begun, data: Path, environment_of_site: dict[str, str], impatient: dict[str, str]
) -> None:
    begun.site.requests.clear()
    process = subprocess.Popen(
        [ARCHIVE, "crawl"],
        env=environment_of_site | impatient,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with closing(sqlite3.connect(data / "archive.db", timeout=20)) as other:
        while not len(begun.site.requests):
            assert process.poll() is None
            time.sleep(0.01)
        other.execute("BEGIN IMMEDIATE")
        out, told = process.communicate(timeout=60)
    assert "archive.db: locked by another program; " in the_one_line(process.returncode, out, told)
    assert_intact(data)
    assert_made_up_for(begun, data)


@pytest.mark.parametrize("sealed", [False, True])
def test_warc_files_that_may_not_be_written(sealed: bool, begun: Begun, data: Path, faulty: Faulty) -> None:
    if sealed:
        with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
            store.seal_warc(store.warc_files()[0].name)
    paths = [data / "warc", *(data / "warc").iterdir()]
    for path in paths:
        path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    # Root writes where nobody may: here it is to be like anybody else.
    prefix = ("setpriv", "--bounding-set=-dac_override") if os.geteuid() == 0 else ()
    line = faulty(*prefix, data=data)
    assert f"{data}/warc/finews-" in line
    assert ": cannot be written; give this program the right to write there" in line
    assert_intact(data)
    for path in paths:
        path.chmod(stat.S_IRWXU)
    assert_made_up_for(begun, data)


def test_a_file_in_place_of_the_folder_of_warc_files(begun: Begun, data: Path, faulty: Faulty) -> None:
    away = (data / "warc").rename(data / "away")
    (data / "warc").write_text("mine")
    assert f"{data}/warc: cannot be made (File exists); it must be a folder" in faulty(data=data)
    assert (data / "warc").read_text() == "mine"
    (data / "warc").unlink()
    away.rename(data / "warc")
    assert_intact(data)
    assert_made_up_for(begun, data)


def test_a_log_that_cannot_be_written_any_more(begun: Begun, data: Path, faulty: Faulty) -> None:
    log = data / "logs" / "run-2.jsonl"
    log.parent.mkdir()
    log.symlink_to("/dev/full")
    line = faulty(data=data)
    assert f"{log}: the log breaks off (No space left on device); make room there" in line
    assert_intact(data, least=POSTS)  # nothing else has failed for it
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        assert store.run(2).outcome == "complete"
    assert_made_up_for(begun, data)


def test_what_is_printed_finds_no_room(data: Path, environment: dict[str, str]) -> None:
    environment = environment | {"ARCHIVE_DATA_DIR": str(data)}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [ARCHIVE, "runs"], env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
        silent = subprocess.run(
            [ARCHIVE, "run", "99"], env=environment, stdout=full, stderr=full, check=False
        )
    told = "archive: what is printed: disk full; free some space, what is committed is intact\n"
    assert (done.returncode, done.stderr) == (7, told)
    assert silent.returncode == 2
