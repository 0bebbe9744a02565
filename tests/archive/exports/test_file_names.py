import pytest

from archive.exports.file_names import folded, is_usable, number_of, numbered

HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "000_0123456789abcdef.txt"),
        (999, "999_0123456789abcdef.txt"),
        (1000, "1000_0123456789abcdef.txt"),
    ],
)
def test_a_seed_is_named_by_its_number_and_its_hash(number: int, name: str) -> None:
    assert numbered(number, HASH) == name
    assert number_of(name) == number


@pytest.mark.parametrize(
    "name",
    [
        "2022_report.txt",
        "00_0123456789abcdef.txt",
        "000_0123456789ABCDEF.txt",
        "000_0123456789abcdef.md",
        "٠٠٠_0123456789abcdef.txt",
        "9999999999_0123456789abcdef.txt",
        "000_0123456789abcdef.txt\n",
    ],
)
def test_other_names_have_no_running_number(name: str) -> None:
    assert number_of(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".hidden",
        ".archive-export",
        "../escape.txt",
        "/etc/passwd",
        "a/b.txt",
        "a\\b.txt",
        "a\0b.txt",
        "a\nb.txt",
        "a\x1b[2Jb.txt",
        "a\u2028b.txt",
        "a\udcffb.txt",
        "manifest.json",
        "Manifest.JSON",
        "x" * 252 + ".txt",
        "字" * 84 + ".txt",
    ],
)
def test_a_hostile_name_is_not_used(name: str) -> None:
    assert not is_usable(name)


@pytest.mark.parametrize(
    "name", ["004_b3f52bfd8ea51a45.txt", "新闻 一.md", "x" * 251 + ".txt", "字" * 83 + ".txt"]
)
def test_an_ordinary_name_is_used(name: str) -> None:
    assert is_usable(name)


@pytest.mark.parametrize(
    ("one", "other"), [("A.txt", "a.TXT"), ("é.txt", "e\u0301.txt"), ("ß.txt", "SS.txt")]
)
def test_names_that_a_file_system_may_take_for_one_are_folded_to_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)
