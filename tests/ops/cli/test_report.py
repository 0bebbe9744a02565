"""`archive report`: the quality of the corpus, and the documents behind each figure."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.values import Observation, Rejection
from ops.quality.rules import RULES
from tests.command import Archive
from tests.ops.filled import Filled
from tests.ops.quality.corpus import faulty


@pytest.fixture(scope="module")
def faulty_database(made_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with every fault, to be copied."""
    path = tmp_path_factory.mktemp("faulty") / "archive.db"
    shutil.copyfile(made_store, path)
    with Store.open(f"sqlite:///{path}") as store:
        faulty(store)
    return path


@pytest.fixture
def store(faulty_database: Path, tmp_path: Path) -> None:
    """The store of the command."""
    (tmp_path / "data").mkdir()
    shutil.copyfile(faulty_database, tmp_path / "data/archive.db")


@pytest.mark.usefixtures("store")
def test_the_report_leads_to_the_documents_and_is_no_check(archive: Archive) -> None:
    done = archive("report", "--days", "100")
    assert (done.returncode, done.stderr) == (0, "")
    assert "fault  7  5.6 %  date-eight-hours-off    a time that is eight hours off" in done.stdout
    assert "archive report FINDING" in done.stdout
    (listed,) = json.loads(
        archive("report", "date-in-future", "--source", "finews", "--json", "--limit", "1").stdout
    )
    assert listed["document"] == "finews:NW001013"
    assert "published 2026-11-23 11:36:00, seen before, at 2026-11-23 03:43:00" in listed["evidence"]
    assert listed["title"] in archive("show", listed["document"]).stdout


@pytest.mark.usefixtures("store")
def test_the_report_as_json_has_every_figure_and_command(archive: Archive) -> None:
    told = json.loads(archive("report", "--json", "--outlet", "鲁网", "--from", "2026-11-01").stdout)
    assert told["selection"] == "--outlet '鲁网' --from 2026-11-01T00:00:00+08:00"
    assert told["documents"] == told["by"]["outlet"]["鲁网"] == 115
    assert sum(map(sum, told["first_seen"]["counts"].values())) + told["first_seen"]["on_other_days"] == 115
    assert {one["finding"] for one in told["findings"]} < RULES.keys()
    assert told["findings"][0]["command"].startswith("archive report ")
    assert told["findings"][0]["command"].endswith(f" {told['selection']}")
    assert {one["reason"]: one["rejections"] for one in told["rejections"]} == {"no-article": 2, "empty": 1}


def without_times(page: str) -> str:
    return re.sub(r"\d\d:\d\d(:\d\d)?(\.\d+)?", "", page)


@pytest.mark.usefixtures("store")
def test_the_file_is_written_and_a_list_is_aligned_lines(archive: Archive, tmp_path: Path) -> None:
    done = archive("report", "--html", "report.html")
    assert done.stdout == f"report on 124 documents: {tmp_path}/report.html\n"
    assert (tmp_path / "report.html").read_text(encoding="utf-8").endswith("</html>\n")
    piped = archive("report", "--html", "-")
    assert (piped.returncode, piped.stderr) == (0, "")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert without_times(piped.stdout) == without_times(page)
    assert not (tmp_path / "-").exists()
    assert archive("report", "documents", "--seen", "2026-11-25").stdout == (
        "1 document\n\n"
        "document  published (+0800)    outlet  title                evidence\n"
        "cinic:8   2026-11-20 09:30:00  鲁网    央行开展第8次逆回购  first seen 2026-11-25 08:00:00\n"
    )


