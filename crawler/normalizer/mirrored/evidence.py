"""What shows that a text went through a mirror. The figures are in docs/decisions/0014-mirrored-text.md."""

import re
from collections import Counter

from crawler.normalizer.mirrored.readings import (
    READING,
    has_tone,
    is_annotated,
    is_simplified,
    is_traditional,
    readings_of,
)

_ANNOTATION = re.compile(rf"[㐀-鿿][(（]{READING}[)）]")
_ALONE = re.compile(rf"(?<![㐀-鿿)）])[㐀-鿿][(（]{READING}[)）](?![㐀-鿿])")
_MAX_SIGNS = 50_000
"""Signs of lost bytes in one text, each of which takes up to 40 microseconds: no article has a hundred."""
_MIN_READINGS = 6
_MIN_CHARACTERS = 4
_MIN_TRADITIONAL = 0.9
"""Readings of characters that simplification changes: all of a mirror's, two in five of a lesson's."""
_MIN_COMPLETE = 0.8
"""How many of the occurrences of a character with a reading have one: a gloss stands at the first alone."""
_DENSITY = (0.02, 0.6)
"""Readings for each Chinese character of the text: more are a list of words to learn."""
_MAX_ALONE = 0.5
"""Readings of characters that stand alone, between commas or blanks: such is a list of words as well."""
_MAX_SIMPLIFIED = 0.5
"""Simplified characters for each traditional one: a page about mirrors quotes them in a text of its own."""


def is_mirrored(text: str) -> bool:
    """Whether the readings in the text are so many, and stand where they do, as only a mirror puts them."""
    if text.count("?") + text.count("\ufffd") > _MAX_SIGNS:
        return False
    annotations = _annotations(text)
    annotated = Counter[str]()
    for (character, reading), times in annotations.items():
        if is_annotated(character, reading):
            annotated[character] += times
    if annotated.total() < _MIN_READINGS or len(annotated) < _MIN_CHARACTERS:
        return False
    return annotated.total() >= _MIN_TRADITIONAL * annotations.total() and _as_in_prose(annotated, text)


def _annotations(text: str) -> Counter[tuple[str, str]]:
    """How often each character stands before each of its readings with a tone."""
    counted = Counter(found[0] for found in _ANNOTATION.finditer(text))
    return Counter(
        {
            (written[0], written[2:-1]): times
            for written, times in counted.items()
            if has_tone(written[2:-1]) and written[2:-1] in readings_of(written[0])
        }
    )


def _as_in_prose(annotated: Counter[str], text: str) -> bool:
    occurrences = Counter(text)
    readings = annotated.total()
    chinese = {character: times for character, times in occurrences.items() if "㐀" <= character <= "鿿"}
    traditional = sum(times for character, times in chinese.items() if is_traditional(character))
    simplified = sum(times for character, times in chinese.items() if is_simplified(character))
    lowest, highest = (share * sum(chinese.values()) for share in _DENSITY)
    return (
        readings >= _MIN_COMPLETE * sum(occurrences[character] for character in annotated)
        and lowest <= readings <= highest
        and sum(1 for _ in _ALONE.finditer(text)) <= _MAX_ALONE * readings
        and simplified <= _MAX_SIMPLIFIED * traditional
    )
