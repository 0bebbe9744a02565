"""`archive history` and `archive diff`: what became of a document, in words and side by side."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ops.views.differences
import ops.views.texts  # noqa: F401 here, once, rather than in every child
from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.store.values import ImportedFile, Observation
from tests.command import ARCHIVE, Archive
from tests.ops.filled import Filled

AT = datetime(2022, 1, 22, 15, 20, 32, tzinfo=UTC)
CODE = "NW202201222257607797"
OLD = "<p>导语没有变。</p><h2>业绩</h2><p>公司去年收入3亿元。</p><p>尾</p>"
NEW = "<p>导语没有变。</p><h2>业绩</h2><p>公司去年收入5亿元。</p><p>记者从会上获悉。</p><p>尾</p>"
HOSTILE = "\x1b]0;stolen\a\x1b[2J\x9b5m\u202e[red]x[/red]"


def sight(hours: float, title: str, body: str, code: str = CODE, source: str = "finews") -> Observation:
    published = datetime(2022, 1, 22, 23, 5, tzinfo=SHANGHAI)
    document = Document(title, published, "luwang", "鲁网", ("鲁网新闻",), body, None, None)
    found = SourcedDocument(
        source, code, f"https://{source}.example/{code}.html", "", Fidelity.SOURCE, document
    )
    return Observation(AT + timedelta(hours=hours), found)


@pytest.fixture
def revised(filled: Filled) -> Filled:
    """A post that was edited, and edited back; another has the first content; and it is gone."""
    store = filled.store
    first = store.start_run("finews", "cli", AT, "host", 42)
    second = store.start_run("finews", "schedule", AT + timedelta(hours=2), "host", 43)
    store.write([sight(0, "旧题：增长", OLD)], first)
    store.write([sight(2, "新题：增长", NEW)], second)
    store.write([sight(3, "旧题：增长", OLD)], second)
    store.write(
        [sight(4, "旧题：增长", OLD, "1234", "cinic"), sight(4, HOSTILE, f"<p>{HOSTILE}</p>", "EVIL")], None
    )
    store.write([sight(5, "", f"<p>{HOSTILE}二</p>", "EVIL")], None)
    store.write([sight(4, "旧题：增长", OLD, "5678", "cinic"), sight(5, "别的", OLD, "5678", "cinic")], None)
    store.write([Observation(AT + timedelta(hours=73), gone=(("finews", CODE),))], second)
    return filled


def hashes(filled: Filled, code: str = CODE) -> list[str]:
    (stored,) = filled.store.find(code)
    return [one.content_hash for one in filled.store.history.revisions(stored.id)]


def test_a_history_tells_each_revision_and_what_it_changed(archive: Archive, revised: Filled) -> None:
    one, two, _ = (digest[:12] for digest in hashes(revised))
    assert archive("history", CODE).stdout == (
        f"document  finews:{CODE}\n"
        "title     旧题：增长\n"
        "\n"
        f"1  2022-01-22 15:20:32 UTC  run 1 (cli)       {one}\n"
        "   “旧题：增长”, 4 blocks, 19 characters\n"
        "   cinic:1234 has this content now\n"
        f"2  2022-01-22 17:20:32 UTC  run 2 (schedule)  {two}\n"
        "   title “旧题：增长” now “新题：增长”\n"
        "   text: 1 block rewritten, 1 added (+9 -1, 27 characters now)\n"
        f"3  2022-01-22 18:20:32 UTC  run 2 (schedule)  {one}\n"
        "   title “新题：增长” now “旧题：增长”\n"
        "   text: 1 block rewritten, 1 removed (+1 -9, 19 characters now)\n"
        "   the content of revision 1 again\n"
        "   cinic:1234 has this content now\n"
        "gone since 2022-01-25 16:20:32 UTC: its source has taken it away; it is kept\n"
    )


def test_a_history_as_json_has_what_changed_as_numbers(archive: Archive, revised: Filled) -> None:
    found = json.loads(archive("history", CODE, "--json").stdout)
    assert (found["document"], found["gone_since"]) == (f"finews:{CODE}", "2022-01-25T16:20:32.000Z")
    first, second, third = found["revisions"]
    assert [one["content_hash"] for one in (first, second, third)] == hashes(revised)
    assert (first["changed"], first["same_as"], first["duplicates"]) == (None, None, ["cinic:1234"])
    assert (second["seen_at"], second["run"], second["trigger"]) == (
        "2022-01-22T17:20:32.000Z",
        2,
        "schedule",
    )
    assert second["changed"] == {
        "title": True,
        "text": {
            "blocks_rewritten": 1,
            "blocks_added": 1,
            "blocks_removed": 0,
            "characters_added": 9,
            "characters_removed": 1,
            "characters": 27,
        },
    }
    assert (third["same_as"], third["is_current"], second["is_current"]) == (1, True, False)


def test_a_file_that_came_in_is_told_with_its_revision(archive: Archive, seed: Callable[..., Path]) -> None:
    archive("import", seed("a.txt"))
    archive("import", seed("b/a.txt", body="<p>正文，改过</p>"))
    shown = archive("history", "a.txt").stdout
    assert "run 1 (import)" in shown
    assert "   came in as the file a.txt\n" in shown


def test_the_last_two_revisions_are_compared_in_a_pipe_with_marks(archive: Archive, revised: Filled) -> None:
    one, two, _ = (digest[:12] for digest in hashes(revised))
    done = archive("diff", CODE, "1", "2", "-U", "1")
    assert done.stdout == (
        f"--- finews:{CODE} revision 1, 2022-01-22 15:20:32 UTC, content {one}\n"
        f"+++ finews:{CODE} revision 2, 2022-01-22 17:20:32 UTC, content {two}\n"
        "@@ title @@\n"
        "-[-旧-]题：增长\n"
        "+{+新+}题：增长\n"
        "@@ -2,3 +2,4 @@\n"
        " 业绩\n"
        "-公司去年收入[-3-]亿元。\n"
        "+公司去年收入{+5+}亿元。\n"
        "+记者从会上获悉。\n"
        " 尾\n"
    )
    last = archive("diff", CODE).stdout
    assert last.startswith(f"--- finews:{CODE} revision 2, ")
    assert f"\n+++ finews:{CODE} revision 3, " in last
    assert archive("diff", CODE, two).stdout == last
    assert archive("diff", CODE, "2", one).stdout == last


def test_how_much_changed_is_told_alone(archive: Archive, revised: Filled) -> None:
    assert archive("diff", CODE, "--stat").stdout.splitlines()[2:] == [
        "title  changed",
        "text   1 block rewritten, 1 removed (+1 -9, 19 characters now)",
    ]
    found = json.loads(archive("diff", CODE, "1", "--stat", "--json").stdout)
    assert (found["same"], found["old"]["revision"], found["new"]["revision"]) == (True, 1, 3)
    assert "hunks" not in found


def test_a_difference_as_json_has_its_hunks(archive: Archive, revised: Filled) -> None:
    found = json.loads(archive("diff", CODE, "1", "2", "--json", "--context", "0").stdout)
    assert [line["text"] for line in found["title"]] == ["旧题：增长", "新题：增长"]
    (hunk,) = found["hunks"]
    assert (hunk["old_start"], hunk["old_blocks"], hunk["new_start"], hunk["new_blocks"]) == (3, 1, 3, 2)
    removed, _, added = hunk["lines"]
    assert removed["parts"] == [
        {"change": "kept", "text": "公司去年收入"},
        {"change": "removed", "text": "3"},
        {"change": "kept", "text": "亿元。"},
    ]
    assert added == {"change": "added", "text": "记者从会上获悉。", "parts": []}


def test_the_files_are_compared_as_a_patch(archive: Archive, revised: Filled, tmp_path: Path) -> None:
    patch = archive("diff", CODE, "1", "2", "--raw").stdout
    for number in ("1", "2"):
        raw = archive("show", CODE, "--revision", number, "--raw").stdout
        tmp_path.joinpath(number).write_text(raw, encoding="utf-8")
    assert f"-{OLD}\n\\ No newline at end of file\n+{NEW}\n" in patch
    subprocess.run(["patch", "--silent", "1"], cwd=tmp_path, input=patch, text=True, check=True)
    assert tmp_path.joinpath("1").read_text() == tmp_path.joinpath("2").read_text()


def test_the_patch_leads_to_the_file_as_it_came_in(
    environment: dict[str, str], filled: Filled, tmp_path: Path
) -> None:
    bodies = (OLD, NEW)
    files = [
        ImportedFile(f"{number}.txt", f"原文{number}：{body}".encode("gb18030"))
        for number, body in enumerate(bodies)
    ]
    for number, (file, body) in enumerate(zip(files, bodies, strict=True)):
        found = replace(sight(0, "题", body).document, fidelity=Fidelity.IMPORT)
        filled.store.write([Observation(AT + timedelta(hours=number), found, file)], None)

    def told(*arguments: str) -> bytes:
        return subprocess.run([ARCHIVE, *arguments], env=environment, capture_output=True, check=True).stdout

    tmp_path.joinpath("old").write_bytes(told("show", CODE, "--revision", "1", "--raw"))
    subprocess.run(["patch", "--silent", "old"], cwd=tmp_path, input=told("diff", CODE, "--raw"), check=True)
    assert tmp_path.joinpath("old").read_bytes() == files[1].data


def test_two_documents_are_compared(archive: Archive, revised: Filled) -> None:
    done = archive("diff", CODE, "2", "--with", "1234")
    assert done.stdout.splitlines()[0].startswith(f"--- finews:{CODE} revision 2, ")
    assert done.stdout.splitlines()[1].startswith("+++ cinic:1234 revision 1, ")
    assert "-记者从会上获悉。\n" in done.stdout
    assert archive("diff", CODE, "--with", "1234").stdout.endswith("the contents are the same\n")


@pytest.mark.parametrize("arguments", [[], ["--stat"], ["--json"], ["--raw"]])
def test_where_there_is_one_revision_it_says_so(
    archive: Archive, revised: Filled, arguments: list[str]
) -> None:
    done = archive("diff", "cinic:1234", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    if arguments == ["--json"]:
        assert (json.loads(done.stdout)["old"], json.loads(done.stdout)["hunks"]) == (None, [])
    elif arguments != ["--raw"]:
        assert "cinic:1234 revision 1, " in done.stdout
        assert "the only one" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diff", "nothing"], "no document 'nothing'; give an id"),
        (["history", "nothing"], "no document 'nothing'; give an id"),
        (
            ["diff", CODE, "4"],
            f"no revision '4' of finews:{CODE}, which has 3; give a number or the beginning of a",
        ),
        (["diff", CODE, "0"], "no revision '0'"),
        (["diff", CODE, "9" * 5000], "no revision '999"),
        (["diff", CODE, "²"], "no revision '²'"),
        (["show", CODE, "--revision", "\x1b[2J"], "no revision '\\x1b[2J'"),
        (["diff", CODE, "--raw", "--json"], "--raw and --json cannot both be had"),
        (["show", CODE, "--original", "--revision", "1"], "--original and --revision cannot both be had"),
    ],
    ids=["document", "history", "number", "zero", "long", "superscript", "escape", "forms", "original"],
)
def test_what_is_not_there_is_told_in_a_line(
    archive: Archive, revised: Filled, arguments: list[str], said: str
) -> None:
    done = archive(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"archive: {said}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "command", ["diff EVIL", "diff EVIL --raw", "history EVIL", "show EVIL --revision 1"]
)
def test_what_a_page_says_of_itself_steers_no_terminal(
    on_terminal: Callable[..., str], revised: Filled, command: str
) -> None:
    shown = on_terminal(*command.split(), env={"PAGER": "cat"})
    assert "\\x1b]0;stolen" in shown
    assert "\x1b[" in shown  # our own colours
    for forbidden in ("\x1b]0", "\x1b[2J", "\x9b", "\u202e", "\a"):
        assert forbidden not in shown


def test_changed_characters_are_reversed_where_there_are_colours_and_marked_where_not(
    on_terminal: Callable[..., str], revised: Filled
) -> None:
    shown = on_terminal("diff", CODE, "1", "2")
    assert "\x1b[31m公司去年收入\x1b[0m\x1b[7;31m3\x1b[0m\x1b[31m亿元。\x1b[0m" in shown
    assert "\x1b[7;32m5\x1b[0m" in shown
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        shown = on_terminal("diff", CODE, "1", "2", env=plain)
        assert "\x1b" not in shown
        assert "-公司去年收入[-3-]亿元。\r\n+公司去年收入{+5+}亿元。\r\n" in shown


@pytest.mark.parametrize("command", [f"show {CODE}", f"history {CODE}", f"diff {CODE}", f"diff {CODE} --raw"])
def test_what_is_long_goes_through_the_pager_of_who_sits_at_a_terminal(
    on_terminal: Callable[..., str], revised: Filled, command: str
) -> None:
    env = {"PAGER": "sed s/^/paged:/", "NO_COLOR": "1"}
    plain = on_terminal(*command.split(), env=env)
    assert "paged:" not in plain
    assert on_terminal(*command.split(), "--no-pager", env=env, has_keyboard=True) == plain
    paged = on_terminal(*command.split(), env=env, has_keyboard=True)
    assert paged == "".join(f"paged:{line}" for line in plain.splitlines(keepends=True))
