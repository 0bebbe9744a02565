"""Characters as a mirror has them: their bytes, how they are read, and how common they are.

A mirror annotates traditional characters alone, that is those which simplification changes; in the pages seen
there is no exception (see docs/decisions/0014-mirrored-text.md).
"""

import re
from functools import cache

from opencc import OpenCC
from xpinyin import Pinyin

_MARKS = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"
READING = f"[a-zü{_MARKS}]{{1,6}}+"
"""The expression for a syllable, with or without its tone; the longest, such as zhuāng, have six letters."""
UNASSIGNED = re.compile("[\ue000-\uf8ff]")
"""Pairs of bytes that stand for no character: GB 18030 puts them into Unicode's private area."""
_HAN = re.compile("[\u3400-\u9fff]")
_TONE = re.compile(f"[{_MARKS}]")
_LEADS = range(0x81, 0xFF)
_SYMBOL_ROWS = range(0xA1, 0xAA)
_PUNCTUATION = "，。、；：？！“”‘’（）《》【】—…·％　"
_LEVEL_1 = range(0xB0, 0xD8)


def has_tone(reading: str) -> bool:
    """Whether a tone is marked: hardly a word of another language looks like that."""
    return _TONE.search(reading) is not None


def pair_of(character: str) -> bytes:
    """The two bytes of a character of GBK; empty for any other."""
    data = character.encode("gb18030", "replace")
    return data if len(data) == 2 else b""


def character_of(lead: int, trail: int) -> str:
    """The character with these two bytes; empty where there is none."""
    if lead not in _LEADS or not 0x40 <= trail < 0xFF or trail == 0x7F:
        return ""
    return UNASSIGNED.sub("", bytes((lead, trail)).decode("gb18030"))


@cache
def readings_of(character: str) -> frozenset[str]:
    """Every reading of a Chinese character, tones marked; none for any other."""
    if not _HAN.fullmatch(character):
        return frozenset()
    return frozenset(_pinyin().get_pinyins(character, tone_marks="marks"))


def is_annotated(character: str, reading: str) -> bool:
    """Whether a mirror may have written this reading behind the character."""
    return character in _traditional() and reading in readings_of(character)


def trails(lead: int, reading: str) -> tuple[int, ...]:
    """The second bytes of the characters with this first one behind which a mirror may write `reading`."""
    return _trails().get((lead, reading), ())


def is_traditional(character: str) -> bool:
    """Whether simplification changes the character."""
    return character in _traditional()


@cache
def is_simplified(character: str) -> bool:
    """Whether it is a Chinese character that only simplified text has: GB 2312 knows it, Big5 does not."""
    return _HAN.fullmatch(character) is not None and _in(character, "gb2312") and not _in(character, "big5")


@cache
def rarity(character: str) -> int:
    """How seldom the character is met in a mirror's text: 0 for common ones, 3 for what is hardly there.

    Frequent characters are those whose simplified form is of level 1 of GB 2312, 3,755 in number.
    """
    pair = simplified(character).encode("gb2312", "ignore")
    if len(pair) != 2:
        return 2
    if pair[0] in _SYMBOL_ROWS:
        return 0 if character in _PUNCTUATION else 2
    return 3 if is_simplified(character) else int(pair[0] not in _LEVEL_1)


def simplified(text: str) -> str:
    """The text in simplified characters."""
    return str(_simplifier().convert(text))


def _in(character: str, charset: str) -> bool:
    return bool(character.encode(charset, "ignore"))


@cache
def _pinyin() -> Pinyin:
    return Pinyin()


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@cache
def _traditional() -> frozenset[str]:
    pairs = (character_of(lead, trail) for lead in _LEADS for trail in range(0x40, 0xFF))
    characters = [character for character in pairs if _HAN.fullmatch(character)]
    changed = simplified("\n".join(characters)).split("\n")
    return frozenset(old for old, new in zip(characters, changed, strict=True) if old != new)


@cache
def _trails() -> dict[tuple[int, str], tuple[int, ...]]:
    found: dict[tuple[int, str], tuple[int, ...]] = {}
    for character in sorted(_traditional()):
        lead, trail = pair_of(character)
        for reading in readings_of(character):
            found[lead, reading] = (*found.get((lead, reading), ()), trail)
    return found
