"""Texts that a mirror has changed are restored, and all others left alone."""

import re
from time import perf_counter

import pytest
from xpinyin import Pinyin

from crawler.normalizer.mirrored import Restored, restored, restored_markup
from crawler.normalizer.mirrored.inversion import inverted
from crawler.normalizer.mirrored.readings import simplified
from fixtures.draws import Draws
from fixtures.mirror import all_readings, mirrored, traditional
from tests.crawler.conftest import SHARED

PAGES = SHARED / "pages" / "cinic"
RECORDED = pytest.mark.skipif(not PAGES.exists(), reason="the recorded pages are not here")
EVIDENCE = "國(guó)產(chǎn)業(yè)務(wù)經(jīng)濟(jì)的一個大人物在上海工作。"
PINYIN = Pinyin()
LEVEL_1 = [
    bytes((lead, trail)).decode("gbk", "ignore") for lead in range(0xB0, 0xD7) for trail in range(0xA1, 0xFF)
]
MISJUDGED = 5
"""Of 3,334 paragraphs torn by a table of 3,544 characters, where the bytes that are left fit two readings."""
COMMON = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"  # noqa: E501
LATIN = ["CEO", "5G", "ETF", "A股", "Apple", "GDP", "%", "(TMT)", "+", " ", ", ", "\n", "2021", "36"]


def paragraph(draws: Draws) -> str:
    parts = []
    for _ in range(draws.between(15, 60)):
        kind = draws.below(100)
        pool = (
            COMMON
            if kind < 80
            else LEVEL_1
            if kind < 88
            else "，。、；：“”！？《》（）"
            if kind < 95
            else LATIN
        )
        parts.append(draws.pick(pool))
    return "".join(parts)


def paragraphs(texts: str) -> list[str]:
    return [line.strip() for line in texts.splitlines() if line.strip()]


@RECORDED
def test_a_recorded_page_is_restored_character_for_character() -> None:
    page = (PAGES / "mirrored.html").read_text()
    assert restored_markup(page) == Restored((PAGES / "article.html").read_text(), 0)


@RECORDED
def test_the_recorded_plain_text_holds_the_article_character_for_character() -> None:
    (seed,) = (SHARED / "seeds").glob("004*.txt")
    shown = restored(seed.read_text())
    assert shown is not None
    assert shown.lost == 0
    assert set(paragraphs((PAGES / "article.txt").read_text())) <= set(paragraphs(shown.text))


@pytest.mark.parametrize(
    ("shown", "original", "lost"),
    [
        ("他們?cè)谶^(guò)去", "他們在過去", 0),
        ("他們?cè)?021年", "他們?021年", 1),
        ("他們�(cè)�2021年", "他們?2021年", 1),
        ("他們?(cè)谶^（guò）去", "他們在過去", 0),
        ("日?qǐng)?bào)》", "日報》", 0),  # readings behind bytes that overlap
        ("轉(zhuǎn)變?yōu)楫a(chǎn)品", "轉變爲產品".replace("爲", "為"), 0),
        ("他們?cè)", "他們?", 1),
        ("誰(shuí)?(笑)是(CEO)你?me)", "誰?(笑)是(CEO)你?me)", 0),
        ("尬(gà)", "尬(gà)", 0),
    ],
)
def test_bytes_are_put_together_again_and_what_is_lost_is_counted(
    shown: str, original: str, lost: int
) -> None:
    assert inverted(shown) == (original, lost)


def test_tags_keep_their_addresses_and_get_back_what_was_swallowed_of_them() -> None:
    page = (
        f"<title>{EVIDENCE}</title><p>他們?cè)?/p>"
        '<a href="/國(guó).html" title="國(guó)" alt=\'業(yè)\'>國(guó)</a>'
        "<script>國(guó)</script><!-- 國(guó) --><p>他們?cè)?nbsp;</p>"
    )
    shown = restored_markup(page)
    assert shown == Restored(
        '<title>国产业务经济的一个大人物在上海工作。</title><p>他们?</p><a href="/國(guó).html" title="国" '
        "alt='业'>国</a><script>國(guó)</script><!-- 國(guó) --><p>他们?&nbsp;</p>",
        2,
    )


