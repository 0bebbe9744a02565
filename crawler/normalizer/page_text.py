"""The text of a page: its bytes decoded, and what a mirror did to it undone."""

from dataclasses import dataclass

from crawler.normalizer.decode import decode
from crawler.normalizer.mirrored import restored_markup


@dataclass(frozen=True, slots=True)
class PageText:
    """A page as text, mark-up included."""

    text: str
    lost: int | None = None
    """Characters that a mirror has cost; None for a page that no mirror has changed."""


def page_text(data: bytes) -> PageText:
    """The text of a page's bytes. Raises `Rejected` for what is no text."""
    text = decode(data)
    mirrored = restored_markup(text)
    return PageText(mirrored.text, mirrored.lost) if mirrored else PageText(text)
