"""Markup read without a parser: each function takes time in proportion to its text, whatever the text is."""

import re
from html import unescape

_HREF = re.compile(r"""\shref\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')""")
_TAG = re.compile(r"<[^<>]*>")
_ENDLESS_NUMBER = re.compile(r"&#[0-9]{20,};?")


def unescaped(text: str) -> str:
    """The text with its entities decoded.

    A number too long for any character becomes U+FFFD here: `html.unescape` raises `ValueError` for it.
    """
    return unescape(_ENDLESS_NUMBER.sub("\ufffd", text))


def shown(markup: str) -> str:
    """What a reader sees of a heading or a link: no tags, entities decoded."""
    return unescaped(_TAG.sub("", markup))


def href_in(tag: str) -> str | None:
    """The ``href`` in a start tag, as written; None where it has none."""
    found = _HREF.search(tag)
    if found is None:
        return None
    return found["double"] if found["double"] is not None else found["single"]
