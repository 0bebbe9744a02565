"""The documents behind a figure, as they are listed: each with what shows that it belongs there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.documents import SHANGHAI
from archive.store.quality import Examined, Survey
from ops.quality.finding import Finding
from ops.quality.rule import Test

_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in a list. What it says is a stranger's text, to be escaped by whoever shows it."""

    name: str
    """By which `archive show` finds it: source, a colon, source_id."""
    outlet: str
    published: datetime | None
    """In Shanghai's time."""
    title: str
    address: str
    """Of its page, with http or https; empty where none is known."""
    evidence: str


def listed(survey: Survey, ids: Sequence[int], evidence: Test = lambda _: "") -> list[Listed]:
    """The documents with these ids, in that order."""
    return [_listed(one, evidence(one)) for one in survey.named(ids)]


def found(survey: Survey, finding: Finding, limit: int) -> list[Listed]:
    """The newest documents for which a rule holds."""
    return listed(survey, finding.ids[:limit], finding.evidence)


def _listed(document: Examined, evidence: str) -> Listed:
    return Listed(
        name=f"{document.source}:{document.source_id}",
        outlet=document.outlet,
        published=document.published and document.published.astimezone(SHANGHAI),
        title=document.title,
        address=web_address(document.address, document.link or ""),
        evidence=evidence,
    )


def web_address(*addresses: str) -> str:
    """The first that a browser may be sent to; others, such as ``javascript:``, are never linked."""
    return next((one for one in addresses if one.lower().startswith(_WEB)), "")
