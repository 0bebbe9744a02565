"""The inverse of a mirror: its readings removed, and characters whose bytes it tore apart put together again.

Where the bytes before an insertion are the second half of one character and the first half of the next, the
decoder takes the ``(`` for a second byte and shows both as ``?``. The text then is out of step: each
character shown is the second half of one character and the first half of the next, up to the first second
byte that is a letter by itself (``^`` in ``谶^``), or that is lost as well.
"""

import re
from collections.abc import Iterable

from crawler.normalizer.mirrored.readings import (
    READING,
    UNASSIGNED,
    character_of,
    has_tone,
    is_annotated,
    pair_of,
    rarity,
    simplified,
    trails,
)

LOST = "?"
_ANNOTATION = re.compile(rf"([^\x00-\x7f])[(（]({READING})[)）]")
_ON_A_LETTER = re.compile(rf"([^\x00-\x7f])([@-~])[(（]({READING})[)）]")
_SWALLOWED = re.compile(rf"[?\ufffd][(（]?({READING})[)）]")
"""What is left of an insertion between two halves. Some decoders leave the bracket."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f€\ufffd]++")
_LETTER = re.compile(rf"([@-~€])(?:[(（]({READING})[)）])?")
_ENDS_A_RUN = re.compile(rb"[\x00-\x80]")
_LATIN = re.compile("[A-Za-z]")
_MANY_SIGNS = re.compile(r"[?\ufffd]{5}")
_LOOK_AHEAD = 12
"""Characters by which it is decided whether a text is in step."""
_ANY_LEAD = range(0x81, 0xFF)


def inverted(text: str) -> tuple[str, int]:
    """The traditional text from which a mirror has made this one, and how many of its characters are lost."""
    text = _ANNOTATION.sub(_character_alone, text)
    done: list[str] = []
    position = lost = 0
    while found := _SWALLOWED.search(text, position):
        done.append(_ON_A_LETTER.sub(_letter_alone, text[position : found.start()]))
        before = next((part[-1] for part in reversed(done[-2:]) if part), "")
        leads = _swallowed_bytes(before, found[1])
        if leads or has_tone(found[1]):
            part = _Part(text, found.end())
            part.read(leads if pair_of(before) or _is_out_of_step(text, part.position) else None)
            done.append(part.characters())
            position, lost = part.position, lost + part.lost
        else:
            done.append(found[0])
            position = found.end()
    whole = "".join((*done, _ON_A_LETTER.sub(_letter_alone, text[position:])))
    return whole.replace("\ufffd", LOST), lost + whole.count("\ufffd")


def _character_alone(found: re.Match[str]) -> str:
    return found[1] if is_annotated(found[1], found[2]) else found[0]


def _letter_alone(found: re.Match[str]) -> str:
    """A letter may be the second byte of an annotated character: ``們A(r)`` where 83 41 is read so."""
    return found[1] + found[2] if _is_torn(found[1], found[2], found[3]) else found[0]


def _is_torn(before: str, letter: str, reading: str) -> bool:
    trail = pair_of(before)[1:]
    return bool(trail) and is_annotated(character_of(trail[0], ord(letter)), reading)


def _swallowed_bytes(before: str, reading: str) -> list[int]:
    """What the swallowed byte may be: with the last byte before, it is a character that is read so."""
    lead = pair_of(before)[1:]
    return [trail for trail in trails(lead[0], reading) if trail > 0x80] if lead else []


class _Part:
    """What is out of step from `position` of the text on; reading it moves `position` to where it is in step.

    `leads` are the first bytes that the next character may have; there are none where nothing is known of it.
    """

    def __init__(self, text: str, position: int) -> None:
        self.position = position
        self.lost = 0
        self._text = text
        self._done: list[str] = []

    def characters(self) -> str:
        """What has been read, each character that cannot be restored as `LOST`."""
        return "".join(self._done)

    def read(self, leads: list[int] | None) -> None:
        """Read on from behind an insertion that swallowed this; None for the second half of a character."""
        if leads is None:
            self._add(())
        while leads is not None:
            leads = self._run(leads)
            if leads is not None:
                leads = self._second_half(leads)

    def _run(self, leads: list[int]) -> list[int] | None:
        """Read characters of two bytes; None where one ends in step, else the half that is left over."""
        data = _pairs(_BEYOND_ASCII.match(self._text, self.position))
        if not data:
            return leads
        self._add(character_of(lead, data[0]) for lead in leads)
        shifted, count = _shifted(data)
        self.position += count
        shifted, lost = UNASSIGNED.subn(LOST, shifted)
        self.lost += lost
        self._done.append(shifted)
        last = data[2 * count - 1]
        if last > 0x80:
            return [last]
        self._done.append(_letter(last))
        return None

    def _second_half(self, leads: list[int]) -> list[int] | None:
        """Complete the character by something else than a character of two bytes; None: in step again."""
        if found := _SWALLOWED.match(self._text, self.position):
            self.position = found.end()
            self._add(character_of(lead, trail) for lead in leads for trail in trails(lead, found[1]))
            self._skip_reading_of_letter()
        elif found := _LETTER.match(self._text, self.position):
            self._end_in(found, leads)
        else:
            self._add(())
            if self._text[self.position : self.position + 1] in ("?", "\ufffd"):
                self.position += 1
                return [] if _is_out_of_step(self._text, self.position) else None
        return None

    def _end_in(self, found: re.Match[str], leads: list[int]) -> None:
        """Complete the character by a letter; a reading behind it decides between several."""
        byte = 0x80 if found[1] == "€" else ord(found[1])
        read = [
            character
            for lead in leads or _ANY_LEAD
            if found[2] and is_annotated(character := character_of(lead, byte), found[2])
        ]
        self.position = found.end() if read else found.end(1)
        self._add(read or (character_of(lead, byte) for lead in leads))

    def _skip_reading_of_letter(self) -> None:
        found = _LETTER.match(self._text, self.position)
        if found and found[1] != "€" and found[2] and _is_torn(self._done[-1], found[1], found[2]):
            self._done.append(found[1])
            self.position = found.end()

    def _add(self, choices: Iterable[str]) -> None:
        """Add the most common character of these; none where two are as common."""
        ranked = sorted((rarity(character), character) for character in choices if character)
        likely = [character for rare, character in ranked if rare == ranked[0][0]]
        if len({simplified(character) for character in likely}) == 1:
            self._done.append(likely[0])
        else:
            self._done.append(LOST)
            self.lost += 1


def _pairs(run: re.Match[str] | None) -> bytes:
    """The bytes of a run of characters, up to the first that does not have two."""
    characters = run[0] if run else ""
    data = characters.encode("gb18030")
    if len(data) == 2 * len(characters):
        return data
    end = next(place for place, character in enumerate(characters) if not pair_of(character))
    return data[: 2 * end]


def _shifted(data: bytes) -> tuple[str, int]:
    """The characters from the second byte on, up to where they are in step, and how many shown that takes."""
    end = _ENDS_A_RUN.search(data[1::2])
    count = end.start() + 1 if end else len(data) // 2
    return data[1 : 2 * count - 1].decode("gb18030"), count


def _letter(byte: int) -> str:
    return "€" if byte == 0x80 else chr(byte)


def _is_out_of_step(text: str, position: int, depth: int = 4) -> bool:
    """Whether the text from here on is likelier when its bytes are paired one later."""
    return _implausibility(text, position, depth) < 0


def _implausibility(text: str, position: int, depth: int) -> float:
    """By how much being out of step is less likely here than being in step; negative where it is likelier.

    A text is the less likely the rarer its characters are; where a letter stands alone, most of all one with
    a reading; where nothing completes half a character. Calibrated with paragraphs of `fixtures.mirror`.
    """
    data = _pairs(_BEYOND_ASCII.match(text, position, position + _LOOK_AHEAD))
    shifted, count = _shifted(data)
    difference = sum(map(rarity, shifted)) - sum(map(rarity, data.decode("gb18030")[:count]))
    ends = position + count
    in_step = count > 0 and data[2 * count - 1] <= 0x80
    if in_step or count == _LOOK_AHEAD or _MANY_SIGNS.match(text, ends):
        return difference
    if found := _SWALLOWED.match(text, ends):
        further = _implausibility(text, found.end(), depth - 1) if depth else 0
        return difference - 0.5 - further
    if found := _LETTER.match(text, ends):
        if _LATIN.match(text, found.end()):
            return difference + (-2 if found[2] and found[1].isupper() else 1)
        return difference - (3 if found[2] else 0.25)
    if text[ends : ends + 1] in ("?", "\ufffd"):
        further = _implausibility(text, ends + 1, depth - 1) if depth else 0
        return difference - 0.5 + min(0, further)
    return difference + 4
