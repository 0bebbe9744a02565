"""What a crawl decides, as pure functions whose answers carry their reason."""

from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from archive.documents import canonical_title
from archive.store.values import Known
from crawler.normalizer import Listed


class Why(StrEnum):
    """The reasons, to log and to explain."""

    NOT_KNOWN = "not-known"
    FULL = "full"
    """Everything was asked for."""
    TITLE_CHANGED = "title-changed"
    """A list has another title than the document: the post was edited."""
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to fetch, and why."""

    fetch: bool
    why: Why


def _as_shown(title: str) -> str:
    """Category pages have titles as they were written, the home page has them escaped."""
    return canonical_title(unescape(title))


def decide_listed(listed: Listed, known: Known | None, *, full: bool) -> Decision:
    """Whether the page of a post that a list names is to be fetched."""
    if known is None:
        return Decision(fetch=True, why=Why.NOT_KNOWN)
    if full:
        return Decision(fetch=True, why=Why.FULL)
    if listed.title is not None and _as_shown(listed.title) != _as_shown(known.title):
        return Decision(fetch=True, why=Why.TITLE_CHANGED)
    return Decision(fetch=False, why=Why.KNOWN)
