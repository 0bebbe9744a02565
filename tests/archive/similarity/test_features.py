"""What of a text is compared, and how alike two texts are by it."""

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.similarity import THRESHOLD
from archive.similarity import features as module
from archive.similarity.features import SHORTEST, features, similarity
from fixtures.draws import Draws
from fixtures.lookalikes.wording import event, paragraphs, report

MARKET = (
    "截至收盘，沪指{}%，报{}点，深成指{}%，创业板指{}%，两市成交额约{}亿元。盘面上，半导体与光伏板块领涨，"
    "白酒与银行板块回调，个股普遍走强，市场情绪较前一日有所回暖，分析人士认为短期震荡格局未变。"
)


def article(number: int = 1, sentences: int = 12) -> str:
    draws = Draws("features", number)
    return paragraphs(draws, report(draws, event(draws), sentences))


def alike(one: str, other: str) -> float:
    return similarity(features(one), features(other))


@pytest.mark.parametrize(
    "otherwise",
    [
        pytest.param(lambda text: text.replace("\n", ""), id="paragraphs"),
        pytest.param(lambda text: text.replace("，", " , ").replace("。", "."), id="punctuation"),
        pytest.param(
            lambda text: text.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}), id="full width"
        ),
        pytest.param(lambda text: f"  {text}…！？\u3000", id="ends"),
    ],
)
def test_what_a_reader_would_not_call_another_wording_does_not_count(otherwise) -> None:
    text = article() + "\nAI Chips (EUV) at 5G"
    assert alike(text, otherwise(text)) == 1.0
    assert alike(text, otherwise(text.lower())) == 1.0


def test_copies_are_alike_and_other_articles_are_not() -> None:
    text = article()
    head, tail = "来源：海屿晚报　编辑：陆怀远\n", "\n（责任编辑：简仲文）"
    assert alike(text, f"{head}{text}{tail}") > 0.9
    assert alike(text, article(2)) < 0.3


def test_reports_of_one_make_are_told_apart_by_their_numbers() -> None:
    one = MARKET.format("涨0.5", "3251.07", "涨1.12", "涨0.87", "9120")
    other = MARKET.format("跌0.7", "3228.41", "跌0.93", "跌1.40", "8745")
    assert alike(one, one) == 1.0
    assert alike(one, other) < THRESHOLD / 2
    assert alike(one, MARKET.format("涨0.5", "3251.07", "涨1.12", "涨0.87", "8745")) > THRESHOLD


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [("1,200.50", "1200.5"), ("03", "3"), ("5.0", "5"), ("１２", "12"), ("1,234,567", "1234567")],
)
def test_a_number_is_what_it_means(written: str, otherwise: str) -> None:
    one, other = (features(f"公司营收{number}万元，") for number in (written, otherwise))
    assert one.numbers == other.numbers != features("公司营收99万元，").numbers


@pytest.mark.parametrize(
    ("rise", "fall"), [("涨0.5%", "跌0.5%"), ("增长5", "减少超5"), ("涨幅3%", "跌幅3%"), ("（2）", "（-2）")]
)
def test_a_rise_is_another_number_than_a_fall(rise: str, fall: str) -> None:
    assert features(rise).numbers != features(fall).numbers


@pytest.mark.parametrize("text", ["2022-03-01", "COVID-19", "600-700家"])
def test_a_hyphen_is_no_minus(text: str) -> None:
    assert features(text).numbers == features(text.replace("-", "、")).numbers


def test_numbers_that_one_text_alone_has_are_not_opposed() -> None:
    text = article()
    assert alike(text, f"2022年3月5日 10:15:33 第88期\n{text}") > 0.9


def test_the_only_number_of_an_article_may_be_updated_that_of_a_report_may_not() -> None:
    words = "".join(filter(lambda one: not one.isdigit(), article(3, 30)))
    assert alike(f"{words}共有37人。", f"{words}共有41人。") > THRESHOLD
    assert alike(f"{words[:150]}共有37人。", f"{words[:150]}共有41人。") < THRESHOLD


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(
            "海澜股份在互动平台表示，目前公司生产经营一切正常，在手订单充足，敬请投资者注意投资风险。",
            id="flash",
        ),
        pytest.param("沪指涨0.5%。" * 100, id="repeated"),
        pytest.param(article()[: SHORTEST - 1], id="almost"),
        pytest.param("\ufffd\u200b" * 500, id="no letters"),
    ],
)
def test_short_texts_are_like_none(text: str) -> None:
    assert features(text).is_short
    assert alike(text, text) == 0.0


def test_of_a_long_text_a_part_is_kept_that_says_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "".join(article(number, 60) for number in range(10))
    edited = long[:15_000] + "".join(article(number, 60) for number in range(50, 53))
    whole, edited_whole = features(long), features(edited)
    exactly = similarity(whole, edited_whole)
    monkeypatch.setattr(module, "_MOST", 1024)
    part = features(long)
    assert part.sampled > 1
    assert part.shingles < whole.shingles
    assert 512 < len(part.shingles) <= 1024
    assert len(part.shingles) * part.sampled == pytest.approx(len(whole.shingles), rel=0.15)
    assert similarity(part, features(edited)) == pytest.approx(exactly, abs=0.05)
    assert similarity(part, edited_whole) == similarity(edited_whole, part)
    assert similarity(part, edited_whole) == pytest.approx(exactly, abs=0.05)


def test_memory_is_bounded_however_long_a_text_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST", 100_000)
    monkeypatch.setattr(module, "_MOST", 1024)
    draws = random.Random(1)
    long = "".join(chr(draws.randrange(0x4E00, 0x9000)) for _ in range(90_000)) + "1 2 3 " * 100_000
    expanding = "\ufdfa" * 100_000  # each has 18 letters
    tracemalloc.start()
    try:
        found = [features(long), features(expanding)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 512 < len(found[0].shingles) <= 1024
    assert len(found[1].shingles) < SHORTEST
    assert peak < 14_000_000


@given(st.text(), st.text())
def test_any_texts_can_be_compared(one: str, other: str) -> None:
    assert 0.0 <= alike(one, other) <= 1.0
    assert alike(one, other) == alike(other, one)
    assert alike(one, one) in {0.0, 1.0}
