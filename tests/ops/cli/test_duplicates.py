"""`archive duplicates`: groups on a terminal, in a pipe and as JSON."""

import json
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from tests.archive.store.samples import seen
from tests.command import Archive
from tests.ops.duplicates.copied import article, copy, corpus
from tests.ops.filled import Filled


def test_groups_are_listed_with_their_documents(archive: Archive, filled: Filled) -> None:
    filled.store.write(corpus(), None)
    done = archive("duplicates", "--limit", "2")
    assert done.returncode == 0
    title, columns, first, second, third, empty, *rest = done.stdout.splitlines()
    assert title == "3 documents, 3 contents"
    assert columns.split() == ["similarity", "documents", "document", "outlet", "published", "title"]
    assert first.split() == [
        *("1.00", "1", "finews:20240501000001", "东方财富", "2024-05-01", "09:31", "上证指数第1报")
    ]
    assert second.split()[2] == "finews:20240501000002"
    assert third.split()[2] == "cinic:20240501000003"
    assert 0.6 <= float(third.split()[0]) < 1
    assert empty == ""
    assert rest[:1] == ["2 documents, 1 content"]
    assert rest[-1] == (
        "the 2 largest of 3 groups among 21 contents; 3 contents nearly the same as an earlier one"
    )
    assert "21 missing, 21 sketched, 21 contents, 32 searched, 4 compared" in done.stderr


def test_as_json_all_documents_are_told(archive: Archive, filled: Filled) -> None:
    filled.store.write(
        [*corpus(), *(seen(n, copy(1, "truncated"), title="同题") for n in range(40, 70))], None
    )
    groups = json.loads(archive("duplicates", "--json", "--source", "finews").stdout)
    assert [(one["documents"], one["contents"]) for one in groups] == [(32, 3), (2, 1), (2, 2)]
    first, _, third = groups[0]["members"]
    assert first["similarity"] == 1.0
    assert first["documents"] == [
        {
            "source": "finews",
            "source_id": "20240501000001",
            "outlet": "东方财富",
            "published": "2024-05-01T09:31:00+08:00",
            "address": "https://finews.example/1.html",
        }
    ]
    assert third["title"] == "同题"
    assert len(third["documents"]) == 30


def test_groups_that_are_not_in_the_json_are_told_of_beside_it(archive: Archive, filled: Filled) -> None:
    filled.store.write(corpus(), None)
    done = archive("duplicates", "--json", "--limit", "1")
    assert len(json.loads(done.stdout)) == 1
    assert done.stderr.splitlines()[-1] == "the 1 largest of 3; --limit 3 has all"
    assert "has all" not in archive("duplicates", "--json").stderr


def test_on_a_terminal_of_80_columns_ids_are_whole_and_titles_are_cut(
    on_terminal: Callable[..., str], filled: Filled
) -> None:
    long = {"title": "长" * 200, "outlet": "报" * 40}
    filled.store.write([seen(n, copy(1, "truncated"), **long) for n in (1, 2)], None)
    lines = on_terminal("duplicates", env={"COLUMNS": "80"}).replace("\r", "").splitlines()
    (row,) = (line for line in lines if line.endswith("finews:20240501000001"))
    assert row.split() == ["1.00", "2", "finews:20240501000001"]
    assert sum(line.count("长") for line in lines) == 23
    assert max(map(cell_len, lines[lines.index(row) :])) <= 80


def test_a_large_group_is_cut_and_says_so(archive: Archive, filled: Filled) -> None:
    filled.store.write([seen(n, f"{article(1)}<p>{n}</p>") for n in range(30)], None)
    lines = archive("duplicates").stdout.splitlines()
    assert lines[0] == "30 documents, 30 contents"
    assert len(lines) == 1 + 1 + 20 + 1 + 1 + 1
    assert lines[22].strip() == "and 10 more, see --json"


def test_without_duplicates_it_says_so(archive: Archive, filled: Filled) -> None:
    assert archive("duplicates").stdout == "no duplicates among 0 contents\n"
    filled.store.write([seen(1, article(1), title="\x1b[31m红")], None)
    assert archive("duplicates").stdout == "no duplicates among 1 content\n"
    assert json.loads(archive("duplicates", "--json").stdout) == []


@pytest.mark.parametrize("threshold", ["0.4", "1.1", "nan", "half"])
def test_a_threshold_that_is_none_is_refused(archive: Archive, threshold: str) -> None:
    done = archive("duplicates", "--threshold", threshold)
    assert done.returncode == 2
    assert "--threshold" in done.stderr
