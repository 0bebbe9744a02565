"""What a query finds, told by looking at one character after the other."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

Unit = tuple[str, str]
"""What it is (`wide`, `word`, `gap`, `space`, `end`), and its text."""


def is_found(query: str, texts: Sequence[str]) -> bool:
    """Whether a document of these texts is found by a query of words, phrases, -exclusions and OR.

    Nothing is by one whose OR is not between two words.
    """
    documents = [_units(text) for text in texts]
    items = re.findall(r'(?:(?<=\s)|^)(-?)(?:"([^"]*)"|([^\s"]+))', query)
    asked = [(minus, plain, _trimmed(_units(quoted or plain))) for minus, quoted, plain in items]
    asked = [one for one in asked if one[2]]
    needed: list[list[list[Unit]]] = []
    refused: list[list[Unit]] = []
    joins = False
    for place, (minus, plain, units) in enumerate(asked):
        if plain == "OR" and not minus:
            sides = asked[place - 1 : place + 2 : 2] if place else []
            if len(sides) < 2 or any(one[0] or one[1] == "OR" for one in sides):
                return False
            joins = True
            continue
        if minus:
            refused.append(units)
        elif joins:
            needed[-1].append(units)
        else:
            needed.append([units])
        joins = False

    def has(units: list[Unit]) -> bool:
        return any(_stands(units, document) for document in documents)

    return bool(needed) and all(any(map(has, one)) for one in needed) and not any(map(has, refused))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.replace("\u00ad", "").replace("\u200b", " "))
    return unicodedata.normalize("NFKC", text.casefold())


@cache
def _units(text: str) -> list[Unit]:
    units: list[Unit] = []
    for character in _plain(text):
        kind = _kind(character)
        if units and kind != "wide" and _is_one(units[-1][0], kind):
            more = max(units[-1][0], kind, key=_BETWEEN.index) if kind in _BETWEEN else kind
            units[-1] = (more, units[-1][1] + character)
        else:
            units.append((kind, character))
    return units


_BETWEEN = ("space", "end", "gap")
"""The less of them before the more."""


def _is_one(before: str, kind: str) -> bool:
    return before == kind or {before, kind} <= set(_BETWEEN)


def _kind(character: str) -> str:
    if character.isspace():
        return "end" if character == "\n" else "space"
    if "一" <= character <= "鿿" or character >= "\U00020000":
        return "wide"
    return "word" if character.isalnum() else "gap"


def _trimmed(units: list[Unit]) -> list[Unit]:
    while units and units[0][0] in _BETWEEN:
        units = units[1:]
    while units and units[-1][0] in _BETWEEN:
        units = units[:-1]
    return units


def _stands(wanted: list[Unit], document: list[Unit]) -> bool:
    wanted, document = _told_apart(wanted), _told_apart(document)
    return any(document[start : start + len(wanted)] == wanted for start in range(len(document)))


def _told_apart(units: list[Unit]) -> list[str]:
    """What has to be equal: between two wide characters that there is a gap or an end, elsewhere a gap."""
    apart: list[str] = []
    for place, (kind, text) in enumerate(units):
        if kind in ("wide", "word"):
            apart.append(text)
            continue
        around = [one[0] for one in (*units[max(0, place - 1) : place], *units[place + 1 : place + 2])]
        if kind == "gap" or (kind == "end" and around == ["wide", "wide"]):
            apart.append("|")
    return apart
