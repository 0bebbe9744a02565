"""An excerpt shows the best place of a text, and where in it the hits are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search import Query, excerpts
from archive.search.excerpts import excerpt, spans
from archive.search.words import folded


def _shown(query: str, whole: str, length: int = 40) -> tuple[str, list[str]]:
    found = excerpt(Query.parse(query), whole, length)
    assert whole[found.start : found.start + len(found.text)] == found.text
    assert found.is_cut == (found.start + len(found.text) < len(whole))
    return found.text, [found.text[start:end] for start, end in found.hits]


def test_the_place_with_most_of_the_words_is_shown() -> None:
    filling = "工业生产继续恢复。" * 20
    whole = f"央行，央行，央行。{filling}今天央行宣布降准。{filling}降准"
    text, hits = _shown("央行 降准", whole)
    assert "今天央行宣布降准。" in text
    assert hits == ["央行", "降准"]
    assert _shown("央行", whole)[1] == ["央行"] * 3
    assert _shown("加息", whole) == (whole[:40], [])
    assert _shown("央行 降准", whole[-30:])[1] == ["降准"]


def test_hits_are_told_in_the_characters_of_the_text() -> None:
    assert _shown("5g手机 gdp", "全国ＧＤＰ㈱５Ｇ手机")[1] == ["ＧＤＰ", "５Ｇ手机"]
    assert _shown("ガソ 株", "ｶﾞソリン\n㈱")[1] == ["ｶﾞソ", "㈱"]
    assert _shown("央行 行降", "央行降准")[1] == ["央行降"]
    assert _shown('"降准，加息"', "降准。\n加息")[1] == ["降准。\n加息"]
    assert _shown("央行 葛城", "央 行，葛\U000e0100城")[1] == ["央 行", "葛\U000e0100城"]
    title = "５Ｇ：15G，５Ｇ手机"
    assert [title[start:end] for start, end in spans(Query.parse("5G"), title)] == ["５Ｇ", "５Ｇ"]


def test_every_hit_in_what_is_shown_is_marked() -> None:
    whole = f"央行降准{'甲' * 70}央行，{'乙' * 40}降准{'丙' * 200}"
    assert _shown("央行 降准", whole, 80)[1] == ["央行降准", "央行"]
    often = f"{'的，' * 5000}甲丙，丁{'，的' * 30}"
    assert _shown("甲丙 丁 的", often)[1] == [*"的" * 8, "甲丙", "丁", *"的" * 10]
    assert _shown("乙央 乙", f"甲乙{'乙' * 60}央行", 20)[1] == ["乙" * 19 + "央"]


def test_a_long_paragraph_is_folded_hardly_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    done = 0

    def counted(text: str) -> str:
        nonlocal done
        done += len(text)
        return folded(text)

    monkeypatch.setattr(excerpts, "folded", counted)
    whole = "央行，降准" * 20_000
    assert len(_shown("央行 降准", whole, 80)[1]) == 17
    assert done < 2 * len(whole)


@given(
    st.text("央行5Gaé ，\u0301ｶﾞ㍿ﬁ\n가\u1100\u1161ß\u00ad\u200bİ", max_size=30),
    st.text("央行5ga", min_size=1, max_size=2),
    st.integers(1, 30),
)
def test_every_hit_folds_to_what_was_looked_for(whole: str, word: str, length: int) -> None:
    query = Query.parse(word)
    found = excerpt(query, whole, length)
    assert found.text == whole[found.start : found.start + length]
    last = 0
    for start, end in found.hits:
        assert last <= start < end <= len(found.text)
        last = end
    places = spans(query, whole)
    assert bool(places) == query.has_all(whole)
    assert all(folded(word[0]) in folded(whole[start:end]) for start, end in places)


def test_a_text_of_megabytes_is_gone_through_at_once() -> None:
    whole = "央" * 100_000 + "行" + "涨" * 100_000
    text, hits = _shown("央行", whole)
    assert hits == ["央行"]
    assert text.count("涨") > 10
