"""Restoring a text or a page that a mirror has changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.normalizer.mirrored.evidence import is_mirrored
from crawler.normalizer.mirrored.inversion import inverted
from crawler.normalizer.mirrored.readings import simplified

_PART = re.compile(
    r"<(script|style)\b(?:[^<]++|<(?!/\1\b))*+(?:</\1[^<>]*>?|\Z)"
    r"|<!--(?:[^-]++|-(?!->))*+(?:-->|\Z)"
    r"|(?P<tag></?[a-z][^<>]*+>)"
    r"|(?P<text>[^\x00-\x7f<>][^<>\x01]*+)",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"""\s(?:alt|title|content)\s*+=\s*+(?:"([^"\x01]*+)"|'([^'\x01]*+)')""", re.IGNORECASE)
_BROKEN = re.compile(
    r"\?(?=[/a-z])(?=(?P<tag>/[a-z][a-z0-9]{0,10}>|br ?/?>)"
    r"|(?:nbsp|amp|lt|gt|quot|[lr]dquo|hellip|mdash|middot);)"
    r"(?<=[^\x00-\x28\x2a-\x3e@-\x7f]\?)",
    re.IGNORECASE,
)
"""A tag or an entity whose first character the decoder took for a second byte, as in ``們?cè)?/p>``."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_BETWEEN = "\x01"
"""Stands between parts that are restored together; no part has it."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A text as it was before a mirror changed it.

    `lost` counts the characters that could not be restored; each stands in the text as one ``?``, and so does
    what the decoder has swallowed with it.
    """

    text: str
    lost: int


def restored(text: str) -> Restored | None:
    """The text as it was; None for one that no mirror has changed. Takes time in proportion to the text."""
    text = _SURROGATE.sub("\ufffd", text)
    if not is_mirrored(text):
        return None
    whole, lost = inverted(text)
    return Restored(simplified(whole), lost)


def restored_markup(html: str) -> Restored | None:
    """The same for a page: what it shows is restored, tags keep their names and addresses.

    Evidence is taken from its text and from the attributes ``alt``, ``title`` and ``content``. Scripts,
    styles and comments stay as they are. What was swallowed of a tag or an entity is put back.
    """
    html = _BROKEN.sub(lambda found: "\ufffd<" if found["tag"] else "\ufffd&", html)
    places = list(_places(html))
    shown = restored(_BETWEEN.join(html[start:end] for start, end in places))
    if shown is None:
        return None
    parts: list[str] = []
    position = 0
    for (start, end), part in zip(places, shown.text.split(_BETWEEN), strict=True):
        parts += (html[position:start], part)
        position = end
    return Restored("".join((*parts, html[position:])), shown.lost)


def _places(html: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each part of the page that is shown, from its first character beyond ASCII on."""
    for part in _PART.finditer(html):
        if part["text"]:
            yield part.span()
        elif part["tag"] and not part["tag"].isascii():
            for value in _SHOWN.finditer(part["tag"]):
                begin, end = value.span(value.lastindex or 0)
                yield part.start() + begin, part.start() + end
