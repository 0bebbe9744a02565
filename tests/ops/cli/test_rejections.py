"""`archive rejections`: what could not become a document, why, and where it is kept."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.store import Store
from archive.store.values import Capture, Observation, Rejection, WarcFile
from tests.command import Archive
from tests.new_store import new_store

AT = datetime(2022, 1, 22, 15, 20, 32, 123000, tzinfo=UTC)
ADDRESS = "https://finews.withounder.com/luwang/2022/01/22/NW202201222257607797.html"
CAPTURE = Capture(
    address=ADDRESS,
    fetched_at=AT,
    status=200,
    payload_digest="sha256:" + "ab" * 32,
    payload_bytes=4000,
    warc_file="finews-20220122T152032Z-00000.warc.gz",
    warc_offset=512,
    warc_length=1200,
    record_sha256="cd" * 32,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a rejection of a crawl, which has a capture, and two of an import."""
    store = new_store(tmp_path / "data" / "archive.db")
    crawled = store.start_run("finews", "cli", AT, "host", 42)
    imported = store.start_run("import", "import", AT, "host", 43)
    store.enter_warc(WarcFile(CAPTURE.warc_file, "finews", 512, 512, "ef" * 32, sealed=False))
    no_article = Rejection(ADDRESS, "post", "no-article", "no section in it")
    earlier = replace(CAPTURE, address="https://finews.withounder.com/", warc_offset=1712)
    store.write([Observation(AT, captures=(earlier, CAPTURE), rejection=no_article)], crawled)
    for name in ("a", "b"):
        broken = Rejection(
            f"file:///corpus/{name}.txt", "import", "no-document", "\x1b[2Jno front matter\n---"
        )
        store.write([Observation(AT, rejection=broken)], imported)
    return store


@pytest.fixture
def listed(archive: Archive, store: Store) -> Callable[..., list[str]]:
    """The addresses that are listed."""

    def run(*options: str) -> list[str]:
        return [one["address"] for one in json.loads(archive("rejections", "--json", *options).stdout)]

    return run


def test_rejections_in_a_pipe_are_aligned_lines_that_steer_no_terminal(
    archive: Archive, store: Store
) -> None:
    broken = "import  no-document  file:///corpus/{}.txt (\\x1b[2Jno front matter\\n---)\n"
    assert archive("rejections").stdout == (
        "run  when (UTC)        stage   reason       address\n"
        f"  2  2022-01-22 15:20  {broken.format('b')}"
        f"  2  2022-01-22 15:20  {broken.format('a')}"
        f"  1  2022-01-22 15:20  post    no-article   {ADDRESS} (no section in it)\n"
    )


def test_rejections_as_json_tell_the_place_of_the_page_in_the_warc(archive: Archive, store: Store) -> None:
    *_, without, crawled = json.loads(archive("rejections", "--json").stdout)
    assert without["capture"] is None
    assert crawled == {
        "id": 1,
        "run": 1,
        "seen_at": "2022-01-22T15:20:32.123Z",
        "address": ADDRESS,
        "stage": "post",
        "reason": "no-article",
        "detail": "no section in it",
        "capture": {
            "fetched_at": "2022-01-22T15:20:32.123Z",
            "status": 200,
            "payload_digest": "sha256:" + "ab" * 32,
            "payload_bytes": 4000,
            "truncated": "",
            "warc_file": CAPTURE.warc_file,
            "warc_offset": 512,
            "warc_length": 1200,
        },
    }


def test_rejections_are_selected_by_run_source_and_reason(listed: Callable[..., list[str]]) -> None:
    a, b = (f"file:///corpus/{name}.txt" for name in ("a", "b"))
    assert (
        listed("--run", "1") == listed("--source", "finews") == listed("--reason", "no-article") == [ADDRESS]
    )
    assert listed("--run", "2", "--reason", "no-document") == [b, a]
    assert listed("--source", "finews", "--reason", "no-document") == []
    assert listed("--limit", "1") == [b]


def test_rejections_are_selected_by_stage_and_those_of_no_known_run_by_no_source(
    listed: Callable[..., list[str]], store: Store
) -> None:
    store.write([Observation(AT, rejection=Rejection("https://c.example/", "list", "no-article"))], None)
    assert listed("--reason", "no-article") == ["https://c.example/", ADDRESS]
    assert listed("--stage", "post", "--reason", "no-article") == [ADDRESS]
    assert listed("--source", "") == ["https://c.example/"]


def test_where_there_are_more_that_is_said_beside_the_list(archive: Archive, store: Store) -> None:
    for option in ("--json", "--run=2"):
        done = archive("rejections", "--limit", "1", option)
        of = 3 if option == "--json" else 2
        assert done.stderr == f"the 1 newest of {of}; --limit {of} has all\n"
    assert archive("rejections", "--json").stderr == ""


def test_where_nothing_was_rejected_that_is_said(archive: Archive) -> None:
    assert archive("rejections").stdout == "no rejections\n"
    assert json.loads(archive("rejections", "--json").stdout) == []
