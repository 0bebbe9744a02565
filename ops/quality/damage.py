"""Text whose encoding was damaged on its way, each kind of damage by a sign of its own.

The signs are such that Chinese text with English names has none of them; how often they are wrong is
measured in `tests/ops/quality/test_damage.py`.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice

from archive.store.quality import Examined
from crawler.normalizer.mirrored.readings import READING, has_tone, readings_of
from ops.quality.rule import Rule, Test, Weight

_AROUND = 16
"""Characters of the snippet on each side of the sign."""
_CONTINUED = (
    "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a"
)
_CONTINUED += "\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122"
"""The second and later bytes of UTF-8 (80 to BF), as ISO 8859-1 or Windows-1252 reads them."""
_FEW_READINGS = 3
"""Different characters with a reading, from which on it is no gloss of a rare name: names have three at most
(crawler/normalizer/mirrored/evidence.py asks for more, since it changes what it finds)."""
_READING = re.compile(rf"([㐀-鿿])[(（]({READING})[)）]")
_RARE = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00c2-\u00ef\u202a-\u202e\u2066-\u2069\ue000-\uf8ff"
    "\ufdd0-\ufdef\ufff0-\uffff\U000f0000-\U0010ffff]"
)


@lru_cache(maxsize=2)
def _has_rare(text: str) -> bool:
    """Whether any character is there that several signs need; looked for once in a title and in a text."""
    return _RARE.search(text) is not None


def _has(*parts: str) -> Callable[[str], bool]:
    """Whether any of the parts is there, which is a hundred times as fast as an expression."""
    return lambda text: any(part in text for part in parts)


def _sign(expression: str, times: int = 1, *, if_: Callable[[str], bool] = _has_rare) -> Test:
    """A test for at least so many places that the expression matches, in a text that it may match at all."""
    pattern = re.compile(expression)

    def test(document: Examined) -> str:
        for text in (document.title, document.text):
            if not if_(text):
                continue
            found = list(islice(pattern.finditer(text), times))
            if len(found) == times:
                return snippet(text, *found[0].span())
        return ""

    return test


def snippet(text: str, begin: int, end: int) -> str:
    """The place in the text with a little of what stands around it, on one line."""
    start, stop = max(0, begin - _AROUND), min(len(text), max(end, begin + 1), begin + 3 * _AROUND) + _AROUND
    shown = " ".join(text[start:stop].split())
    return f"{'…' * (start > 0)}{shown}{'…' * (stop < len(text))}"


def _lost(document: Examined) -> str:
    return f"{document.lost} lost, each a question mark" if document.lost else ""


def _readings(document: Examined) -> str:
    text = f"{document.title}\n{document.text}"
    found: dict[str, re.Match[str]] = {}
    for one in _READING.finditer(text) if "(" in text or "（" in text else ():
        if one[1] not in found and has_tone(one[2]) and one[2] in readings_of(one[1]):
            found[one[1]] = one
    if len(found) < _FEW_READINGS:
        return ""
    return snippet(text, *next(iter(found.values())).span())


_UTF_8 = _sign(f"(?:(?:[\u00e0-\u00ef][{_CONTINUED}]{{2}})|(?:[\u00c2-\u00df][{_CONTINUED}])){{2}}")
_HIGH = _sign("[\u00a1-\u00ff]{6,}")


def _gbk(document: Examined) -> str:
    return "" if _UTF_8(document) else _HIGH(document)


DAMAGE = (
    Rule(
        "replacement-characters",
        Weight.FAULT,
        "U+FFFD for lost characters",
        "U+FFFD in the title or text: whoever decoded the page met bytes that are none of its encoding.",
        _sign("\ufffd"),
    ),
    Rule(
        "gbk-as-latin-1",
        Weight.FAULT,
        "GBK read as Latin-1 (ÖÐ¹ú)",
        "Six or more characters from U+00A1 to U+00FF in a row: as pairs the bytes of Chinese; no language "
        "that is written with Latin letters has as many without a plain one between. Not where it is UTF-8.",
        _gbk,
    ),
    Rule(
        "utf-8-as-latin-1",
        Weight.FAULT,
        "UTF-8 read as Latin-1 (ï¼Œ)",
        "Two characters in a row, each of two or three that are its UTF-8 once turned back into bytes.",
        _UTF_8,
    ),
    Rule(
        "utf-8-as-gbk",
        Weight.FAULT,
        "UTF-8 read as GBK (锛, 銆)",
        "Three or more of 锛, 銆 and 鈥, which stand where Chinese punctuation was, and are rare else.",
        _sign("[锛銆鈥]", 3, if_=_has("锛", "銆", "鈥")),
    ),
    Rule(
        "replaced-as-gbk",
        Weight.FAULT,
        "锟斤拷",
        "锟斤拷 in the title or text: U+FFFD twice, in UTF-8, read as GBK.",
        _sign("锟斤拷", if_=_has("锟斤拷")),
    ),
    Rule(
        "uninitialised-memory",
        Weight.FAULT,
        "烫烫烫烫 or 屯屯屯",
        "烫 four times or 屯 three times in a row: bytes CC and CD, with which debuggers fill memory that "
        "nothing was written to, read as GBK.",
        _sign("烫{4}|屯{3}", if_=_has("烫烫烫烫", "屯屯屯")),
    ),
    Rule(
        "escaped-twice",
        Weight.FAULT,
        "markup to be read (&nbsp;, <p>)",
        "An HTML entity with its semicolon, or a tag of a name that articles use, in what a reader sees.",
        _sign(
            r"&(?:amp|nbsp|lt|gt|quot|apos|[lr][ds]quo|hellip|[mn]dash|middot|e[mn]sp|#\d{2,6}|#x[0-9a-fA-F]{2,6});"
            r"|</?(?:p|div|span|br|strong|b|em|a|img|table|t[rdh]|font|section|h[1-6])(?:\s[^<>\n]{0,300})?/?>",
            if_=_has("&", "<"),
        ),
    ),
    Rule(
        "control-characters",
        Weight.DOUBT,
        "stray control characters",
        "U+0001 to U+001F (white space aside), U+007F to U+009F, marks that turn the direction of writing, "
        "and what Unicode says is no character.",
        _sign(
            "[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufff0-\ufff8\ufffe\uffff]"
        ),
    ),
    Rule(
        "private-use",
        Weight.DOUBT,
        "characters of private use",
        "A character of Unicode's private use areas: it means something in one font alone.",
        _sign("[\ue000-\uf8ff\U000f0000-\U0010ffff]"),
    ),
    Rule(
        "question-marks",
        Weight.DOUBT,
        "rows of question marks",
        "A row of five or more plain question marks, or three rows of two or more. Those that are asked in "
        "Chinese (？) do not count.",
        _sign(r"\?{5,}|\?{2,}(?:[^?]*[^?]\?{2,}){2}", if_=_has("??")),
    ),
    Rule(
        "characters-lost",
        Weight.DOUBT,
        "characters lost to a mirror",
        "The normalizer counted them when it undid what a mirror had done (`lost` in the front matter).",
        _lost,
        reads_text=False,
    ),
    Rule(
        "readings-left",
        Weight.FAULT,
        "readings behind characters",
        "Three or more different characters with a reading of theirs, tone and all, in brackets behind them.",
        _readings,
    ),
)
