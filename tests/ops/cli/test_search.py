"""A search on the command line: what is shown, what is counted, what is refused."""

import json
import sqlite3
import subprocess
from collections.abc import Callable

import pytest

from tests.archive.store.samples import seen
from tests.ops.filled import Filled

Archive = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def store(filled: Filled) -> Filled:
    long = "，工业生产继续恢复" * 20
    batch = [
        seen(1, f"<p>开头{long}</p><p>央行５Ｇ手机{long}</p>", title="无关"),
        seen(2, "<p>\x1b[31m文\x1b</p>", title="央行[red]降准[/red]"),
        seen(3, "<p>15G</p>", published=None, outlet="鲁网", title="\u202e央行"),
    ]
    filled.store.write(batch, None)
    return filled


@pytest.mark.usefixtures("store")
def test_hits_are_shown_with_their_documents_and_marked(archive: Archive) -> None:
    done = archive("search", "央行")
    assert (done.returncode, done.stderr) == (0, "")
    second, first, third, last = done.stdout.split("\n\n")
    assert first.splitlines() == [
        "«央行»[red]降准[/red]",
        "  2024-05-01 09:32  finews:20240501000002  东方财富",
        "  \\x1b[31m文\\x1b",
    ]
    assert second.splitlines()[:2] == ["\\u202e«央行»", "  (no date)         finews:20240501000003  鲁网"]
    title, _, excerpt = third.splitlines()
    assert title == "无关"
    assert excerpt.startswith("  …")
    assert "恢复 «央行»５Ｇ手机，工业" in excerpt
    assert excerpt.endswith("…")
    assert last == "3 found\n"


@pytest.mark.usefixtures("store")
def test_a_page_is_a_part_of_all(archive: Archive) -> None:
    done = archive("search", "央行", "--limit", "1", "--offset", "1", "--sort", "newest")
    assert done.stdout.splitlines()[0] == "无关"
    assert done.stdout.splitlines()[-1] == "2 to 2 of 3 found; --offset 2 shows the next"
    done = archive("search", "央行", "--offset", "9")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "archive: 3 found, none of them behind the first 9\n"


@pytest.mark.usefixtures("store")
def test_as_json_places_are_numbers(archive: Archive) -> None:
    found = json.loads(archive("search", "5g", "--json").stdout)
    (hit,) = found.pop("hits")
    assert found == {"query": "5g", "total": 1, "offset": 0}
    ((start, end),) = hit["snippet_hits"]
    assert hit["snippet"][start:end] == "５Ｇ"
    assert (hit["source_id"], hit["title_hits"]) == ("20240501000001", [])
    assert json.loads(archive("search", "央行", "--json", "--count").stdout) == {"total": 3}


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (["央行", "--outlet", "鲁网"], 1),
        (["央行", "降准"], 1),
        (["央行 -降准"], 2),
        (["央行", "--from", "2024-05-01T09:32", "--until", "2024-05-01T09:33"], 1),
        (["央行", "--from", "2030-01-01"], 0),
    ],
    ids=["outlet", "words", "without", "times", "none"],
)
def test_only_what_is_asked_for_is_counted(archive: Archive, arguments: list[str], number: int) -> None:
    done = archive("search", *arguments, "--count")
    assert (done.returncode, done.stdout) == (0, f"{number}\n")
    assert done.stderr.startswith("archive: nothing was found for '央行'") == (not number)


@pytest.mark.usefixtures("store")
def test_a_query_may_begin_with_what_it_excludes(archive: Archive) -> None:
    assert archive("search", "--count", "--", "-降准 央行").stdout == "2\n"


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "query",
    ["", "，", "-央行", "央" * 1001, '央行 -"降准'],
    ids=["empty", "signs", "without", "long", "open"],
)
def test_a_query_for_nothing_is_refused_in_a_line(archive: Archive, query: str) -> None:
    done = archive("search", "--", query)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


@pytest.mark.usefixtures("store")
def test_hits_have_a_colour_on_a_terminal(on_terminal: Callable[..., str]) -> None:
    shown = on_terminal("search", "央行", "--limit", "1")
    assert "\x1b[1;31m央行\x1b[0m" in shown
    assert "«" not in shown
    assert "«央行»" in on_terminal("search", "央行", "--limit", "1", env={"NO_COLOR": "1"})


def test_an_index_that_was_lost_is_made_anew(archive: Archive, store: Filled) -> None:
    with sqlite3.connect(store.store.url_shown) as connection:
        connection.execute("DELETE FROM full_text_data")
    connection.close()
    done = archive("search", "央行")
    assert done.returncode == 7
    assert "archive db reindex" in done.stderr
    assert archive("db", "reindex").stdout == "indexed 3 contents\n"
    assert archive("search", "央行", "--count").stdout == "3\n"
