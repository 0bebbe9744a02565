"""`archive explain`: what is shown, in which words, and with which exit code."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ops.explain.reading
import ops.explain.view  # noqa: F401 here, once, rather than in every child
from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.store import Store
from archive.store.values import Capture, Observation, Rejection, Truncated, WarcFile
from tests.command import Archive
from tests.new_store import new_store

Seed = Callable[..., Path]
AT = datetime(2022, 1, 22, 15, 20, 32, tzinfo=UTC)
CODE = "NW202201222257607797"
ADDRESS = f"https://finews.withounder.com/luwang/2022/01/22/{CODE}.html"
SHARE_API = f"http://finews.zning.xyz/NewsData/GetNewsText.do?id={CODE}"
FILE = "finews-20220122T152032Z-00000.warc.gz"
HOSTILE = "\x1b]0;stolen\a\x1b[2J\x9b5m\u202e[red]x[/red] :smile:"


def _found(code: str = CODE, title: str = "题", body: str = "<p>一</p>") -> SourcedDocument:
    published = datetime(2022, 1, 22, 23, 5, tzinfo=SHANGHAI)
    document = Document(title, published, "luwang", "鲁网", ("鲁网新闻",), body, None, None)
    address = ADDRESS.replace(CODE, code)
    return SourcedDocument("finews", code, address, "", Fidelity.SOURCE, document)


def _capture(address: str, hours: float, status: int, place: int, **changes: object) -> Capture:
    plain = Capture(
        address=address,
        fetched_at=AT + timedelta(hours=hours),
        status=status,
        payload_digest=f"sha256:{place:064x}",
        payload_bytes=4321,
        warc_file=FILE,
        warc_offset=place,
        warc_length=100,
        record_sha256="cd" * 32,
        took=0.25,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A post that was read, edited, read again, and is gone."""
    store = new_store(tmp_path / "data" / "archive.db")
    first = store.start_run("finews", "cli", AT, "host", 42)
    second = store.start_run("finews", "cron", AT + timedelta(hours=2), "host", 43)
    store.enter_warc(WarcFile(FILE, "finews", 512, 512, "ef" * 32, sealed=False))
    page = _capture(ADDRESS, 0, 200, 0x1200, why="not-known")
    body = _capture(SHARE_API, 0, 200, 0x3400, why="not-known")
    cut = _capture(ADDRESS, 2, 200, 0x5600, why="due", truncated=Truncated.DISCONNECT)
    old = replace(page, fetched_at=AT + timedelta(hours=2), why="due", warc_file="", warc_offset=None)
    first_seen, edited = _found(title="旧题"), _found(title="新题", body="<p>一</p><p>二</p>")
    absent = _capture(ADDRESS, 73, 404, 0x7800, took=0.0)
    gone = Observation(AT + timedelta(hours=73), captures=(absent,), gone=(("finews", CODE),))
    store.write([Observation(AT, first_seen, captures=(page, body))], first)
    store.write([Observation(AT + timedelta(hours=2), edited, captures=(cut, old))], second)
    store.write([gone], second)
    return store


def test_the_history_of_a_document_is_told_in_order_of_time(archive: Archive, store: Store) -> None:
    (stored,) = store.find(CODE)
    old, new = (one.content_hash for one in store.history.revisions(stored.id))
    done = archive("explain", ADDRESS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"document   finews:{CODE}\n"
        "title      新题\n"
        "outlet     鲁网 (luwang), published 2022-01-22 23:05:00 +0800\n"
        f"address    {ADDRESS}\n"
        f"share API  {SHARE_API}\n"
        "fidelity   source: the outlet's own body, from the share API\n"
        f"content    {new}, first seen 2022-01-22 15:20:32 UTC\n"
        "\n"
        "history (UTC)\n"
        "2022-01-22 15:20:32  run 1  fetched   200, 4.3 kB in 0.25 s; not-known: "
        "no document is known at this address\n"
        f"                                      response payload 000000000000, {FILE} at 4608\n"
        "2022-01-22 15:20:32  run 1  fetched   share API: 200, 4.3 kB in 0.25 s\n"
        f"                                      response payload 000000000000, {FILE} at 13312\n"
        f"2022-01-22 15:20:32  run 1  new       content {old[:12]}: “旧题”, 1 block of text\n"
        "2022-01-22 17:20:32  run 2  answered  200, 4.3 kB in 0.25 s; not whole "
        "(the connection ended before it did); due: the interval since it was last looked at is over\n"
        f"                                      response payload 000000000000, {FILE} at 22016\n"
        "2022-01-22 17:20:32  run 2  fetched   200, 4.3 kB in 0.25 s; due: "
        "the interval since it was last looked at is over\n"
        "                                      payload 000000000000, of an old version: no record was kept\n"
        f"2022-01-22 17:20:32  run 2  changed   content {new[:12]}: title “旧题” now “新题”; 1 block of text "
        "added, 0 removed\n"
        "2022-01-25 16:20:32  run 2  answered  404 not there, 4.3 kB\n"
        f"                                      response payload 000000000000, {FILE} at 30720\n"
        "2022-01-25 16:20:32  run 2  gone      its source has taken it away; it is kept\n"
        "\n"
        "now\n"
        "state       a document whose source has taken it away; it is kept\n"
        "if listed   fetched (not-known): no document is known at this address\n"
        "next look   nothing asks it any more, unless a list names it again\n"
        "robots.txt  not known: https://finews.withounder.com/robots.txt was never read, and is asked before "
        "anything else\n"
    )


