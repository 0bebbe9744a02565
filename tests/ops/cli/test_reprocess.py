"""`archive reprocess`, as a user sees it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.store import Store
from archive.store.values import Observation
from crawler.normalizer.version import VERSION
from tests.command import Archive as Command
from tests.ops.reprocessing.captured import T0, Post, keep, older

MADE = [Post(n, f"<p>第{n}段，收盘。</p>") for n in range(3)]


@pytest.fixture
def kept(made_store: Path, tmp_path: Path) -> Iterator[Archive]:
    """The command's archive: three posts by an older normalizer, and a page that it could not read."""
    (tmp_path / "data" / "warc").mkdir(parents=True)
    shutil.copyfile(made_store, tmp_path / "data" / "archive.db")
    with Store.open(f"sqlite:///{tmp_path / 'data' / 'archive.db'}") as store:
        archive = Archive(store, tmp_path / "data" / "warc")
        keep(archive, MADE, older("收盘", "收\x1b[31m盘"))
        keep(archive, [Post(9, "<p>当时读不出</p>", title="题")], reject="no-article")
        yield archive


def test_a_dry_run_shows_what_would_change_by_rule_and_example(archive: Command, kept: Archive) -> None:
    done = archive("reprocess", "--dry-run", "--examples", "1")
    assert done.returncode == 0
    lines = done.stdout.split("\n")
    assert lines[0] == r"finews  body text  without “\x1b[0m”  3 documents"
    assert lines[1] == f"  finews:{MADE[0].code}  {MADE[0].address}"
    assert r"    -第0段，收\x1b[31m盘。" in lines
    assert "    +第0段，收盘。" in lines
    assert "finews  rejected to document  no-article  1 document" in lines
    assert done.stdout.count("    @@") == 2  # one example of each kind
    assert lines[-3] == "3 documents would differ, 1 rejected pages would become documents"
    assert lines[-2].startswith("nothing was written")
    assert kept.store.counts().documents == 3
    assert len(kept.store.runs()) == 2


def test_it_is_accepted_with_a_run_in_the_ledger_and_then_there_is_nothing(
    archive: Command, kept: Archive
) -> None:
    done = archive("reprocess", "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert (told["dry_run"], told["articles"]) == (False, 4)
    assert {name: count for name, count in told["verdicts"].items() if count} == {"differs": 3, "new": 1}
    assert [(one["what"], one["documents"]) for one in told["groups"]] == [
        ("body text", 3),
        ("rejected to document", 1),
    ]
    assert told["groups"][0]["examples"][0]["source_id"] == MADE[0].code
    (run,) = kept.store.runs(limit=1)
    assert told["runs"] == {"finews": run.id}
    assert (run.trigger, run.counters["changed"], run.counters["new"]) == ("reprocess", 3, 1)
    shown = archive("show", MADE[1].code, "--json")
    assert json.loads(shown.stdout)["normalizer"] == VERSION
    explained = archive("explain", MADE[1].code).stdout
    assert "read again from what is kept" in explained
    assert f"normalizer  {VERSION}\n" in explained
    again = json.loads(archive("reprocess", "--dry-run", "--json").stdout)
    assert (again["groups"], again["verdicts"]["same"]) == ([], 4)


def test_an_older_normalizer_takes_nothing_back_unasked(archive: Command, kept: Archive) -> None:
    found = kept.store.find(MADE[0].code)[0].found
    newer = replace(found, normalizer=f"{int(VERSION) + 1}+5f3a90c1")
    kept.store.write([Observation(T0, newer)], None)
    assert kept.store.find(MADE[0].code)[0].found.normalizer == newer.normalizer
    done = archive("reprocess")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"1 documents were made by a newer normalizer ({newer.normalizer}) than" in done.stderr
    looked = archive("reprocess", "--dry-run")
    assert (looked.returncode, looked.stderr.count("note: 1 documents were made by a newer")) == (0, 1)
    assert archive("reprocess", "--rejected").returncode == 0


def test_a_damaged_record_is_named_and_makes_exit_code_3(archive: Command, kept: Archive) -> None:
    capture = kept.store.captures(MADE[0].address)[0]
    os.truncate(kept.warc / capture.warc_file, (capture.warc_offset or 0) + 9)
    done = archive("reprocess", "--rejected", "--dry-run")
    assert done.returncode == 3
    assert f"not read: {kept.warc / capture.warc_file} at byte" in done.stderr
    assert archive("reprocess", "cinic").returncode == 0  # nothing there is damaged


def test_a_source_that_is_being_crawled_makes_exit_code_6(archive: Command, kept: Archive) -> None:
    kept.store.begin_run(
        "finews", "cli", datetime.now(UTC), "elsewhere", 1, silence=60, is_dead=lambda _: False
    )
    done = archive("reprocess")
    assert done.returncode == 6
    assert "left out: finews is being crawled already" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nowhere"], 2, "unknown source 'nowhere'; there is: cinic, finews"),
        (["--rejected", "--category", "x"], 2, "nothing but sources selects them"),
        (["--examples", "-1"], 2, "--examples"),
        (["--from", "gestern"], 2, "--from 'gestern' is no time"),
    ],
)
def test_what_cannot_be_is_told(
    arguments: list[str], code: int, told: str, archive: Command, kept: Archive
) -> None:
    done = archive("reprocess", *arguments)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_without_a_store_there_is_nothing_to_read(archive: Command, tmp_path: Path) -> None:
    done = archive("reprocess")
    assert done.returncode == 7
    assert "no database" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_diff_has_colours_on_a_terminal(on_terminal: Callable[..., str], kept: Archive) -> None:
    kept.store.write([Observation(T0, MADE[1].found), Observation(T0, MADE[2].found)], None)
    shown = on_terminal("reprocess", "--dry-run", "--rejected")
    assert "\x1b[32m    +题" in shown
