"""Documents are shown whole, and nothing in them steers the terminal."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.store.samples import imported, seen
from tests.ops.filled import Filled

Archive = Callable[..., "subprocess.CompletedProcess[str]"]
Seed = Callable[..., Path]
ARCHIVE = Path(sys.executable).parent / "archive"
HOSTILE = r"\e]0;stolen\a\e[2J\u202E[red]x[/red] :smile:"


def test_a_document_is_shown_with_all_that_is_known_of_it(archive: Archive, seed: Seed) -> None:
    archive("import", seed("a.txt", "标题", "<p>一</p><p>二</p>"))
    shown = archive("show", "a.txt").stdout
    head, _, text = shown.partition("\n\n")
    fields = dict(line.split(maxsplit=1) for line in head.splitlines() if not line.startswith("first"))
    assert text == "一\n二\n"
    assert fields["title"] == "标题"
    assert fields["outlet"] == "鲁网"
    assert fields["published"] == "2022-01-22 15:20:32 +0800"
    assert fields["document"].startswith("import:")
    assert (fields["fidelity"], fields["revisions"]) == ("import", "1")
    assert len(fields["content"]) == 64


def test_a_document_is_found_by_each_of_its_names(archive: Archive, seed: Seed) -> None:
    archive("import", seed("a.txt"))
    found = json.loads(archive("show", "a.txt", "--json").stdout)
    assert found["imported_as"] == "a.txt"
    for name in (f"{found['source']}:{found['source_id']}", found["content_hash"][:8]):
        assert json.loads(archive("show", name, "--json").stdout) == found


def test_raw_are_the_bytes_of_the_file(archive: Archive, seed: Seed, environment: dict[str, str]) -> None:
    path = seed("a.txt")
    path.write_bytes(path.read_bytes() + b"\r\n\r\n")
    archive("import", path)
    done = subprocess.run(
        [ARCHIVE, "show", "a.txt", "--raw"], env=environment, capture_output=True, check=True
    )
    assert done.stdout == path.read_bytes()


def test_the_original_of_a_saved_page_is_the_page(
    archive: Archive, tmp_path: Path, environment: dict[str, str]
) -> None:
    page = tmp_path / "a.html"
    text = "".join(f"<p>第{number}段：今年的订单比去年同期多出不少，公司说。</p>" for number in range(9))
    page.write_bytes(f"<title>公司订单增加</title>\r\n<h1>公司订单增加</h1>{text}".encode("gb18030"))
    assert archive("import", page).returncode == 0
    show = [ARCHIVE, "show", "a.html"]
    done = subprocess.run([*show, "--original"], env=environment, capture_output=True, check=True)
    assert done.stdout == page.read_bytes()
    assert 'title: "公司订单增加"' in archive("show", "a.html", "--raw").stdout
    assert archive("show", "b.html", "--original").returncode == 2


def test_a_name_of_several_documents_asks_for_a_better_one(archive: Archive, seed: Seed) -> None:
    one = seed("a.txt")
    link = "\n\n<http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201222257607797>"
    home = "//finews.withounder.com/"
    back = f"\n\n[返回鲁网新闻]({home}category/luwang.html)｜[返回首页]({home})"
    two = seed("b.txt", body="<p>正文</p>" + link + back)
    archive("import", one, two)
    found = json.loads(archive("show", "NW202201222257607797", "--json").stdout)
    done = archive("show", found["content_hash"])
    assert done.returncode == 2
    assert "names several documents: finews:NW202201222257607797, import:" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["show", "a.txt"], ["show", "a.txt", "--json"]])
def test_a_hostile_title_steers_no_terminal(
    archive: Archive, seed: Seed, on_terminal: Callable[..., str], arguments: list[str]
) -> None:
    archive("import", seed("a.txt", HOSTILE, "<p>\x1b[31m\x9b5m正文\u202e</p>"))
    for shown in (archive(*arguments).stdout, on_terminal(*arguments)):
        assert "[red]x[/red] :smile:" in shown
        for forbidden in ("\x1b]0", "\x1b[2J", "\x1b[31m", "\x9b", "\u202e", "\a"):
            assert forbidden not in shown
        if "--json" in arguments:
            assert json.loads(shown)["title"].startswith("\x1b]0;stolen")


def test_a_terminal_without_chinese_shows_escapes(archive: Archive, seed: Seed) -> None:
    archive("import", seed("a.txt"))
    done = archive("show", "a.txt", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert "title        \\u6807\\u9898\n" in done.stdout


def test_an_earlier_revision_is_shown_with_its_title_and_text(archive: Archive, filled: Filled) -> None:
    filled.store.write([seen(1, "<p>一</p>", title="旧题")], None)
    filled.store.write([seen(1, "<p>二</p>", at=60, title="新题")], None)
    now, then = (archive("show", "20240501000001", *which).stdout for which in ([], ["--revision", "1"]))
    assert now.endswith("\n\n二\n")
    assert then.endswith("\n\n一\n")
    assert then.startswith(
        "revision    1 of 2: its title and text; all else is as of now\ntitle       旧题\n"
    )
    found = json.loads(archive("show", "20240501000001", "--revision", "1", "--json").stdout)
    assert (found["title"], found["body"], found["text"], found["revision"]) == ("旧题", "<p>一</p>", "一", 1)
    by_hash = archive("show", "20240501000001", "--revision", found["content_hash"][:8], "--raw").stdout
    assert 'title: "旧题"' in by_hash
    assert "<p>一</p>" in by_hash
    last = archive("show", "20240501000001", "--revision", "2").stdout
    assert last == f"revision    2 of 2\n{now}"


def test_the_file_of_an_earlier_revision_is_not_that_which_came_in_later(
    archive: Archive, filled: Filled
) -> None:
    filled.store.write([imported(1, "<p>一</p>", name="a.txt", data=b"first")], None)
    filled.store.write([imported(1, "<p>二</p>", name="b.txt", data=b"second", at=60)], None)
    assert archive("show", "b.txt", "--raw").stdout == "second"
    assert archive("show", "b.txt", "--raw", "--revision", "2").stdout == "second"
    assert "<p>一</p>" in archive("show", "b.txt", "--raw", "--revision", "1").stdout


def test_a_text_is_filled_to_the_terminal_and_not_in_a_pipe(
    archive: Archive, seed: Seed, on_terminal: Callable[..., str]
) -> None:
    sentence = "中国电信山东公司年度工作会在济南召开，会议总结了去年的成果。"
    archive("import", seed("a.txt", body=f"<h2>业绩</h2><p>{sentence}</p><ul><li>{sentence}</li></ul>"))
    assert archive("show", "a.txt").stdout.endswith(f"\n\n## 业绩\n{sentence}\n- {sentence}\n")
    shown = on_terminal("show", "a.txt", env={"COLUMNS": "40"})
    plain = re.sub("\x1b\\[[0-9;]*m", "", shown)
    assert plain.endswith(
        "\r\n\r\n## 业绩\r\n\r\n"
        "中国电信山东公司年度工作会在济南召开，会\r\n议总结了去年的成果。\r\n\r\n"
        "- 中国电信山东公司年度工作会在济南召开，\r\n  会议总结了去年的成果。\r\n"
    )
    assert "\x1b[1m标题\x1b[0m\r\n" in shown
    assert on_terminal("show", "a.txt", env={"COLUMNS": "40", "NO_COLOR": "1"}) == plain
