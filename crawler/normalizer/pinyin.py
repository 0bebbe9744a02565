"""Slugs: an outlet's name in pinyin, as the corpus has them."""

from functools import cache

from xpinyin import Pinyin


def slug_for(outlet: str) -> str:
    """The name in pinyin without tones or hyphens; what is no Chinese character stays as it is."""
    return str(_pinyin().get_pinyin(outlet)).replace("-", "")


@cache
def _pinyin() -> Pinyin:
    return Pinyin()  # reads its table of 20,000 characters, so only where a slug is asked for
