"""What is new in a log: each kind of error once, and none that the earlier log has."""

import json
from itertools import product
from typing import Any

import pytest

from ops.logs import news as log_news
from ops.logs.news import kind_json, kind_lines, kinds_in, new_kinds, signature_of

FAILED = {"level": "WARNING", "logger": "crawler.x", "message": "failed: http-503", "reason": "http-503"}


def line(message: str, **more: Any) -> str:
    return json.dumps({"time": "2022-01-22T15:20:32.123Z", **FAILED, "message": message} | more)


def is_one_kind(first: str, second: str) -> bool:
    one, two = (signature_of(json.loads(one), one) for one in (first, second))
    return one == two


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.test/a?b=1 failed", "http://y.test/c/d failed"),
        ("took 99999 ms", "took 100000 ms"),
        ("took 1.5 s at 15:20:32", "took 20 s at 00:00:00"),
        ("content 9ce2ea0a0398 differs", "content b3f52bfd8ea51a45 differs"),
        ("<Foo at 0x7f12ab34cd> is lost", "<Foo at 0x7fffffffff> is lost"),
        ("cannot read 'a b'", "cannot read 'c'"),
        ('cannot read "it\'s"', 'cannot read "x"'),
        ("`archive run 7` says", "`archive run 12 --json` says"),
        ("run NW202201222257607797 failed", "run NW202112302230836655 failed"),
    ],
)
def test_lines_that_differ_in_what_varies_are_of_one_kind(one: str, other: str) -> None:
    assert is_one_kind(line(one), line(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (line("the site's rules"), line("the host's rules")),
        (line("a"), line("b")),
        (line("a"), line("a", level="ERROR")),
        (line("a"), line("a", logger="crawler.y")),
        (line("a"), line("a", reason="http-500")),
        (line("a"), line("a", exc_info="Traceback\n  x\nKeyError: 'a'")),
        (line("a", exc_info="T\nKeyError: 'a'"), line("a", exc_info="T\nValueError: 'a'")),
        (line("decade facade"), line("facade decade")),
    ],
)
def test_lines_that_differ_otherwise_are_not(one: str, other: str) -> None:
    assert not is_one_kind(one, other)


def test_a_traceback_counts_by_what_was_raised() -> None:
    one = line("a", exc_info="Traceback\n  line 7\nKeyError: 'a'")
    assert is_one_kind(one, line("a", exc_info="Traceback\n  line 8\nKeyError: 'b'"))


def test_each_kind_is_told_once_with_its_count_its_first_time_and_an_address() -> None:
    log = [
        line("failed: http-503", time="T1"),
        line("failed: http-503", time="T2", url="https://x.test/2"),
        line("post: 标题", level="INFO", time="T3"),
        line("failed: http-503", time="T4", url="https://x.test/4"),
    ]
    (kind,) = new_kinds(log, [])
    told = kind_json(kind)
    assert (told["count"], told["first_at"], told["last_at"]) == (3, "T1", "T4")
    assert (told["address"], told["reason"]) == ("https://x.test/2", "http-503")
    assert kind_lines(kind) == [
        "T1  WARNING  crawler.x: failed: http-503",
        "    3 times, last T4",
        "    https://x.test/2",
    ]


def test_what_the_earlier_log_has_is_not_new() -> None:
    earlier = [line("took 5 s"), line("was heard", level="INFO")]
    found = new_kinds([line("took 7 s"), line("was heard"), line("new")], earlier)
    assert [kind.first["message"] for kind in found] == ["was heard", "new"]


def test_a_broken_line_is_a_kind_by_its_text() -> None:
    (kind,) = new_kinds(["Killed 7", "Killed 8", "Killed 9"], [])
    assert (kind.count, kind_lines(kind)[0].strip()) == (3, "Killed 7")
    assert new_kinds(["Killed 7"], ["Killed 8"]) == []


def test_however_many_kinds_there_are_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_news, "_MOST_KINDS", 5)
    words = ["".join(letters) for letters in product("ghijk", repeat=3)]
    kinds = kinds_in(line(word) for word in words)
    assert len(kinds) == 6
    assert sum(kind.count for kind in kinds.values()) == len(words)
    ((signature, rest),) = list(kinds.items())[5:]
    assert signature[2] == "more kinds of errors than are told from each other"
    assert rest.count == len(words) - 5


def test_a_message_of_any_length_has_a_short_signature() -> None:
    assert len(signature_of({}, "'" * 1_000_000)[2]) <= 500
    assert len(signature_of({}, "'a" * 500_000)[2]) <= 500
