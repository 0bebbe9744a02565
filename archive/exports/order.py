"""The order: how a folder is exported to, whatever its layout."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from archive.exports.entry import Entry

if TYPE_CHECKING:
    from archive.store.values import Holding, Whereabouts

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
    duplicates: str = "one"
    """What becomes of documents that say the same (`archive.store.selection.Duplicates`)."""
    base: Path | None = None
    """The manifest of another folder of the same layout: only what is not in that one is written, and
    tombstones for what it lists in vain. None for all."""
    compress: bool = False
    """Whether files that may be compressed are."""
    stamp: str = ""
    """By which it is seen that nobody has touched the folder since its manifest was written; empty where that
    is not known. Files of an untouched folder are as its manifest says, and need not be read."""
    changed: frozenset[str] | None = None
    """The only contents of which an untouched folder's manifest may not be what is to be exported. None
    where any may be."""
    holdings_of: Callable[[Collection[str]], Iterable["Holding"]] = lambda contents: ()
    """The holdings of these contents, where it is known which have changed."""
    current: Callable[[], Iterable[str]] = lambda: ()
    """The contents that are to be exported, where it is known which have changed."""
    whereabouts: Callable[[Entry], "Whereabouts | None"] = lambda entry: None
    """What has become of the document that speaks in an entry of the base."""
    on_progress: OnProgress = lambda counters: None
    """Called now and then with counts: ``read``, ``written``."""

    @property
    def said(self) -> Mapping[str, str]:
        """What the manifest has to say of it, besides the layout: what is not as usual."""
        text = {} if self.form is Form.PUBLISHED else {"text": str(self.form)}
        return text if self.duplicates == "one" else {**text, "duplicates": str(self.duplicates)}


ORDINARY = Order()