@pytest.mark.parametrize("options", [{}, {"charset": "gb18030"}, {"swallowing": False, "sign": "�"}])
def test_what_a_mirror_does_to_any_paragraph_is_undone(options: dict[str, str | bool]) -> None:
    """Every character comes back, or a `?` stands for what is gone, and the text is in step behind it."""
    torn = kept = 0
    for number in range(3_334):
        original = paragraph(Draws("mirror", number, *map(str, options.values())))
        expected = simplified(traditional(original).encode("gbk", "replace").decode("gbk"))
        text, missing = inverted(mirrored(original, **options))  # type: ignore[arg-type]
        text = simplified(text)
        if text != expected:
            torn += 1
            assert 0 < missing <= text.count("?") - expected.count("?")
            pattern = "".join(
                "(?s:.){1,2}?" if character == "?" else re.escape(character) for character in text
            )
            kept += re.fullmatch(pattern, expected) is not None
    assert torn > 100
    assert torn - kept <= MISJUDGED


def test_short_pages_are_recognized_whatever_is_in_the_table() -> None:
    for number in range(300):
        draws = Draws("short", number)
        page = "\n".join(paragraph(draws) for _ in range(3))
        table = {key: reading for key, reading in all_readings().items() if draws.chance(60)}
        assert restored(mirrored(page, table)) is not None


def untouched(number: int) -> str:
    """A text that no mirror has changed, of one of six kinds."""
    draws = Draws("untouched", number)
    text = "".join(paragraph(draws) for _ in range(draws.between(1, 4)))
    kind = number % 6
    if kind in (1, 2):
        return lesson(traditional(text) if kind == 1 else text, draws.between(20, 100), draws)
    if kind == 3:
        return text + "他引用了「數(shù)據(jù)」「發(fā)展」兩個詞。"
    if kind == 4:
        return traditional(text).replace("，", "(guo)，").replace("。", "(CEO, é)。")
    return traditional(text) if kind == 5 else text


def lesson(text: str, percent: int, draws: Draws) -> str:
    return "".join(
        f"{character}({PINYIN.get_pinyin(character, tone_marks='marks')})"
        if "一" <= character <= "鿿" and draws.chance(percent)
        else character
        for character in text
    )


def test_a_list_of_words_to_learn_stays_as_it_is_though_the_page_is_traditional() -> None:
    words = "、".join(
        "國(guó) 學(xué) 說(shuō) 話(huà) 書(shū) 寫(xiě) 讀(dú) 聽(tīng) 買(mǎi) 賣(mài)".split()
    )
    assert restored(f"標題：{words}。每字抄十遍，明天上課默寫，讀熟課文第三段。") is None


def test_what_no_mirror_has_changed_stays_as_it_is() -> None:
    assert [number for number in range(2_000) if restored(untouched(number)) is not None] == []
    assert (
        restored_markup(
            "<p>漢(hàn)語(yǔ)拼(pīn)音(yīn)方(fāng)案(àn)，國(guó)家(jiā)標(biāo)準(zhǔn)，學(xué)習(xí)</p>"
        )
        is None
    )


@pytest.mark.parametrize(
    "unit",
    [
        "?",
        "(",
        "國(guó",
        "們?cè)",
        "們?cè)谶^(guò)",
        "晁?",
        "<",
        "<a>國",
        "<script>",
        "<!--",
        "a(b)",
        "?/p",
        "\ud800",
        "\x01國",
    ],
)
def test_time_is_in_proportion_to_the_text_whatever_it_is(unit: str) -> None:
    begun = perf_counter()
    for size in (40_000, 1_000_000):
        text = EVIDENCE * 40 + "們?cè)" + unit * (size // len(unit.encode("utf-8", "replace")))
        restored(text)
        restored_markup(text)
    assert perf_counter() - begun < 4
