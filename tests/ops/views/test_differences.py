"""Files beside each other are told as `diff -u` tells them: a patch makes the one of the other."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.views.differences import raw_lines

TEXT = st.lists(st.sampled_from(["一", "二\r", "三", "", "-- 四", "\x0c五\u2028"]), max_size=12).flatmap(
    lambda lines: st.sampled_from(["\n".join(lines), "".join(f"{line}\n" for line in lines)])
)
HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def applied(old: str, patch: list[str]) -> str:
    """The text that a patch makes of another, by POSIX."""
    lines, made, done = re.findall(r"[^\n]*\n|[^\n]+", old), [], 0
    body = patch[2:]
    for place, line in enumerate(body):
        if head := HUNK.fullmatch(line):
            start = int(head[1]) - (head[2] != "0")
            made += lines[done:start]
            done = start
        elif not line.startswith("\\"):
            ends = body[place + 1 : place + 2] != ["\\ No newline at end of file"]
            text = line[1:] + "\n" * ends
            if line[0] in " -":
                assert lines[done] == text
                done += 1
            if line[0] in " +":
                made.append(text)
    return "".join((*made, *lines[done:]))


@given(TEXT, TEXT, st.integers(0, 4))
def test_the_patch_makes_the_new_file_of_the_old(old: str, new: str, context: int) -> None:
    patch = list(raw_lines(("a", old), ("b", new), context))
    assert (patch == []) == (old == new)
    assert applied(old, patch) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("一\n二\n三\n", "一\n三\n四"),
        ("一", "一\n"),
        ("", "一\n"),
        ("一\n二", "零\n一\n二"),
        ("甲\n" * 9, "甲\n" * 5),
    ],
    ids=["both", "newline", "empty", "first", "fewer"],
)
def test_it_is_what_diff_writes(tmp_path: Path, old: str, new: str) -> None:
    for name, text in (("old", old), ("new", new)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(["diff", "-u", "old", "new"], cwd=tmp_path, capture_output=True, check=False)
    theirs = done.stdout.decode().splitlines()
    assert list(raw_lines(("old", old), ("new", new), 3))[2:] == theirs[2:]


def test_a_name_cannot_end_its_line() -> None:
    assert next(raw_lines(("a\n+++ b", "一"), ("b", "二"), 3)) == "--- a\\n+++ b"
