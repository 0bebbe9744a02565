"""What a text is searched by."""

import re

import pytest

from archive.search import tokens
from archive.search.words import folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("央行", "央行 行"),
        ("央", "央"),
        ("央行，降准 后", "央行 行 降准 准后 后"),
        ("王　伟\n央 行", "王伟 伟 央行 行"),
        ("银\u200b行 财\ufeff政 高\u00ad质 葛\U000e0100城", "银行 行财 财政 政高 高质 质葛 葛城 城"),
        ("co\u00adop 5\u200bg", "coop 5 g"),
        ("İstanbul", "istanbul"),
        ("央行5G手机", "央行 行 5g 手机 机"),
        ("沪深300 指数", "沪深 深 300 指数 数"),
        ("转债A，股价3.5%", "转债 债 a · 股价 价 3 · 5 ·"),
        ("AT&T a_b", "at · t a · b"),
        ("５Ｇ Ⅳ ㍿", "5g iv 株式 式会 会社 社"),
        ("École Straße", "école strasse"),
        ("\U00020000\u9fff\U00031350", "\U00020000\u9fff \u9fff\U00031350 \U00031350"),
        ("ｶﾞソリン 한국", "ガソ ソリ リン ン한 한국 국"),
        ("涨📈了", "涨 了"),
        ("", ""),
        ("，。", ""),
    ],
    ids=ascii,
)
def test_a_text_becomes_pairs_words_and_breaks(text: str, expected: str) -> None:
    assert tokens(text).split() == expected.split()


EVERY_CHARACTER = [chr(code) for code in (*range(0xD800), *range(0xE000, 0x20400), *range(0xE0100, 0xE0102))]


def test_a_token_is_what_both_databases_take_as_one() -> None:
    """Next to a wide character, in a word, alone: nothing is left of any that ASCII would split at."""
    found = tokens("".join(f"央{one}a{one}{one} 行" for one in EVERY_CHARACTER))
    ascii_ = set(re.findall(r"[\x00-\x7f]", found))
    assert {one for one in ascii_ if not one.isspace()} == set("0123456789abcdefghijklmnopqrstuvwxyz")


def test_a_long_word_is_kept_by_its_digest() -> None:
    one, other = tokens("a" * 5000), tokens("a" * 5001)
    assert one != other
    assert max(len(one), len(other)) < 100
    assert tokens(f"央{'a' * 5000}行").split() == ["央", one.strip(), "行"]
    assert tokens("a" * 255).split() == ["a" * 255]


def test_folding_is_done_once_and_for_all() -> None:
    once = "\n".join(map(folded, EVERY_CHARACTER))
    assert folded(once) == once
    assert "_" not in once