def test_the_pages_behind_a_rejection_are_those_of_its_row(
    archive: Archive, filled: Filled, tmp_path: Path
) -> None:
    """Many newer ones have the same reason, at another stage or of no known run."""
    rejected = [("post", 3), ("list", 60)]
    for stage, count in rejected:
        pages = [Rejection(f"https://finews.example/{stage}/{n}", stage, "empty") for n in range(count)]
        run = filled.run(10)
        filled.store.write([Observation(filled.ago(9), rejection=one) for one in pages], run)
    unknown = Rejection("https://finews.example/unknown", "post", "empty")
    filled.store.write([Observation(filled.ago(8), rejection=unknown)], None)
    commands = {
        f"{one['source']} {one['stage']}": (one["rejections"], one["command"])
        for one in json.loads(archive("report", "--json").stdout)["rejections"]
    }
    assert commands.keys() == {"finews list", "finews post", "None post"}
    for count, command in commands.values():
        words = [word.strip("'") for word in command.split(" ")[1:]]
        assert len(json.loads(archive(*words, "--json").stdout)) == count
    assert archive("report", "--html", "r.html").returncode == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert len(set(re.findall("https://finews.example/post/[0-9]+", page))) == 3
    assert "https://finews.example/unknown" in page
    assert "The newest 0 of" not in page


@pytest.mark.usefixtures("store")
def test_the_documents_behind_a_time_to_archive_are_listed(archive: Archive) -> None:
    told = json.loads(archive("report", "--json", "--days", "100").stdout)
    days = told["first_seen"]["days"]
    for source, figure in told["time_to_archive"].items():
        span = f"{days[0]}..{days[-1]}"
        done = archive(
            "report", "time-to-archive", "--source", source, "--seen", span, "--json", "--limit=9999"
        )
        listed = json.loads(done.stdout)
        assert len(listed) == figure["documents"] > 0
        assert all(one["evidence"].startswith("after ") for one in listed)
    for day, figure in told["time_to_archive_by_day"].items():
        done = archive("report", "time-to-archive", "--seen", day, "--json", "--limit", "9999")
        assert len(json.loads(done.stdout)) == figure["documents"]


@pytest.mark.usefixtures("store")
def test_documents_that_are_not_in_the_json_are_told_of_beside_it(archive: Archive) -> None:
    done = archive("report", "documents", "--json")
    assert len(json.loads(done.stdout)) == 50
    assert done.stderr == "the 50 newest of 124; --limit 124 has all\n"
    assert archive("report", "documents", "--json", "--limit", "124").stderr == ""


@pytest.mark.usefixtures("store")
def test_that_rejections_are_of_whole_sources_is_said_where_more_was_asked_for(archive: Archive) -> None:
    told = "of whole sources: no option but --source selects rejections"
    assert told in archive("report", "--outlet", "鲁网", "--source", "finews").stdout
    assert told not in archive("report", "--source", "finews").stdout
    asked = json.loads(archive("report", "--outlet", "鲁网", "--source", "finews", "--json").stdout)
    assert asked["rejections_selection"] == "--source finews"
    page = archive("report", "--outlet", "鲁网", "--html", "-").stdout
    assert "those of whole sources: no option but <code>--source</code>" in page


@pytest.mark.usefixtures("store")
def test_on_a_terminal_of_80_columns_a_listed_document_can_be_copied(on_terminal: Callable[..., str]) -> None:
    shown = on_terminal("report", "date-in-future", env={"COLUMNS": "80"})
    assert "finews:NW001013" in [line.strip() for line in shown.splitlines()]


def test_an_empty_store_is_told_as_it_is(archive: Archive) -> None:
    assert archive("db", "upgrade").returncode == 0
    done = archive("report")
    assert done.returncode == 0
    assert "none yet; crawl or import something first" in done.stdout
    assert archive("report", "date-missing").stdout == "no documents\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no-such"], "no finding 'no-such'; there is: documents, archived-late,"),
        (["documents", "--seen", "2026-11-25..2026-11-24"], "the first day is behind the last"),
        (["documents", "--seen", "..2026-11-24"], "--seen '' is no day; expected 2022-01-22"),
        (["documents", "--seen", "yesterday"], "--seen 'yesterday' is no day; expected 2022-01-22"),
        (["--seen", "2026-11-25"], "archive report documents"),
        (["date-missing", "--html", "a.html"], "leave the finding out"),
        (["--html", "-", "--json"], "both go to standard output"),
        (["duplicate-near"], "archive duplicates"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("store")
def test_what_cannot_be_reported_is_told_in_a_line(archive: Archive, arguments: list[str], told: str) -> None:
    done = archive("report", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
