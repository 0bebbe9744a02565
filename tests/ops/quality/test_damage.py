"""Damaged text is found by the sign of its damage; good text has none, of whatever kind it is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.documents import Fidelity, canonical_text, parse
from archive.store.quality import Examined
from ops.quality.damage import DAMAGE, snippet
from tests.ops.quality.corpus import TEXT

ROOT = Path(__file__).parents[3]
AT = datetime(2026, 11, 25, tzinfo=UTC)
CHINESE = "中国人民银行开展逆回购操作，利率持平。“稳”字当头，市场流动性保持合理充裕。"


def examined(text: str, title: str = "标题") -> Examined:
    return Examined(
        1, "finews", "1", "", "", "s", "鲁网", "", AT, "0" * 64, Fidelity.PAGE, AT, None, 0, "", title, text
    )


def signs(text: str) -> set[str]:
    document = examined(text)
    return {rule.name for rule in DAMAGE if rule.test is not None and rule.test(document)}


DAMAGED = {
    "gbk as latin-1": (CHINESE.encode("gbk").decode("latin-1"), "gbk-as-latin-1"),
    "gbk as windows-1252": (CHINESE.encode("gbk").decode("cp1252", "replace"), "gbk-as-latin-1"),
    "utf-8 as latin-1": (CHINESE.encode().decode("latin-1"), "utf-8-as-latin-1"),
    "utf-8 as windows-1252": (CHINESE.encode().decode("cp1252", "replace"), "utf-8-as-latin-1"),
    "accents as latin-1": ("SÃ£o Paulo, MÃ¼Ã¶ller", "utf-8-as-latin-1"),
    "utf-8 as gbk": ((CHINESE * 2).encode().decode("gb18030", "replace"), "utf-8-as-gbk"),
    "gbk as utf-8": (CHINESE.encode("gbk").decode("utf-8", "replace"), "replacement-characters"),
    "replaced, then as gbk": ("\ufffd\ufffd".encode().decode("gbk"), "replaced-as-gbk"),
    "memory": ((b"\xcc" * 8).decode("gbk"), "uninitialised-memory"),
    "other memory": ((b"\xcd" * 6).decode("gbk"), "uninitialised-memory"),
    "entity": ("央行&nbsp;降准", "escaped-twice"),
    "number": ("央行&#8220;降准", "escaped-twice"),
    "tag": ('央行</p><p class="x">降准', "escaped-twice"),
    "control": ("央行\x07降准", "control-characters"),
    "direction": ("央行\u202e降准", "control-characters"),
    "private": ("央行\ue863降准", "private-use"),
    "plane 15": ("央行\U000f1234降准", "private-use"),
    "as ascii": (CHINESE.encode("ascii", "replace").decode(), "question-marks"),
    "words as ascii": ("Alice ?? said ??? to Bob ??.", "question-marks"),
    "readings": ("精準(zhǔn)扶貧彰顯央企擔(dān)當(dāng)", "readings-left"),
}


@pytest.mark.parametrize(("text", "sign"), DAMAGED.values(), ids=DAMAGED)
def test_damage_is_found_by_its_sign(text: str, sign: str) -> None:
    found = signs(f"前文{text}后文")
    assert sign in found
    assert not {"gbk-as-latin-1", "utf-8-as-latin-1"} <= found, "one damage, two names"


GOOD = {
    "mixed": TEXT,
    "french": "L’Œuvre « Âge tendre » naïveté, Élysée, Besançon, où ça été créé, ÎLE-DE-FRANCE",
    "german": "Größe: 5 µm, Straße, ÄÖÜ und äöüß; §§ 1–3, ½ ÷ ¾",
    "portuguese": "São Paulo, informação, ações à vista, você é",
    "symbols": "£5 €6 ¥7 ±3°C ²³¹ ©®™ § ¶ · × ÷ «»",
    "company": "AT&T、S&P 500、R&D；P&L; Q&A, 3<5>2, x<y, <15%，1 < p > 0.05，<<红楼梦>>、<中国证券报>",
    "asked": "为什么?因为……真的吗??是的?!什么？？？",
    "glosses": "亓(qí)先生与彧(yù)女士出席",
    "years": "（2021年）（a）(b) 甲(jia)乙(yi)丙(ding)",
    "rare characters": "锟钢、斤两、烫烫的、屯屯通、屯田、㐂𠮷 ｱｲｳ",
    "traditional": "證監會表示，將推動資本市場高質量發展",
    "emoji": "🎉👩‍👩‍👧 5️⃣ ①②㈱",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_good_text_has_no_sign_of_damage(text: str) -> None:
    assert signs(text) == set()


def test_no_recorded_article_has_a_sign_of_damage() -> None:
    articles = sorted((ROOT / "crawler/sources").rglob("*.md")) + sorted((ROOT / "fixtures").rglob("*.md"))
    texts = [canonical_text(parse(one.read_text(encoding="utf-8")).body) for one in articles]
    texts += [
        one.read_text(encoding="utf-8")
        for one in sorted((ROOT / "tests/crawler/normalizer/pages_of_many_makes").glob("*.txt"))
    ]
    assert len(texts) > 20
    assert [found for text in texts if (found := signs(text))] == []


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5, exclude_characters="锛銆鈥锟烫屯")))
def test_chinese_alone_is_never_taken_for_damage(text: str) -> None:
    assert signs(f"{text}，{text}。") == set()


def test_a_snippet_shows_the_place_on_one_line() -> None:
    text = f"{'前' * 40}\n\ufffd\n{'后' * 40}"
    begin = text.index("\ufffd")
    assert snippet(text, begin, begin + 1) == f"…{'前' * 15} \ufffd {'后' * 15}…"
