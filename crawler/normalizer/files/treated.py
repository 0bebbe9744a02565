"""What was read of a file, and how that was treated which was broken in it."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from archive.documents import SourcedDocument


class Treatment(StrEnum):
    """What the owner of a corpus may want to know of a file, though it was read; names to count by."""

    EMPTY_TITLE = "empty-title"
    EMPTY_DATE = "empty-date"
    DATE_FROM_NAME = "date-from-name"
    DATE_REWRITTEN = "date-rewritten"
    EMPTY_LINK = "empty-link"
    NO_LINK = "no-link"
    NO_OUTLET = "no-outlet"
    NO_ADDRESS = "no-address"
    FRONT_MATTER_MENDED = "front-matter-mended"
    NOT_UTF8 = "not-utf-8"
    BYTE_ORDER_MARK = "byte-order-mark"
    CRLF = "crlf"
    RESTORED_MIRROR = "restored-mirror"
    LOST_CHARACTERS = "lost-characters"


TREATED: Mapping[Treatment, str] = {
    Treatment.EMPTY_TITLE: "no title: kept without one",
    Treatment.EMPTY_DATE: "no date, nor one in its name: kept without one",
    Treatment.DATE_FROM_NAME: "no date: the day in its name stands in, 00:00:00 +0800",
    Treatment.DATE_REWRITTEN: "a date written otherwise than the format has it: read",
    Treatment.EMPTY_LINK: "an empty link (<>): kept; the code in its name, or its content, identifies it",
    Treatment.NO_LINK: "no link: its content identifies it",
    Treatment.NO_OUTLET: "nothing names its outlet: kept without one",
    Treatment.NO_ADDRESS: "a page that does not say where it is from: its content identifies it",
    Treatment.FRONT_MATTER_MENDED: "front matter that is no YAML: read line by line",
    Treatment.NOT_UTF8: "not UTF-8: decoded by evidence",
    Treatment.BYTE_ORDER_MARK: "begins with a byte order mark: passed over",
    Treatment.CRLF: "lines end in CR LF: read as LF",
    Treatment.RESTORED_MIRROR: "text that a mirror had changed: restored, in simplified characters",
    Treatment.LOST_CHARACTERS: "characters that a mirror had destroyed: each is a question mark",
}
"""How each was treated, in a few words. The bytes of the file are kept as they came in any case."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A file as it was read."""

    found: SourcedDocument
    text: str
    """The canonical text of the document's body."""
    treatments: tuple[Treatment, ...] = ()
    leaves: bool = True
    """As `archive.store.values.ImportedFile` has it: a corpus file leaves as it came, a saved page not."""


def encoding_of(data: bytes) -> list[Treatment]:
    """How bytes became text that was not written in UTF-8 alone."""
    if data.startswith(codecs.BOM_UTF8):
        return [Treatment.BYTE_ORDER_MARK]
    try:
        data.decode()
    except UnicodeDecodeError:
        return [Treatment.NOT_UTF8]
    return []


def of_mirror(lost: int | None) -> list[Treatment]:
    """How a mirrored text was restored, of which so many characters were lost; None for any other text."""
    if lost is None:
        return []
    return [Treatment.RESTORED_MIRROR, *([Treatment.LOST_CHARACTERS] if lost else [])]
