"""`archive report`: the quality of the corpus, and the documents behind each figure."""

import json
import re
import shutil
from pathlib import Path

import pytest

from archive.store import Store
from ops.quality.rules import RULES
from tests.command import Archive
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