def test_the_same_is_told_as_json_in_a_shape_that_stays(archive: Archive, store: Store) -> None:
    told = json.loads(archive("explain", CODE, "--json", "--limit", "3").stdout)
    names = "asked now document place history captures rejections runs duplicates imports exports standing"
    assert list(told) == [*names.split(), "note"]
    events = "new answered fetched changed answered gone".split()
    assert [event["event"] for event in told["history"]] == events
    assert told["captures"] == {"shown": 3, "in_all": 5}
    assert told["document"]["gone_since"] == "2022-01-25T16:20:32.000Z"
    assert [run["trigger"] for run in told["runs"]] == ["cli", "cron"]
    assert told["history"][1] == {
        "at": "2022-01-22T17:20:32.000Z",
        "event": "answered",
        "run": 2,
        "text": "200, 4.3 kB in 0.25 s; not whole (the connection ended before it did); "
        "due: the interval since it was last looked at is over",
        "address": ADDRESS,
        "role": "page",
        "status": 200,
        "why": "due",
        "why_said": "the interval since it was last looked at is over",
        "effect": "",
        "took": 0.25,
        "bytes": 4321,
        "payload_digest": f"sha256:{0x5600:064x}",
        "truncated": "disconnect",
        "record": "response",
        "warc_file": FILE,
        "warc_offset": 0x5600,
        "warc_length": 100,
    }


def test_what_names_nothing_is_told_in_a_line(archive: Archive) -> None:
    done = archive("explain", "NW209901010000000001")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "'NW209901010000000001' is no address and names no document; give an id" in done.stderr


def test_an_address_that_nobody_has_met_is_no_error(archive: Archive) -> None:
    done = archive("explain", "https://nobody.example/a b?c=1#d")
    assert done.returncode == 0
    assert done.stdout.splitlines()[:3] == [
        "address  https://nobody.example/a%20b?c=1",
        "source   none owns the host",
        "there    a page of any site: read without rules, and if named alone",
    ]
    assert (
        done.stdout.splitlines()[-1] == "to do       archive crawl --url 'https://nobody.example/a%20b?c=1'"
    )


def test_where_a_document_was_exported_to_is_told_for_as_long_as_it_is_there(
    archive: Archive, tmp_path: Path
) -> None:
    def exported(name: str) -> list[str]:
        lines = archive("explain", name).stdout.splitlines()
        return [line.partition("  ")[2].strip() for line in lines if "export" in line]

    one, two = tmp_path / "one", tmp_path / "{two}"
    with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
        store.write([Observation(AT, _found())], None)
        archive("export", "one")
        store.write([Observation(AT, _found(body="<p>二</p>")), Observation(AT, _found("NW1"))], None)
        old, new = (one.content_hash[:16] for one in store.history.revisions(1))
    archive("export", two)
    folders = exported(CODE)
    assert folders[:2] == [
        f"{one} as 000_{old}.txt: with an earlier content, export again",
        f"{two} as 001_{new}.txt",
    ]
    assert folders[2].endswith(f"by then it was in {one} as 000_{old}.txt")
    assert folders[3].endswith(f"by then it was in {two} as 001_{new}.txt")
    shutil.rmtree(one)
    (two / "manifest.json").write_text("{}")
    missing, broken = exported(CODE)
    assert f"{one}: not there any more (last exported to 20" in missing
    assert f"{two}: {two / 'manifest.json'}: not as it was written" in broken


def test_an_export_that_cannot_be_noted_is_an_export(archive: Archive, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
        store.write([Observation(AT, _found())], None)
    with closing(sqlite3.connect(tmp_path / "data" / "archive.db")) as database:
        refuse = "BEGIN SELECT RAISE(ABORT, 'nothing is to be noted'); END"
        database.execute(f"CREATE TRIGGER t BEFORE INSERT ON export_folder {refuse}")
    done = archive("export", "out")
    assert done.returncode == 0
    assert done.stdout.startswith("exported 1 files to ")
    assert "\nnote: archive explain will not know of this export: " in done.stderr
    assert "nothing is to be noted" in done.stderr
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_files_tell_what_became_of_them(archive: Archive, seed: Seed, tmp_path: Path) -> None:
    folder = seed("a.txt").parent
    folder.joinpath("bad.txt").write_text("neither front matter nor a source line\n")
    archive("import", folder)
    told = json.loads(archive("explain", "a.txt", "--json").stdout)
    (event,) = told["history"]
    assert (event["event"], event["run"], event["imported_as"]) == ("new", 1, "a.txt")
    assert [(one["name"], one["leaves"], one["is_current"]) for one in told["imports"]] == [
        ("a.txt", True, True)
    ]
    assert (told["standing"], told["place"]) == (None, None)
    assert told["note"].startswith("it was imported, and nothing ties it to a page of the web")
    (line,) = [one for one in archive("explain", "corpus/bad.txt").stdout.splitlines() if "reject" in one]
    assert "run 1  rejected  at stage import, " in line


def test_a_document_of_a_source_that_is_no_more_is_explained(archive: Archive, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
        store.write([Observation(AT, replace(_found(), source="former"))], None)
    done = archive("explain", f"former:{CODE}")
    assert done.returncode == 0
    assert "state  its source former is not declared any more: no crawl asks for it\n" in done.stdout


def test_what_a_page_says_of_itself_steers_no_terminal(archive: Archive, tmp_path: Path) -> None:
    rejection = Rejection(ADDRESS, "post", "no-article", f"{HOSTILE}\n")
    with Store.open(f"sqlite:///{tmp_path}/data/archive.db") as store:
        store.write([Observation(AT, _found(title=HOSTILE), rejection=rejection)], None)
    shown = archive("explain", ADDRESS).stdout
    assert shown.count("[red]x[/red] :smile:") == 3
    for text in (shown, archive("explain", ADDRESS, "--json").stdout):
        for forbidden in ("\x1b]0", "\x1b[2J", "\x9b", "\u202e", "\a"):
            assert forbidden not in text
