"""The order: how a folder is exported to, whatever its layout."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

OnProgress = Callable[[Mapping[str, int]], None]


class Form(StrEnum):
    """In which form the text of a document leaves."""

    PUBLISHED = "published"
    """As the outlet published it: HTML."""
    PLAIN = "plain"
    """What a reader sees of it, one block a line (`archive.documents.canonical_text`)."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a folder is to be exported to."""

    form: Form = Form.PUBLISHED
    prune: bool = False
    """Whether files of earlier exports go that are not in this one."""
    base: Path | None = None
    """The manifest of another folder of the same layout: only what is not in that one is written, and
    tombstones for what it lists in vain. None for all."""
    is_untouched: bool = False
    """Whether nobody has touched the folder since its manifest was written: then its files are as that says,
    and need not be read."""
    compress: bool = False
    """Whether files that may be compressed are."""
    on_progress: OnProgress = lambda counters: None
    """Called now and then with counts: ``read``, ``written``."""
